#include "routing/compile_l4.h"

#include <algorithm>
#include <string>
#include <utility>

#include "routing/compile_hosts.h"
#include "routing/config_order.h"

namespace tidegate::routing {

using config::istio::L4Match;
using config::istio::L4Route;

Targets L4Compiler::tcp(Gateway const& gateway, Server const& server) {
  for (VirtualService const* service : bindings_.services(gateway)) {
    if (!is_for(*service, gateway, server)) continue;
    for (L4Route const& route : service->tcp) {
      bool const is_chosen =
          route.match.empty() ||
          std::any_of(route.match.begin(), route.match.end(),
                      [&](L4Match const& match) { return is_for(match, *service, gateway); });
      if (is_chosen) return targets(route, *service);
    }
  }
  report_.warning(server.origin,
                  "no VirtualService has a tcp route for this server: its connections are closed");
  return {};
}

std::vector<Passthrough> L4Compiler::passthrough(Gateway const& gateway, Server const& server) {
  std::vector<Passthrough> all;
  for (VirtualService const* service : bindings_.services(gateway)) {
    if (!is_for(*service, gateway, server)) continue;
    for (L4Route const& route : service->tls) {
      auto found = names(route, *service, gateway, server);
      if (found.empty()) continue;
      all.push_back({.names = std::move(found), .targets = targets(route, *service)});
    }
  }
  if (all.empty())
    report_.warning(
        server.origin,
        "no VirtualService has a tls route for this server: its connections are closed");
  return all;
}

/// Istio: a VirtualService counts for a server with which it has a host in common.
bool L4Compiler::is_for(VirtualService const& service, Gateway const& gateway,
                        Server const& server) const {
  std::string const& name_space = service.metadata.name_space;
  return std::any_of(server.hosts.begin(), server.hosts.end(), [&](auto const& written) {
    ServerHost const own = parse_server_host(written.value, gateway.metadata.name_space);
    if (own.name_space != "*" && own.name_space != name_space) return false;
    return std::any_of(service.hosts.begin(), service.hosts.end(), [&](auto const& host) {
      auto const all = names_of_host(host.value, name_space, settings_);
      return std::any_of(all.begin(), all.end(), [&](std::string const& name) {
        return !intersect(own.name, name).empty();
      });
    });
  });
}

/// Labels and namespace are those of the gateway itself, as in Istio: nobody else's are known here.
bool L4Compiler::is_for(L4Match const& match, VirtualService const& service,
                        Gateway const& gateway) const {
  std::string const& name_space = service.metadata.name_space;
  bool const is_gateway =
      match.gateways.empty() ||
      std::any_of(match.gateways.begin(), match.gateways.end(), [&](auto const& reference) {
        return bindings_.find(reference.value, name_space) == &gateway;
      });
  bool const is_port = !match.port || *match.port == port_;
  bool const is_namespace = match.source_namespace.value.empty() ||
                            match.source_namespace.value == gateway.metadata.name_space;
  return is_gateway && is_port && is_namespace && carries(settings_.labels, match.source_labels);
}

/// The SNI patterns by which a route is reached through a server.
std::vector<std::string> L4Compiler::names(L4Route const& route, VirtualService const& service,
                                           Gateway const& gateway, Server const& server) {
  std::vector<std::string> found;
  for (L4Match const& match : route.match) {
    if (!is_for(match, service, gateway)) continue;
    for (auto const& sni : match.sni_hosts) {
      bool const is_own =
          std::any_of(service.hosts.begin(), service.hosts.end(),
                      [&](auto const& host) { return covers(host.value, sni.value); });
      if (!is_own)
        report_.error(sni.origin,
                      sni.value + " is not covered by the hosts of this VirtualService");
      for (auto const& written : server.hosts) {
        ServerHost const own = parse_server_host(written.value, gateway.metadata.name_space);
        bool const is_ours = own.name_space == "*" || own.name_space == service.metadata.name_space;
        auto const common = intersect(own.name, sni.value);
        if (is_ours && !common.empty()) found.emplace_back(common);
      }
    }
  }
  return found;
}

Targets L4Compiler::targets(L4Route const& route, VirtualService const& service) {
  Targets targets;
  for (auto const& weighted : route.route) {
    // Asked for even when its weight is 0: a dangling reference is an error all the same.
    Cluster const* const cluster =
        clusters_.find(weighted.destination, service.metadata.name_space, port_);
    if (cluster && (weighted.weight > 0 || route.route.size() == 1))
      targets.add(*cluster, weighted.weight);
  }
  return targets;
}

}  // namespace tidegate::routing
