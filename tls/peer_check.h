#pragma once

#include <array>
#include <string>
#include <vector>

#include "tls/openssl.h"

namespace tidegate::tls {

/// What a peer's certificate must be.
struct PeerCheck {
  using Digest = std::array<unsigned char, 32>;  ///< SHA-256

  /// One of them must be a DNS name, IP address, URI or e-mail address of the certificate. Empty:
  /// the host that the connection asked for (in the client's role), or anybody.
  std::vector<std::string> subject_alt_names{};
  /// As far as there are any pins, one of either kind must fit.
  std::vector<Digest> key_pins{};
  std::vector<Digest> certificate_pins{};
  bool skips_authorities = false;  ///< then names do not count either
};

/// Makes every connection of `context` check its peer so, once it is told to verify the peer at
/// all. A failure's reason goes to the Connection.
void check_peers(SSL_CTX* context, PeerCheck check);

/// Whether `certificate` was issued for `name`: an IP address, a URI, or a DNS name, which a
/// wildcard of the certificate may cover (RFC 9525 §6). The common name does not count.
[[nodiscard]] bool is_issued_for(X509* certificate, std::string const& name);

}  // namespace tidegate::tls
