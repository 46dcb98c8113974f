#include "gateway/tunnel.h"

#include <optional>
#include <utility>

namespace tidegate::gateway {

using http::End;
using http::Room;

void TunnelFlow::join(http::BodySource& from, http::BodySink& to) {
  flow_to(to);
  from.flow_to(*this);
}

void TunnelFlow::flow_to(http::BodySink& sink) {
  sink_ = &sink;
  sink.fed_by(this);
}

Room TunnelFlow::write(http::Chunk chunk, End end) {
  if (is_over_) return Room::yes;
  auto const wanted = take(chunk);
  passed_ += wanted.size();
  auto room = Room::yes;
  if (end == End::yes) is_over_ = true;
  if (!wanted.empty() || end == End::yes) room = sink_->write(wanted, end);
  if (state_ == State::leaving && may_leave() && !is_over_) depart();
  return state_ == State::left ? Room::yes : room;
}

/// The part of `chunk` that is passed on.
http::Chunk TunnelFlow::take(http::Chunk chunk) {
  if (state_ == State::left) return {};
  if (content_ == TunnelContent::opaque) return chunk;
  if (state_ == State::leaving) return chunk.substr(0, frames_.take_one(chunk));
  frames_.take(chunk);
  return chunk;
}

bool TunnelFlow::may_leave() const {
  return content_ == TunnelContent::opaque || frames_.is_between_frames();
}

void TunnelFlow::leave(std::string farewell, End end) {
  if (state_ != State::open || is_over_) return;
  state_ = State::leaving;
  farewell_ = std::move(farewell);
  end_ = end;
  if (may_leave()) depart();
}

void TunnelFlow::depart() {
  state_ = State::left;
  is_over_ = end_ == End::yes;
  if (frames_.has_closed()) farewell_.clear();
  // It is all that comes: whether there is room for more does not matter.
  if (!farewell_.empty() || is_over_) [[maybe_unused]]
    auto const room = sink_->write(farewell_, end_);
  if (source_ != nullptr) source_->pull();  // to see its end
}

void TunnelFlow::finish() {
  if (std::exchange(is_over_, true)) return;
  [[maybe_unused]] auto const room = sink_->write({}, End::yes);
}

void TunnelFlow::finish(http::Headers const& /*trailers*/) {
  [[maybe_unused]] auto const room = write({}, End::yes);
}

void TunnelFlow::fail(http::Failure failure) { sink_->fail(failure); }

void TunnelFlow::pull() {
  if (source_ != nullptr) source_->pull();
}

void TunnelFlow::stop(http::Failure failure) { opposite_.fail(failure); }

void Tunnel::connect(http::ServerStream& client, http::ClientStream& origin,
                     http::BodySink& answer) {
  down_.join(origin, answer);
  up_.join(client, origin);
}

void Tunnel::leave(std::uint32_t mask) {
  is_leaving_ = true;
  auto const farewell = [this](std::optional<std::uint32_t> with) {
    return content_ == TunnelContent::websocket
               ? http::websocket_close_frame(http::websocket_going_away, with)
               : std::string();
  };
  up_.leave(farewell(mask), End::yes);
  down_.leave(farewell(std::nullopt), End::no);
}

void Tunnel::finish() {
  up_.finish();
  down_.finish();
}

}  // namespace tidegate::gateway
