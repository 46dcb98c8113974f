#pragma once

#include <cstdint>
#include <vector>

#include "config/settings.h"
#include "routing/bindings.h"
#include "routing/compile_clusters.h"
#include "routing/report.h"
#include "routing/snapshot.h"

namespace tidegate::routing {

/// Turns the `tls[]` and `tcp[]` entries of VirtualServices into destinations for the connections
/// of one port.
class L4Compiler {
 public:
  /// `port` as the Gateway declares it. The rest must outlive this.
  L4Compiler(std::uint16_t port, Bindings const& bindings, ClusterCatalog& clusters,
             config::GatewaySettings const& settings, Report& report)
      : port_(port),
        bindings_(bindings),
        clusters_(clusters),
        settings_(settings),
        report_(report) {}

  /// Where a server's connections lead: by the first `tcp` route that is for it. Empty when there
  /// is none, which is reported.
  [[nodiscard]] Targets tcp(config::istio::Gateway const& gateway,
                            config::istio::Server const& server);
  /// The `tls` routes that are for a server which decrypts nothing, in the order in which they are
  /// tried.
  [[nodiscard]] std::vector<Passthrough> passthrough(config::istio::Gateway const& gateway,
                                                     config::istio::Server const& server);

 private:
  using Gateway = config::istio::Gateway;
  using Server = config::istio::Server;
  using VirtualService = config::istio::VirtualService;

  [[nodiscard]] bool is_for(VirtualService const& service, Gateway const& gateway,
                            Server const& server) const;
  [[nodiscard]] bool is_for(config::istio::L4Match const& match, VirtualService const& service,
                            Gateway const& gateway) const;
  [[nodiscard]] std::vector<std::string> names(config::istio::L4Route const& route,
                                               VirtualService const& service,
                                               Gateway const& gateway, Server const& server);
  [[nodiscard]] Targets targets(config::istio::L4Route const& route, VirtualService const& service);

  std::uint16_t port_;
  Bindings const& bindings_;
  ClusterCatalog& clusters_;
  config::GatewaySettings const& settings_;
  Report& report_;
};

}  // namespace tidegate::routing
