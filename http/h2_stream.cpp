#include "http/h2_stream.h"

#include <algorithm>

namespace tidegate::http {
namespace {

constexpr std::size_t max_free = 8;              // streams kept for the next requests
constexpr std::size_t max_free_idle = 2;         // and while there is no request
constexpr std::size_t max_kept = 4 * 1024;       // bytes of a queue kept with them
constexpr std::size_t worth_moving = 32 * 1024;  // sent bytes at a queue's beginning

auto lower_bound(std::vector<std::unique_ptr<H2Stream>> const& streams, StreamId id) {
  return std::lower_bound(streams.begin(), streams.end(), id,
                          [](auto const& stream, StreamId wanted) { return stream->id < wanted; });
}

}  // namespace

void H2Stream::push(std::string_view bytes) {
  if (sent >= worth_moving) queue.erase(0, std::exchange(sent, 0));
  queue.append(bytes);
}

void H2Stream::pop(std::size_t bytes) {
  sent += bytes;
  if (sent < queue.size()) return;
  queue.clear();
  sent = 0;
}

void H2Stream::keep_trailers(Headers const& fields) {
  std::size_t size = 0;
  for (Field const& field : fields) size += field.name.size() + field.value.size();
  trailer_text.clear();
  trailer_text.reserve(size);  // or the views would not stay where they are
  trailers.clear();
  auto const keep = [this](std::string_view text) {
    auto const at = trailer_text.size();
    trailer_text.append(text);
    return std::string_view(trailer_text).substr(at);
  };
  for (Field const& field : fields) {
    auto const name = keep(field.name);
    trailers.add({name, keep(field.value), field.id});
  }
  has_trailers = true;
}

void H2Stream::recycle() {
  if (queue.capacity() > max_kept) std::string().swap(queue);
  queue.clear();
  trailers.clear();
  trailer_text.clear();
  H2Stream fresh;
  fresh.queue = std::move(queue);
  fresh.trailers = std::move(trailers);
  fresh.trailer_text = std::move(trailer_text);
  *this = std::move(fresh);
}

H2Stream* H2StreamTable::find(StreamId id) const {
  auto const at = lower_bound(streams_, id);
  return at != streams_.end() && (*at)->id == id ? at->get() : nullptr;
}

H2Stream& H2StreamTable::add(StreamId id) {
  if (free_.empty()) free_.push_back(std::make_unique<H2Stream>());
  auto stream = std::move(free_.back());
  free_.pop_back();
  stream->id = id;
  return **streams_.insert(lower_bound(streams_, id), std::move(stream));
}

void H2StreamTable::remove(StreamId id) {
  auto const at = streams_.begin() + (lower_bound(streams_, id) - streams_.begin());
  if (at == streams_.end() || (*at)->id != id) return;
  auto stream = std::move(*at);
  streams_.erase(at);
  if (free_.size() < max_free) {
    stream->recycle();
    free_.push_back(std::move(stream));
  }
  if (streams_.empty() && free_.size() > max_free_idle) free_.resize(max_free_idle);
}

}  // namespace tidegate::http
