#pragma once

#include <memory>
#include <string_view>

#include "config/diagnostics.h"
#include "config/tls_client.h"
#include "tls/client_sessions.h"
#include "tls/session.h"

namespace tidegate::tls {

/// How connections to an origin are made with TLS. Immutable, shared by all workers; a connection
/// keeps what it needs of it.
///
/// The client's role stays on OpenSSL for the data: a NewSessionTicket may come at any time after
/// the handshake, and only OpenSSL can make something of it to resume with. Connections to origins
/// are few and reused, so the memory that our record layer saves counts for little here.
class ClientContext {
 public:
  /// Reports, at the settings' origin: CAs or a revocation list that cannot be read; at the
  /// certificate's, what `read_credential` does. Null on errors.
  [[nodiscard]] static std::shared_ptr<ClientContext const> create(
      config::TlsClient const& settings, config::Diagnostics& diagnostics);
  virtual ~ClientContext() = default;

  /// The client's side of a TLS connection on a non-blocking socket that is connected or still
  /// connecting. The session does not own `socket`. `authority` is the request's, `host[:port]`;
  /// its host is what the origin is asked for and verified as, unless the settings say otherwise.
  /// The handshake resumes with a ticket of `sessions` if there is one, and fills it.
  [[nodiscard]] virtual Session connect(int socket, std::string_view authority,
                                        ClientSessions& sessions) const = 0;
};

}  // namespace tidegate::tls
