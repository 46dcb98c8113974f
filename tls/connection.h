#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tls/openssl.h"
#include "tls/peer_certificate.h"
#include "tls/session.h"

namespace tidegate::tls {

class KeptTickets;

/// What a connection that we began knows besides.
struct ClientRole {
  std::string host;           ///< asked for by name; lower-cased. An IP address is not sent
  std::uint64_t context = 0;  ///< the number of its ClientContext
  std::weak_ptr<KeptTickets> tickets;  ///< where new ones go, while it is there
};

/// One connection as both its halves see it: OpenSSL, which makes the handshake, and our record
/// layer, which may follow. It is the SSL object's app data and must outlive it.
struct Connection {
  int socket = -1;
  int system_error = 0;         ///< errno of the call that broke the connection; 0 = none
  bool is_drained = false;      ///< the last recv took everything
  bool trusts_drained = false;  ///< while drained, none is tried to see whether more came since
  bool is_full = false;         ///< the last send was short; none is tried until this is reset
  bool is_at_end = false;       ///< the peer closed its side of the socket
  bool is_broken = false;       ///< nothing more may be sent
  bool is_established = false;  ///< the handshake is over, and OpenSSL keeps the connection
  bool is_flooded = false;      ///< too many messages that carry no data
  bool is_resumed = false;
  std::optional<Session::Status> end{};  ///< what every further read answers, once there is none
  std::uint32_t control_events = 0;      ///< KeyUpdates, alerts and the like since the handshake
  std::uint32_t server = 0;              ///< which TlsServer the SNI chose
  std::uint64_t bytes_read = 0;
  char const* protocol = "";
  char const* cipher = "";
  std::string_view alpn;                        ///< empty = none agreed
  std::string server_name;                      ///< SNI, lower-cased; empty = none
  std::string error;                            ///< why it failed
  std::unique_ptr<ClientRole> client;           ///< null in the server's role
  std::unique_ptr<PeerCertificate const> peer;  ///< null when the client showed none

  [[nodiscard]] static Connection& of(SSL const* ssl) {
    return *static_cast<Connection*>(SSL_get_app_data(ssl));
  }

  enum class Moved : std::uint8_t { some, none, ended, failed };
  struct Transfer {
    Moved moved;
    std::size_t bytes = 0;
  };
  /// One recv. `none` when there is nothing now, also when that is known without asking.
  [[nodiscard]] Transfer receive(char* to, std::size_t size);
  /// One send, never a SIGPIPE. `none` when the socket takes nothing now.
  [[nodiscard]] Transfer transmit(char const* from, std::size_t size);

  /// Nothing more can be read or written, because of `reason`.
  Session::Status fail(std::string reason);
  /// The same because of `system_error`.
  Session::Status fail_by_system();
};

}  // namespace tidegate::tls
