#pragma once

#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "config/tls_server.h"
#include "tls/openssl.h"
#include "tls/server_names.h"
#include "tls/ticket_keys.h"

namespace tidegate::tls {

/// What one TlsServer makes of a connection: its certificates, ciphers and versions.
struct ServerContext {
  ContextPtr context;
  std::string identity;  ///< the same for the same server after a reload and in another process
  int min_version = TLS1_2_VERSION;
  int max_version = TLS1_3_VERSION;
  int verify_mode = SSL_VERIFY_NONE;  ///< whether clients are asked for certificates
};

/// All servers of a listener and who is chosen by which name.
struct ServerChoice {
  ServerNames names;
  std::vector<ServerContext> servers;
};

/// The context of one server; its `context` is null after errors, which stand in `diagnostics`.
[[nodiscard]] ServerContext make_server_context(config::TlsServer const& server,
                                                TicketKeys const& keys,
                                                config::Diagnostics& diagnostics);

/// The context with which connections begin. It has no certificate: on the ClientHello it hands
/// over to a context of `choice`, which it owns and keeps for as long as a connection lives that
/// began with it.
[[nodiscard]] ContextPtr make_front_context(ServerChoice choice, TicketKeys const& keys);

}  // namespace tidegate::tls
