#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "config/settings.h"
#include "routing/compile_clusters.h"
#include "routing/report.h"
#include "routing/route_list.h"

namespace tidegate::routing {

/// Where requests come in, as far as routes may depend on it: a Gateway's port, and the Gateways
/// whose servers of one host are joined there.
struct Entrance {
  std::uint16_t port = 0;  ///< as declared
  std::set<config::istio::Gateway const*> gateways;
};

/// Turns the `http[]` entries of VirtualServices into routes.
class RouteCompiler {
 public:
  /// All arguments must outlive this.
  RouteCompiler(config::Settings const& settings, ClusterCatalog& clusters, Report& report)
      : settings_(settings), clusters_(clusters), report_(report) {}

  /// The routes of `service` for requests that come in by `entrance`, in the order written, up to
  /// the first that catches everything. Compiled once, and for all entrances together when neither
  /// matches nor destinations depend on them; the reference stays good.
  [[nodiscard]] RouteList const& routes(config::istio::VirtualService const& service,
                                        Entrance const& entrance);

  /// Reports what is wrong with the routes of `service`, unless they were compiled before.
  void check(config::istio::VirtualService const& service);

 private:
  /// A route that does not know yet where it leads.
  struct Draft {
    Route route;
    config::istio::HttpRoute const* source;
    config::istio::HttpMatch const* match;  ///< null = every request
  };
  using Service = config::istio::VirtualService;

  std::vector<Draft> const& drafts(Service const& service);
  [[nodiscard]] bool admits(config::istio::HttpMatch const* match, Service const& service,
                            Entrance const& entrance) const;
  /// False when nothing behind the entry can be reached any more.
  bool add_drafts(config::istio::HttpRoute const& entry, std::vector<Draft>& drafts);
  [[nodiscard]] Targets targets(config::istio::HttpRoute const& entry, Service const& service,
                                std::uint16_t port);
  [[nodiscard]] std::vector<MirrorTarget> mirrors(config::istio::HttpRoute const& entry,
                                                  Service const& service, std::uint16_t port);

  config::Settings const& settings_;
  ClusterCatalog& clusters_;
  Report& report_;
  std::map<Service const*, std::vector<Draft>> drafts_;
  using Key = std::tuple<Service const*, std::uint16_t, std::set<config::istio::Gateway const*>>;
  std::map<Key, RouteList> routes_;
};

}  // namespace tidegate::routing
