#pragma once

#include <string>

#include "config/resource.h"

namespace tidegate::config {

/// Kubernetes Secret (v1) with a certificate. Keys are looked up as Istio does: `cert` and `key`,
/// then `tls.crt` and `tls.key`; `cacert`, then `ca.crt`; `stringData` wins over `data`.
struct Secret {
  Metadata metadata;
  std::string certificate;      ///< PEM chain; empty when the Secret holds none
  std::string key;              ///< PEM
  std::string ca_certificates;  ///< PEM; empty when the Secret holds none
  std::string crl;              ///< PEM, of `crl` or `ca.crl`
};

}  // namespace tidegate::config
