#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "routing/bindings.h"
#include "routing/compile_routes.h"
#include "routing/snapshot.h"

namespace tidegate::routing {

/// A Gateway host `[namespace/]name`, taken apart.
struct ServerHost {
  std::string_view name_space;  ///< whose VirtualServices may use it; `*` = everyone's
  std::string_view name;
};
/// `gateway_namespace` stands for `.`.
[[nodiscard]] ServerHost parse_server_host(std::string_view host,
                                           std::string_view gateway_namespace);

/// The narrower of two host patterns when one covers the other; else empty (Istio:
/// Names.Intersection).
[[nodiscard]] std::string_view intersect(std::string_view a, std::string_view b);

/// Joins servers into one route table: which virtual hosts there are, and whose routes they have.
class TableBuilder {
 public:
  /// `port` as the Gateway declares it. The rest must outlive this.
  TableBuilder(std::uint16_t port, Bindings const& bindings,
               config::GatewaySettings const& settings)
      : port_(port), bindings_(bindings), settings_(settings) {}

  /// Every host of a server, with the VirtualServices that may use it. A host that none uses is
  /// there too: it answers 404, or redirects.
  void add(config::istio::Gateway const& gateway, config::istio::Server const& server);

  [[nodiscard]] RouteTable build(RouteCompiler& routes, Report& report) const;

 private:
  using VirtualService = config::istio::VirtualService;
  /// A VirtualService on a host, and the Gateways by which it is there.
  struct Guest {
    VirtualService const* service = nullptr;
    std::set<config::istio::Gateway const*> gateways;
  };
  struct Plan {
    bool https_redirect = false;
    std::map<std::size_t, Guest> services;  ///< by rank: the order of their routes
  };

  void add_service(VirtualService const& service, ServerHost const& host,
                   config::istio::Gateway const& gateway, bool https_redirect);
  [[nodiscard]] VirtualHost build_host(std::string const& name, Plan const& plan,
                                       RouteCompiler& routes, Report& report) const;

  std::uint16_t port_;
  Bindings const& bindings_;
  config::GatewaySettings const& settings_;
  std::map<std::string, Plan> plans_;
};

/// The names that a VirtualService's host stands for: itself, and for a short name the FQDN that
/// Istio makes of it.
[[nodiscard]] std::vector<std::string> names_of_host(std::string const& host,
                                                     std::string const& name_space,
                                                     config::GatewaySettings const& settings);

}  // namespace tidegate::routing
