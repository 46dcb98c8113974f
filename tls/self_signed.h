#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace tidegate::tls {

struct SelfSigned {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM, ECDSA P-256
};

/// A certificate for `names` (DNS names and IP addresses), valid from an hour ago for `validity`.
/// Throws std::runtime_error when OpenSSL cannot make one.
[[nodiscard]] SelfSigned make_self_signed(std::vector<std::string> const& names,
                                          std::chrono::hours validity);

}  // namespace tidegate::tls
