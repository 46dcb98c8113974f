#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tidegate::gateway {

/// Owns a file descriptor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Socket() { close(); }
  void close();
  [[nodiscard]] int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// An IPv4 or IPv6 address with its port.
class SocketAddress {
 public:
  SocketAddress() = default;
  /// `ip` is numeric; nothing when it is not an address.
  [[nodiscard]] static std::optional<SocketAddress> parse(std::string_view ip, std::uint16_t port);
  /// `1.2.3.4:80`, `[::1]:80` or `:80` (then every IPv4 address).
  [[nodiscard]] static std::optional<SocketAddress> parse_with_port(std::string_view text);
  [[nodiscard]] static SocketAddress from(sockaddr_storage const& storage);
  [[nodiscard]] static SocketAddress local_of(int socket);

  [[nodiscard]] sockaddr const* data() const {
    return reinterpret_cast<sockaddr const*>(&storage_);
  }
  [[nodiscard]] socklen_t size() const;
  [[nodiscard]] int family() const { return storage_.sin6_family; }
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string ip() const;    ///< an IPv4 address mapped into IPv6 is written as IPv4
  [[nodiscard]] std::string text() const;  ///< `1.2.3.4:80`, `[::1]:80`
  [[nodiscard]] bool is_loopback() const;

 private:
  sockaddr_in6 storage_{};  // large enough for both families; sin_family is at the same place
};

/// A listening, non-blocking TCP socket with SO_REUSEPORT, so that every worker has one of its own.
/// Throws std::system_error.
[[nodiscard]] Socket listen_on(SocketAddress const& address);

/// Finds out whether anybody listens there already (SO_REUSEPORT would share the port silently).
/// Throws std::system_error with the reason why `address` cannot be bound.
void check_bindable(SocketAddress const& address);

/// Begins to connect; the socket becomes writable when it is decided. Empty when it failed at once
/// (errno says why).
[[nodiscard]] Socket begin_connect(SocketAddress const& address);

/// 0, or the errno with which connecting (or the connection) failed.
[[nodiscard]] int error_of(int socket);

}  // namespace tidegate::gateway
