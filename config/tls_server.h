#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/istio/gateway.h"
#include "config/resource.h"

namespace tidegate::config {

/// Whom a TLS server lets in by certificate.
struct ClientCertificates {
  enum class Mode : std::uint8_t {
    none,      ///< it asks for none
    optional,  ///< who shows one must show a good one
    required,
  };
  Mode mode = Mode::none;
  std::string ca_certificates;                 ///< PEM of those who may have signed it
  std::string crl;                             ///< PEM; empty = none
  std::vector<std::string> subject_alt_names;  ///< one of them must be the client's; empty: any
  /// Pins, SHA-256 in 32 bytes: one of either kind must fit, as far as there are any.
  std::vector<std::string> spki_hashes;
  std::vector<std::string> certificate_hashes;
  bool skips_verification = false;  ///< neither CAs nor names count; a pin still does
  Origin origin;
};

/// How a TLS server proves who it is: a Gateway server with its credentials found and read.
struct TlsServer {
  std::vector<std::string> hosts;  ///< SNI patterns, lower-case: exact, `*.suffix` or `*`
  std::vector<istio::CertificatePair> certificates;  ///< one or two (RSA and ECDSA)
  istio::TlsVersion min_version = istio::TlsVersion::v1_2;
  istio::TlsVersion max_version = istio::TlsVersion::v1_3;
  std::vector<std::string> cipher_suites;  ///< OpenSSL names, TLS 1.2 only; empty = our list
  ClientCertificates clients;
};

}  // namespace tidegate::config
