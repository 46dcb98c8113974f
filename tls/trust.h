#pragma once

#include <string_view>

#include "config/diagnostics.h"
#include "config/resource.h"
#include "tls/openssl.h"

namespace tidegate::tls {

/// Whose word about a peer is taken, and whose no longer.
struct Trust {
  std::string_view authorities;  ///< PEM; empty = the system's
  std::string_view crl;  ///< PEM; empty = none. With one, every certificate needs an issuer's
  config::Origin const& origin;  ///< where complaints go
};

/// The store that verifies peers of `context`; false when the PEM is bad, which is reported.
/// A certificate among the authorities is trusted even if its own issuer is not.
[[nodiscard]] bool set_trust(SSL_CTX* context, Trust const& trust,
                             config::Diagnostics& diagnostics);

}  // namespace tidegate::tls
