#pragma once

#include <string>

#include "config/diagnostics.h"
#include "config/tls_server.h"

namespace tidegate::tls {

/// TLS 1.3's, the same for every server (Istio: cipherSuites do not apply to TLS 1.3).
inline constexpr char const* tls13_suites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

inline constexpr char const* key_exchange_groups = "X25519:P-256:P-384";

/// The list for SSL_CTX_set_cipher_list: the server's own suites, or ours when it names none.
/// Names that OpenSSL does not know, doubled ones and those of TLS 1.3 are dropped with a warning
/// (Istio Gateway, ServerTLSSettings.cipherSuites).
[[nodiscard]] std::string cipher_list(config::TlsServer const& server,
                                      config::Diagnostics& diagnostics);

}  // namespace tidegate::tls
