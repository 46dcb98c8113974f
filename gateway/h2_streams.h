#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "http/h2_events.h"

namespace tidegate::gateway {

/// The streams of one HTTP/2 connection: those under way by id, and those that wait for the next
/// request, so that a request allocates nothing. Ids only grow.
template <class Stream>
class H2Streams {
 public:
  struct Entry {
    http::StreamId id;
    Stream* stream;
  };

  /// One that is free, or what `make` makes: a `std::unique_ptr<Stream>`.
  template <class Make>
  [[nodiscard]] Stream& lend(Make make) {
    if (free_.empty()) {
      all_.push_back(make());
      return *all_.back();
    }
    auto& stream = *free_.back();
    free_.pop_back();
    return stream;
  }
  /// It is known by `id` from now on.
  void bind(http::StreamId id, Stream& stream) { bound_.push_back({id, &stream}); }
  void unbind(http::StreamId id) {
    auto const found = position(id);
    if (found != bound_.end() && found->id == id) bound_.erase(found);
  }
  /// `stream` is free again. Must not be bound any more.
  void give_back(Stream& stream) { free_.push_back(&stream); }
  /// Gives memory back while none is lent. Never from inside a stream.
  void trim() {
    if (!are_idle() || all_.size() <= max_free_idle) return;
    all_.resize(max_free_idle);
    free_.clear();
    for (auto const& stream : all_) free_.push_back(stream.get());
  }

  [[nodiscard]] Stream* find(http::StreamId id) const {
    auto const found = position(id);
    return found != bound_.end() && found->id == id ? found->stream : nullptr;
  }
  [[nodiscard]] std::vector<Entry> const& bound() const { return bound_; }
  /// None is lent.
  [[nodiscard]] bool are_idle() const { return free_.size() == all_.size(); }

 private:
  static constexpr std::size_t max_free_idle = 4;

  [[nodiscard]] auto position(http::StreamId id) const {
    return std::lower_bound(bound_.begin(), bound_.end(), id,
                            [](Entry const& entry, auto wanted) { return entry.id < wanted; });
  }

  std::vector<std::unique_ptr<Stream>> all_;
  std::vector<Stream*> free_;
  std::vector<Entry> bound_;
};

}  // namespace tidegate::gateway
