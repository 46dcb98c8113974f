#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "http/arena.h"
#include "http/failure.h"
#include "http/h1_head.h"
#include "http/head.h"
#include "http/stream.h"

namespace tidegate::gateway {

class BufferPool;
class ClientConnection;
class EventLoop;
class Transport;
class WorkerMetrics;

/// What is known of a client's connection before its first request.
struct ConnectionInfo {
  std::string remote;  ///< `address:port`
  std::string remote_ip;
  std::string local;               ///< `address:port`
  std::string server_name;         ///< SNI; empty in clear or when the client sent none
  std::string client_certificate;  ///< as origins are told of it; empty = none was shown
  std::uint16_t port = 0;          ///< of ours
  std::uint32_t listener = 0;      ///< identity of the listener; see ListenerKey
  bool is_tls = false;
  bool is_trusted = false;  ///< a proxy whose X-Forwarded-* are believed
};

/// Whoever answers one request: an exchange with an origin, or the admin API. Lent to the
/// connection from `Service::begin` until `finished`.
class RequestHandler {
 public:
  /// Where the connection puts the head's bytes, and the head itself. Both live until `finished`.
  virtual http::Arena& arena() = 0;
  virtual http::RequestHead& request() = 0;

  /// The head is complete. Answers now or later through `stream`.
  virtual void start(http::ServerStream& stream) = 0;
  /// There was no valid head: answers `status` and says why in the log. The connection ends after
  /// that.
  virtual void reject(http::ServerStream& stream, int status, std::string_view details) = 0;
  /// The client broke its promise about the body (timeout, protocol, overflow), but an answer may
  /// still reach it.
  virtual void on_request_failure(http::Failure failure) = 0;
  /// The answer went out whole, or, with a failure, the connection is gone. No call comes after
  /// this.
  virtual void finished(std::optional<http::Failure> failure) = 0;

 protected:
  ~RequestHandler() = default;
};

/// What a client's connection needs from whoever runs it.
class Service {
 public:
  virtual EventLoop& loop() = 0;
  virtual BufferPool& buffers() = 0;
  /// Room for one read. Shared by all connections of the loop: nothing stays in it between two
  /// turns.
  virtual std::span<char> scratch() = 0;
  virtual config::Settings const& settings() const = 0;
  virtual WorkerMetrics& metrics() = 0;
  [[nodiscard]] virtual bool is_draining() const = 0;

  virtual RequestHandler& begin(ConnectionInfo const& connection) = 0;
  /// The connection is over: the service destroys it after this turn.
  virtual void closed(ClientConnection& connection) = 0;
  [[nodiscard]] virtual bool speaks_http2() const = 0;
  /// `connection` turned out to speak HTTP/2, of which it has `received` some bytes: another one
  /// goes on with its transport, and the service destroys `connection` after this turn.
  virtual void switch_to_http2(ClientConnection& connection, Transport transport,
                               ConnectionInfo info, std::string_view received) = 0;

 protected:
  ~Service() = default;
};

/// The setting `headers_with_underscores`, in the words of the readers.
[[nodiscard]] http::Underscores underscores_of(config::Settings const& settings);

}  // namespace tidegate::gateway
