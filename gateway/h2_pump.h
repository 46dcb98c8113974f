#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "gateway/io/event_loop.h"
#include "gateway/io/output.h"
#include "gateway/io/transport.h"
#include "http/h2_session.h"

namespace tidegate::gateway {

/// Moves bytes between a transport and an HTTP/2 session, for clients' and origins' connections
/// alike. Decides nothing: it says what broke, and its owner ends the connection.
class H2Pump {
 public:
  H2Pump(EventLoop& loop, BufferPool& buffers, http::H2Session::Role role,
         http::H2Limits const& limits, http::H2Events& events);

  /// The connection is there, and its events go to the owner.
  void attach(Transport transport);
  [[nodiscard]] bool is_attached() const { return transport_.fd() >= 0; }
  /// epoll's events, before a step.
  void note(std::uint32_t events);
  /// Deregisters and closes.
  void detach();

  /// What broke the connection.
  using Broken = std::optional<http::Failure::Kind>;
  /// Reads what the socket has, a fair share of it: `owner` gets another step for the rest.
  [[nodiscard]] Broken read(std::span<char> scratch, EventHandler& owner);
  /// The same, and throws it away.
  [[nodiscard]] Broken discard(std::span<char> scratch, EventHandler& owner);
  [[nodiscard]] Broken receive(std::string_view bytes);
  /// Sends what the session has, as far as the socket takes it.
  [[nodiscard]] Broken send();
  /// The session is over and everything is out.
  [[nodiscard]] bool is_finished() const;

  [[nodiscard]] http::H2Session& session() { return session_; }
  [[nodiscard]] http::H2Session const& session() const { return session_; }
  [[nodiscard]] Transport& transport() { return transport_; }
  [[nodiscard]] bool is_blocked() const { return output_.is_blocked(); }
  /// When the socket last took something.
  [[nodiscard]] TimePoint last_progress() const { return last_progress_; }
  /// When a block of fields began that is not complete; zero: there is none.
  [[nodiscard]] TimePoint head_since() const { return head_since_; }

 private:
  EventLoop& loop_;
  Transport transport_{Socket{}};
  Output output_;
  http::H2Session session_;
  TimePoint last_progress_{};
  TimePoint head_since_{};
  std::uint64_t head_ = 0;  ///< which one that is
  bool readable_ = true;
  bool has_hung_up_ = false;
};

}  // namespace tidegate::gateway
