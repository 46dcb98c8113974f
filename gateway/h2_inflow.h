#pragma once

#include <cstdint>
#include <string>

#include "http/h2_session.h"
#include "http/stream.h"

namespace tidegate::gateway {

/// What arrives on one HTTP/2 stream, on its way to a sink; the same for requests and answers.
///
/// Bytes that the sink has no room for wait here; the peer's window is opened again only when they
/// were taken, so they are never more than one window.
class H2Inflow {
 public:
  /// For the next stream.
  void reset();

  /// Bytes from the session: handed on at once if they can be.
  void take(http::H2Session& session, http::StreamId id, http::Chunk chunk);
  /// No more will come. `trailers` are copied; their strings must live until they are delivered.
  void end() { state_ = State::ended; }
  void end(http::Headers const& trailers);
  /// Like `end`, for a message that has no body to hand on.
  void close() { state_ = State::handed_on; }

  /// Where the bytes go from now on.
  void connect(http::BodySink& sink) { sink_ = &sink; }
  /// The sink has room.
  void pull() { has_room_ = true; }
  /// Hands on what waits, as far as the sink has room.
  void deliver(http::H2Session& session, http::StreamId id);
  /// Nobody wants what waits or comes.
  void discard(http::H2Session& session, http::StreamId id);
  /// Who waits for the rest, when there is none. At most once.
  [[nodiscard]] http::BodySink* abandon();

  [[nodiscard]] bool is_open() const { return state_ == State::open; }
  [[nodiscard]] bool is_wanted() const { return is_wanted_; }
  /// The sink has had everything, its end included.
  [[nodiscard]] bool is_handed_on() const { return state_ == State::handed_on; }

 private:
  enum class State : std::uint8_t { open, ended, ended_with_trailers, handed_on };

  http::BodySink* sink_ = nullptr;
  std::string waiting_;  ///< received, not taken by the sink yet
  http::Headers trailers_;
  State state_ = State::open;
  bool has_room_ = false;
  bool is_wanted_ = true;
};

}  // namespace tidegate::gateway
