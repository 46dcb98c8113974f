#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/istio/gateway.h"
#include "config/resource.h"

namespace tidegate::config {

/// How the gateway speaks TLS to an origin: a DestinationRule's `tls` with its credentials found
/// and read.
struct TlsClient {
  std::optional<istio::CertificatePair> certificate;  ///< MUTUAL: what we show
  std::string ca_certificates;                        ///< PEM; empty = the system's bundle
  std::string crl;                                    ///< PEM; empty = none
  std::vector<std::string> subject_alt_names;  ///< one of them must be the origin's; empty: the SNI
  std::string sni;                             ///< empty = the request's authority without its port
  bool skips_verification = false;
  bool offers_http2 = false;  ///< ALPN `h2` instead of `http/1.1`
  Origin origin;
};

}  // namespace tidegate::config
