#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/h2_events.h"
#include "http/h2_limits.h"

namespace tidegate::http {

/// One stream's state, as far as the library does not keep it. Recycled.
struct H2Stream {
  enum class Answer : std::uint8_t {
    none,       ///< no head was given by the owner
    streaming,  ///< head queued; DATA follows
    complete,   ///< all of it is queued
    out,        ///< END_STREAM was produced
  };
  enum class Reset : std::uint8_t {
    none,
    by_peer,
    by_owner,
    for_fault,  ///< ours: the peer's message was unsound
    surplus,    ///< ours: the answer is out, and the rest of the request not wanted
  };

  /// The first bytes of the queue.
  [[nodiscard]] std::string_view front(std::size_t size) const {
    return std::string_view(queue).substr(sent, size);
  }
  [[nodiscard]] std::size_t queued() const { return queue.size() - sent; }
  void push(std::string_view bytes);
  void pop(std::size_t bytes);
  void keep_trailers(Headers const& trailers);
  void recycle();

  StreamId id = 0;
  Answer answer = Answer::none;  ///< what we send: the answer, or in the client role the request
  Reset reset = Reset::none;
  bool head_produced = false;  ///< client: the request's HEADERS went out
  bool has_head = false;       ///< the peer's final head came
  bool is_input_done = false;  ///< the peer's END_STREAM came
  bool is_refused = false;     ///< its head was: no more of its input is of interest
  bool is_deferred = false;    ///< the library waits for `resume`
  bool is_starved = false;     ///< the owner was told `Room::no`
  bool has_trailers = false;
  bool is_tunnel = false;      ///< server: the end of the answer does not end the request
  std::uint8_t interim = 0;    ///< client: heads below 200 so far
  std::size_t unconsumed = 0;  ///< bytes of input for which the peer has no credit back
  std::uint64_t produced = 0;
  H2Bucket::TimePoint opened{};
  std::string queue;
  std::size_t sent = 0;  ///< bytes at the queue's beginning that are out
  Headers trailers;      ///< views into trailer_text
  std::string trailer_text;
};

/// The streams of one connection, in the order of their ids, which only grow.
class H2StreamTable {
 public:
  [[nodiscard]] H2Stream* find(StreamId id) const;
  H2Stream& add(StreamId id);
  void remove(StreamId id);
  [[nodiscard]] bool empty() const { return streams_.empty(); }
  [[nodiscard]] std::size_t size() const { return streams_.size(); }
  [[nodiscard]] H2Stream& last() const { return *streams_.back(); }

 private:
  std::vector<std::unique_ptr<H2Stream>> streams_;
  std::vector<std::unique_ptr<H2Stream>> free_;
};

}  // namespace tidegate::http
