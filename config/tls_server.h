#pragma once

#include <string>
#include <vector>

#include "config/istio/gateway.h"

namespace tidegate::config {

/// How a TLS server proves who it is: a Gateway server with its credentials found and read.
struct TlsServer {
  std::vector<std::string> hosts;  ///< SNI patterns, lower-case: exact, `*.suffix` or `*`
  std::vector<istio::CertificatePair> certificates;  ///< one or two (RSA and ECDSA)
  istio::TlsVersion min_version = istio::TlsVersion::v1_2;
  istio::TlsVersion max_version = istio::TlsVersion::v1_3;
  std::vector<std::string> cipher_suites;  ///< OpenSSL names, TLS 1.2 only; empty = our list
};

}  // namespace tidegate::config
