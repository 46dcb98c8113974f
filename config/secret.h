#pragma once

#include <string>

#include "config/resource.h"

namespace tidegate::config {

/// Kubernetes Secret (v1) with a certificate. Keys are looked up as Istio does: `cert` and `key`,
/// then `tls.crt` and `tls.key`; `stringData` wins over `data`.
struct Secret {
  Metadata metadata;
  std::string certificate;  ///< PEM chain; empty when the Secret holds none
  std::string key;          ///< PEM
};

}  // namespace tidegate::config
