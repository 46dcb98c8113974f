#pragma once

#include <chrono>
#include <string>

#include "config/istio/gateway.h"

namespace tidegate::tls::testing {

enum class KeyKind { ecdsa, rsa };

/// What a test wants of a certificate.
struct Wish {
  std::string name = "example.com";
  KeyKind kind = KeyKind::ecdsa;
  std::chrono::hours begins{-1};  ///< from now
  std::chrono::hours ends{24};    ///< from now
  std::string alternatives{};     ///< as OpenSSL writes them: `DNS:a.test,IP:127.0.0.1,URI:a://b`
  bool is_authority = false;      ///< may issue others
  config::istio::CertificatePair const* issuer = nullptr;  ///< null = signs itself
};

/// A certificate as `wish` says, found at `test.yaml:7:3`, `spec.servers[0].tls`.
[[nodiscard]] config::istio::CertificatePair issue(Wish const& wish = {});

/// The list (PEM) of what `issuer` has revoked: `revoked`, or nothing.
[[nodiscard]] std::string revocation_list(config::istio::CertificatePair const& issuer,
                                          config::istio::CertificatePair const* revoked = nullptr);

/// SHA-256 of the certificate, and of its public key as it holds it (SPKI).
[[nodiscard]] std::string digest_of(config::istio::CertificatePair const& pair);
[[nodiscard]] std::string key_digest_of(config::istio::CertificatePair const& pair);

/// `key` sealed with a passphrase.
[[nodiscard]] std::string encrypt_key(std::string const& key);

/// `2026-01-02`, the beginning of the dates that diagnostics show.
[[nodiscard]] std::string date(std::chrono::hours from_now);

}  // namespace tidegate::tls::testing
