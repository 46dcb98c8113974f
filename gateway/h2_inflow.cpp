#include "gateway/h2_inflow.h"

#include <utility>

namespace tidegate::gateway {

using http::End;
using http::Room;

void H2Inflow::reset() {
  sink_ = nullptr;
  waiting_.clear();
  trailers_.clear();
  state_ = State::open;
  has_room_ = false;
  is_wanted_ = true;
}

void H2Inflow::take(http::H2Session& session, http::StreamId id, http::Chunk chunk) {
  if (!is_wanted_) return session.consume(id, chunk.size());
  if (sink_ == nullptr || !has_room_ || !waiting_.empty()) {
    waiting_.append(chunk);
    return;
  }
  has_room_ = sink_->write(chunk, End::no) == Room::yes;
  session.consume(id, chunk.size());
}

void H2Inflow::end(http::Headers const& trailers) {
  trailers_ = trailers;
  state_ = trailers.empty() ? State::ended : State::ended_with_trailers;
}

void H2Inflow::deliver(http::H2Session& session, http::StreamId id) {
  if (sink_ == nullptr || !has_room_) return;
  if (!waiting_.empty()) {
    auto const bytes = std::exchange(waiting_, std::string());
    has_room_ = sink_->write(bytes, End::no) == Room::yes;
    session.consume(id, bytes.size());
  }
  if (!waiting_.empty() || sink_ == nullptr) return;
  if (state_ == State::ended) {
    state_ = State::handed_on;
    has_room_ = sink_->write({}, End::yes) == Room::yes;
  } else if (state_ == State::ended_with_trailers) {
    state_ = State::handed_on;
    sink_->finish(trailers_);
  }
}

void H2Inflow::discard(http::H2Session& session, http::StreamId id) {
  sink_ = nullptr;
  is_wanted_ = false;
  if (!waiting_.empty()) session.consume(id, std::exchange(waiting_, {}).size());
}

http::BodySink* H2Inflow::abandon() {
  auto* const sink = std::exchange(sink_, nullptr);
  return is_handed_on() ? nullptr : sink;
}

}  // namespace tidegate::gateway
