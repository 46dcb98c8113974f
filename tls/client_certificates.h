#pragma once

#include <string>

#include "config/diagnostics.h"
#include "config/tls_server.h"
#include "tls/openssl.h"

namespace tidegate::tls {

/// For SSL_set_verify: whether clients are asked for a certificate and let in without.
[[nodiscard]] int verify_mode(config::ClientCertificates const& clients);

/// Makes `context` check the certificates of its clients so. False on errors: no CA, PEM that
/// cannot be read, a pin of another size; they are reported at the settings' origin.
[[nodiscard]] bool check_clients(SSL_CTX* context, config::ClientCertificates const& clients,
                                 config::Diagnostics& diagnostics);

/// The same for the same rules, and for no others; empty when clients are asked for nothing.
[[nodiscard]] std::string fingerprint(config::ClientCertificates const& clients);

}  // namespace tidegate::tls
