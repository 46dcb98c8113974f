#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/io/event_loop.h"
#include "gateway/io/transport.h"
#include "gateway/upstream/connector.h"
#include "gateway/upstream/origin.h"

namespace tidegate::tls {
class ClientSessions;
}

namespace tidegate::gateway {

/// Makes a connection to an origin ready for HTTP: TCP to whichever address answers, then TLS where
/// the cluster wants it, all within the connect timeout.
class Dialer final : public TimerHandler {
 public:
  struct Target {
    std::vector<SocketAddress> addresses;  ///< in the order of preference; at least one
    Origin const& origin;
    std::string_view server_name;   ///< the request's authority, for SNI and the certificate
    tls::ClientSessions& sessions;  ///< to resume; outlives the connection
  };
  /// `owner` gets a step whenever there may be progress, and the socket's events after `ready`.
  Dialer(EventLoop& loop, EventHandler& owner, Target target, milliseconds timeout);
  ~Dialer();

  enum class Progress : std::uint8_t { pending, ready, failed };
  /// For each step of the owner, until it is decided.
  [[nodiscard]] Progress advance();

  /// Once ready.
  [[nodiscard]] Transport take_transport() { return std::move(*transport_); }
  [[nodiscard]] std::string const& remote_address() const { return remote_address_; }
  [[nodiscard]] std::string const& local_address() const { return local_address_; }
  /// Why it failed, for the log.
  [[nodiscard]] std::string const& error() const { return error_; }

  void on_timer(Timer& timer) override;

 private:
  [[nodiscard]] Progress begin_handshake(Socket socket);
  [[nodiscard]] Progress shake_hands();
  Progress fail(std::string reason);

  EventLoop& loop_;
  EventHandler& owner_;
  Origin const& origin_;
  std::string server_name_;
  tls::ClientSessions& sessions_;
  std::unique_ptr<Connector> connector_;
  std::optional<Transport> transport_;
  std::string remote_address_;
  std::string local_address_;
  std::string error_;
  Timer deadline_;
  bool is_late_ = false;
};

}  // namespace tidegate::gateway
