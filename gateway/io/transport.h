#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/io/socket.h"
#include "tls/session.h"

namespace tidegate::gateway {

/// A byte stream over a non-blocking socket, in clear or through TLS. One concrete class, so that
/// nothing above exists twice.
class Transport {
 public:
  enum class Status : std::uint8_t {
    done,     ///< `bytes` were moved
    blocked,  ///< nothing until the next readiness event
    closed,   ///< the peer will send no more
    failed,   ///< the connection is broken
  };
  struct Result {
    Status status;
    std::size_t bytes = 0;
    bool drained = false;  ///< reading again before the next event would find nothing
  };

  explicit Transport(Socket socket) : socket_(std::move(socket)) {}
  Transport(Socket socket, tls::Session session)
      : socket_(std::move(socket)), tls_(std::move(session)) {}

  /// `done` at once in clear.
  [[nodiscard]] Result handshake();
  [[nodiscard]] Result read(std::span<char> to);
  /// Writes `parts` one behind the other, as far as they go. After `blocked` the same bytes must
  /// come first again.
  [[nodiscard]] Result write(std::span<std::string_view const> parts);
  /// Tells the peer that nothing more will be sent; reading goes on.
  void shut_write();
  /// Makes the close a reset: the peer must not take what it has for the whole.
  void reset_on_close();
  void close() { socket_.close(); }

  [[nodiscard]] int fd() const { return socket_.fd(); }
  [[nodiscard]] tls::Session const* tls() const { return tls_ ? &*tls_ : nullptr; }

 private:
  Socket socket_;
  std::optional<tls::Session> tls_;
};

}  // namespace tidegate::gateway
