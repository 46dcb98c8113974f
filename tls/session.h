#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct ssl_st;

namespace tidegate::tls {

struct PeerCertificate;

/// One TLS connection on a non-blocking socket: a state machine that never waits. Not thread-safe.
/// OpenSSL makes the handshake; TLS 1.3 goes on with a record layer of ours, and OpenSSL's memory
/// is free again (docs/decisions/0003-tls-records.md).
class Session {
 public:
  enum class Status : std::uint8_t {
    done,        ///< `bytes` were moved (or the handshake is complete)
    want_read,   ///< nothing more until the socket is readable
    want_write,  ///< nothing more until the socket is writable
    closed,      ///< the peer said close_notify, or closed the socket
    failed,      ///< protocol error or reset; `error()` says why
  };
  struct Result {
    Status status;
    std::size_t bytes = 0;
  };

  /// Takes over `ssl` whose file descriptor is `socket`.
  Session(ssl_st* ssl, int socket);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  [[nodiscard]] Result handshake();
  [[nodiscard]] Result read(char* to, std::size_t size);
  /// Writes `parts` one behind the other; short ones share a record. May take less than there is:
  /// what was not taken must come first in the next call. It may have moved, and more may follow
  /// it.
  [[nodiscard]] Result write(std::span<std::string_view const> parts);
  [[nodiscard]] Result write(char const* from, std::size_t size);
  /// Sends close_notify, best effort. What the peer still says can be read (RFC 8446 §6.1).
  void close();

  /// True when the last read emptied the socket: reading again before the next readiness event
  /// would find nothing, except the end of the stream if it came together with the last bytes. An
  /// edge-triggered poller that saw EPOLLRDHUP must read on until `closed`.
  [[nodiscard]] bool is_drained() const;

  /// Which of the listener's TlsServers the client's SNI chose. Valid after the handshake.
  [[nodiscard]] std::uint32_t server() const;
  [[nodiscard]] std::string_view server_name() const;  ///< SNI as sent, lower-cased; empty = none
  [[nodiscard]] std::string_view protocol() const;     ///< "TLSv1.3"
  [[nodiscard]] std::string_view cipher() const;
  [[nodiscard]] std::string_view alpn() const;  ///< empty = none agreed
  [[nodiscard]] bool is_resumed() const;
  /// The client's certificate; null when it showed none, and in the client's role. Valid after the
  /// handshake, for as long as the session.
  [[nodiscard]] PeerCertificate const* peer_certificate() const;
  /// Whether our own record layer has taken over from OpenSSL. Known after the handshake.
  [[nodiscard]] bool has_own_records() const;
  [[nodiscard]] std::string error() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidegate::tls
