#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tls/openssl.h"

namespace tidegate::tls {

/// What OpenSSL's callbacks note about one connection. It is the SSL object's app data and must
/// outlive it.
struct Connection {
  int socket = -1;
  int system_error = 0;         ///< errno of the call that broke the connection; 0 = none
  bool is_drained = false;      ///< the last recv took everything
  bool trusts_drained = false;  ///< while drained, none is tried to see whether more came since
  bool is_full = false;         ///< the last send was short; none is tried until this is reset
  bool is_at_end = false;       ///< the peer closed its side of the socket
  bool is_flooded = false;      ///< too many messages that carry no data
  bool is_established = false;  ///< the handshake is over
  std::uint32_t control_events = 0;  ///< KeyUpdates, alerts and the like since the handshake
  std::uint32_t server = 0;          ///< which TlsServer the SNI chose
  std::uint64_t bytes_read = 0;
  std::string server_name;  ///< SNI, lower-cased; empty = none
  std::string refusal;      ///< why the handshake was refused by us; empty = it was not

  [[nodiscard]] static Connection& of(SSL const* ssl) {
    return *static_cast<Connection*>(SSL_get_app_data(ssl));
  }
};

/// Gives `ssl` a BIO that receives from and sends to the socket of `connection` directly: each
/// record one system call, none that would find nothing, never a SIGPIPE.
void attach_socket(SSL* ssl, Connection& connection);

/// An info callback (SSL_CTX_set_info_callback) that ends connections which send one message
/// without data after the other: each KeyUpdate costs us a key derivation and the peer 27 bytes,
/// and OpenSSL 3.0 would go on processing them inside one SSL_read for as long as they come.
void limit_control_messages(SSL const* ssl, int where, int value);

}  // namespace tidegate::tls
