#pragma once

#include <string>

#include "tls/peer_certificate.h"

namespace tidegate::gateway {

/// What origins are told of a client's certificate in `x-forwarded-client-cert`, in Envoy's form:
/// `Hash=…;Cert="…";Subject="…";URI=…;DNS=…`. Whatever a certificate's names hold, they stay inside
/// their element.
[[nodiscard]] std::string forwarded_certificate(tls::PeerCertificate const& certificate);

}  // namespace tidegate::gateway
