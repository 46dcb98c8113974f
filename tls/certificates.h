#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/tls_server.h"
#include "tls/session.h"
#include "tls/ticket_keys.h"

namespace tidegate::tls {

/// The certificates of one TLS listener, chosen by SNI: exact name, then longest wildcard, then
/// `*`; without a match the handshake is refused (`unrecognized_name`). Immutable; replaced whole
/// on reload, while connections keep the one that they began with.
class Certificates {
 public:
  /// Reports, at the place of the certificate: PEM that cannot be read, a key that does not fit its
  /// certificate, a cipher that OpenSSL does not know (warning), an expired or not yet valid
  /// certificate (warning); and what is wrong with the rules for client certificates. Null on
  /// errors.
  [[nodiscard]] static std::shared_ptr<Certificates const> create(
      std::vector<config::TlsServer> const& servers, TicketKeys const& keys,
      config::Diagnostics& diagnostics);
  virtual ~Certificates() = default;

  /// The server's side of a TLS connection on a connected, non-blocking socket. The session does
  /// not own `socket`.
  [[nodiscard]] virtual Session accept(int socket) const = 0;
};

}  // namespace tidegate::tls
