#pragma once

#include <vector>

#include "config/load.h"
#include "routing/bindings.h"
#include "routing/compile_routes.h"
#include "routing/snapshot.h"

namespace tidegate::routing {

/// Merges the servers of all Gateways into listeners, as Istio does (pilot/pkg/model/gateway.go):
/// the plain-text servers of one port and address share a route table, each HTTPS server has its
/// own, chosen by SNI, as is what leads connections on that are not decrypted. What Istio drops in
/// silence (HTTP and HTTPS on one port, one SNI host twice) is an error here.
[[nodiscard]] std::vector<Listener> compile_listeners(config::Documents const& documents,
                                                      Bindings const& bindings,
                                                      RouteCompiler& routes,
                                                      ClusterCatalog& clusters, Report& report);

}  // namespace tidegate::routing
