#include "gateway/replay.h"

namespace tidegate::gateway {
namespace {

constexpr std::size_t kKeptCapacity = 4096;  ///< from one request to the next

}  // namespace

void Replay::start(http::BodySource& source, Listener& listener, std::size_t limit) {
  reset();
  source_ = &source;
  listener_ = &listener;
  limit_ = limit;
}

void Replay::reset() {
  source_ = nullptr;
  sink_ = nullptr;
  listener_ = nullptr;
  if (recorded_.capacity() > kKeptCapacity) std::string().swap(recorded_);
  recorded_.clear();
  trailers_.clear();
  trailer_text_.clear();
  received_ = 0;
  is_flowing_ = false;
  has_everything_ = true;
  is_complete_ = false;
}

void Replay::flow_to(http::BodySink& sink) {
  sink_ = &sink;
  sink.fed_by(this);
  auto room = http::Room::yes;
  bool const ends_here = is_complete_ && trailers_.empty();
  if (!recorded_.empty() || ends_here) {
    room = sink.write(recorded_, ends_here ? http::End::yes : http::End::no);
  }
  if (is_complete_) {
    if (!trailers_.empty()) sink.finish(trailers_);
    return;
  }
  if (!is_flowing_) {
    is_flowing_ = true;
    source_->flow_to(*this);
  } else if (room == http::Room::yes) {
    source_->pull();
  }
}

void Replay::pull() {
  if (!is_complete_ && source_ != nullptr) source_->pull();
}

void Replay::stop(http::Failure /*failure*/) { sink_ = nullptr; }

http::Room Replay::write(http::Chunk chunk, http::End end) {
  received_ += chunk.size();
  remember(chunk);
  if (end == http::End::yes) complete();
  return sink_ != nullptr ? sink_->write(chunk, end) : http::Room::no;
}

void Replay::remember(http::Chunk chunk) {
  if (!has_everything_ || chunk.empty()) return;
  if (recorded_.size() > limit_) {
    has_everything_ = false;
    std::string().swap(recorded_);
    return;
  }
  recorded_.append(chunk);
}

void Replay::complete() {
  is_complete_ = true;
  listener_->on_request_complete();
}

void Replay::finish(http::Headers const& trailers) {
  complete();
  std::size_t size = 0;
  for (auto const& field : trailers) size += field.name.size() + field.value.size();
  trailer_text_.reserve(size);  // the views below must not move
  auto const keep = [this](std::string_view text) {
    auto const at = trailer_text_.size();
    trailer_text_.append(text);
    return std::string_view(trailer_text_).substr(at);
  };
  for (auto const& field : trailers) {
    auto const name = keep(field.name);
    trailers_.add({name, keep(field.value), field.id});
  }
  if (sink_ != nullptr) sink_->finish(trailers_);
}

void Replay::fail(http::Failure failure) {
  if (sink_ != nullptr) sink_->fail(failure);
}

}  // namespace tidegate::gateway
