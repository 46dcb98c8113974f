#pragma once

#include <map>
#include <memory>
#include <vector>

#include "http/forwarding.h"
#include "http/uri.h"
#include "routing/snapshot.h"
#include "tls/certificates.h"
#include "tls/client_context.h"

namespace tidegate::gateway {

/// A whole configuration, ready to serve: what is decided by the snapshot, and what needs libraries
/// to be carried out. Immutable, shared by all workers.
struct Configuration {
  std::shared_ptr<routing::Snapshot const> snapshot;
  /// `certificates[i]` belongs to `snapshot->listeners[i]`; null for listeners that
  /// decrypt nothing.
  std::vector<std::shared_ptr<tls::Certificates const>> certificates;
  /// `client_contexts[i]` belongs to `snapshot->clusters[i]`; null for clusters in clear.
  std::vector<std::shared_ptr<tls::ClientContext const>> client_contexts;
  http::TrustedProxies trusted_proxies;
  http::PathRules path_rules;
};

}  // namespace tidegate::gateway
