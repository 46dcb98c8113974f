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
};

/// A self-signed certificate as `wish` says, found at `test.yaml:7:3`, `spec.servers[0].tls`.
[[nodiscard]] config::istio::CertificatePair issue(Wish const& wish = {});

/// `key` sealed with a passphrase.
[[nodiscard]] std::string encrypt_key(std::string const& key);

/// `2026-01-02`, the beginning of the dates that diagnostics show.
[[nodiscard]] std::string date(std::chrono::hours from_now);

}  // namespace tidegate::tls::testing
