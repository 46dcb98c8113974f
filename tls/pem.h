#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/istio/gateway.h"
#include "tls/openssl.h"

namespace tidegate::tls {

/// A certificate with its chain and its key, decoded and found to belong together.
struct Credential {
  CertificatePtr certificate;
  ChainPtr chain;  ///< intermediates, in the order of the file; empty, never null
  KeyPtr key;

  [[nodiscard]] bool is_complete() const { return certificate && chain && key; }
};

/// Decodes `pair`. Reports at its origin: text that is no PEM, an encrypted key, a key that does
/// not fit (errors); an expired or not yet valid certificate, a chain out of order (warnings).
/// Incomplete on errors. Messages never quote what was read.
[[nodiscard]] Credential read_credential(config::istio::CertificatePair const& pair,
                                         config::Diagnostics& diagnostics);

/// Makes `pair` what `context` shows of itself; false on errors, which are reported.
[[nodiscard]] bool use_credential(SSL_CTX* context, config::istio::CertificatePair const& pair,
                                  config::Diagnostics& diagnostics);

/// All certificates of `text`, perhaps none; null when one cannot be decoded.
[[nodiscard]] ChainPtr read_certificates(std::string_view text);
/// All revocation lists of `text`, perhaps none; null when one cannot be decoded.
[[nodiscard]] CrlsPtr read_crls(std::string_view text);

/// `2026-01-02T03:04:05Z`.
[[nodiscard]] std::string to_text(ASN1_TIME const* time);

}  // namespace tidegate::tls
