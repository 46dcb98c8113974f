#include "routing/compile.h"

#include <atomic>

#include "routing/bindings.h"
#include "routing/compile_clusters.h"
#include "routing/compile_gateways.h"
#include "routing/compile_routes.h"
#include "routing/report.h"
#include "routing/unique_names.h"

namespace tidegate::routing {

std::shared_ptr<Snapshot const> compile(config::Documents const& documents,
                                        config::Diagnostics& diagnostics) {
  Report report(diagnostics);
  check_unique_names(documents, report);
  Bindings const bindings(documents, report);
  ClusterCatalog clusters(documents, report);
  RouteCompiler routes(documents.settings, clusters, report);

  auto snapshot = std::make_shared<Snapshot>();
  snapshot->settings = documents.settings;
  snapshot->listeners = compile_listeners(documents, bindings, routes, clusters, report);
  snapshot->clusters = clusters.take();
  if (diagnostics.has_errors()) {
    // One pass shall find everything: also what is wrong in services that an error keeps unbound.
    for (auto const& service : documents.virtual_services) routes.check(service);
    return nullptr;
  }

  static std::atomic<std::uint64_t> versions{0};
  snapshot->version = ++versions;
  return snapshot;
}

}  // namespace tidegate::routing
