#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/resource.h"

/// Istio Gateway (networking.istio.io, gateway.proto): what is listened on, and with which
/// certificates.
namespace tidegate::config::istio {

enum class Protocol : std::uint8_t { http, http2, grpc, grpc_web, https, tls, tcp, other };

enum class TlsMode : std::uint8_t {
  passthrough,
  simple,
  mutual,
  auto_passthrough,
  istio_mutual,
  optional_mutual
};

enum class TlsVersion : std::uint8_t { automatic, v1_0, v1_1, v1_2, v1_3 };

/// A certificate chain and its key as PEM text.
struct CertificatePair {
  std::string certificate;
  std::string key;
  Origin origin;  ///< of the field that named it
};

/// Which client certificates are good (modes MUTUAL and OPTIONAL_MUTUAL).
struct ClientAuthentication {
  std::string ca_certificates;  ///< PEM, from files, already read; empty = from a Secret
  std::string ca_crl;           ///< PEM; empty = none
  Sourced<std::string> ca_credential_name;     ///< Secret; empty: that of the server's certificate
  std::vector<std::string> subject_alt_names;  ///< one of them must be the client's; empty = any
  std::vector<std::string> spki_hashes;        ///< SHA-256, 32 bytes; with the next: one must match
  std::vector<std::string> certificate_hashes;  ///< SHA-256, 32 bytes
  bool skips_verification = false;              ///< asked for, and believed whatever it is
};

struct ServerTls {
  bool https_redirect = false;
  TlsMode mode = TlsMode::passthrough;
  std::vector<CertificatePair> certificates;           ///< from files, already read
  std::vector<Sourced<std::string>> credential_names;  ///< `name` or `namespace/name` of a Secret
  TlsVersion min_version = TlsVersion::automatic;      ///< automatic = TLS 1.2
  TlsVersion max_version = TlsVersion::automatic;      ///< automatic = TLS 1.3
  std::vector<std::string> cipher_suites;  ///< OpenSSL names, TLS 1.2 only; empty = our list
  std::vector<std::string> ecdh_curves;    ///< OpenSSL names; empty = our list
  ClientAuthentication clients;            ///< MUTUAL and OPTIONAL_MUTUAL
  Origin origin;
};

struct ServerPort {
  std::uint32_t number = 0;  ///< 1..65535; 0 only with a unix socket
  Protocol protocol = Protocol::other;
  std::string name;
};

struct Server {
  ServerPort port;
  std::string
      bind;  ///< IP address, `unix:///path` or `unix://@name`; empty = the settings' `gateway.bind`
  std::vector<Sourced<std::string>> hosts;  ///< `[namespace/]name`, lower-cased
  bool has_tls = false;
  ServerTls tls;
  std::string name;
  Origin origin;
};

struct Gateway {
  Metadata metadata;
  Labels selector;  ///< empty = every gateway
  std::vector<Server> servers;
};

}  // namespace tidegate::config::istio
