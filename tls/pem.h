#pragma once

#include <string>
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

/// `2026-01-02T03:04:05Z`.
[[nodiscard]] std::string to_text(ASN1_TIME const* time);

}  // namespace tidegate::tls
