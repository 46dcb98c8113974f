#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "routing/compile_clusters.h"
#include "routing/report.h"
#include "routing/route_list.h"

namespace tidegate::routing {

/// Turns the `http[]` entries of VirtualServices into routes.
class RouteCompiler {
 public:
  /// All arguments must outlive this.
  RouteCompiler(config::Settings const& settings, ClusterCatalog& clusters, Report& report)
      : settings_(settings), clusters_(clusters), report_(report) {}

  /// The routes of `service` for requests that come in by `port`, in the order written, up to the
  /// first that catches everything. Compiled once, and for all ports together when all
  /// destinations name theirs; the reference stays good.
  [[nodiscard]] RouteList const& routes(config::istio::VirtualService const& service,
                                        std::uint16_t port);

  /// Reports what is wrong with the routes of `service`, unless they were compiled before.
  void check(config::istio::VirtualService const& service);

 private:
  /// A route that does not know yet where it leads.
  struct Draft {
    Route route;
    config::istio::HttpRoute const* source;
  };
  using Service = config::istio::VirtualService;

  std::vector<Draft> const& drafts(Service const& service);
  /// False when nothing behind the entry can be reached any more.
  bool add_drafts(config::istio::HttpRoute const& entry, std::vector<Draft>& drafts);
  [[nodiscard]] Targets targets(config::istio::HttpRoute const& entry, Service const& service,
                                std::uint16_t port);

  config::Settings const& settings_;
  ClusterCatalog& clusters_;
  Report& report_;
  std::map<Service const*, std::vector<Draft>> drafts_;
  std::map<std::pair<Service const*, std::uint16_t>, RouteList> routes_;
};

}  // namespace tidegate::routing
