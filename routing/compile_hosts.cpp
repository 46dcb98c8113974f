#include "routing/compile_hosts.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tidegate::routing {

ServerHost parse_server_host(std::string_view host, std::string_view gateway_namespace) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::size_t const slash = host.find('/');
  if (slash == std::string_view::npos) return {"*", host};
  std::string_view const name_space = host.substr(0, slash);
  return {name_space == "." ? gateway_namespace : name_space, host.substr(slash + 1)};
}

std::string_view intersect(std::string_view a, std::string_view b) {
  if (covers(a, b)) return b;
  if (covers(b, a)) return a;
  return {};
}

std::vector<std::string> names_of_host(std::string const& host, std::string const& name_space,
                                       config::GatewaySettings const& settings) {
  bool const is_absolute = host.ends_with('.');
  std::vector<std::string> names{is_absolute ? host.substr(0, host.size() - 1) : host};
  if (host.find_first_of(".:*") == std::string::npos)
    names.push_back(host + '.' + name_space + ".svc." + settings.cluster_domain);
  return names;
}

void TableBuilder::add(config::istio::Gateway const& gateway, config::istio::Server const& server) {
  // On an HTTPS server the field says nothing: its requests are secure already.
  bool const redirects = server.port.protocol != config::istio::Protocol::https && server.has_tls &&
                         server.tls.https_redirect;
  for (auto const& written : server.hosts) {
    ServerHost const host = parse_server_host(written.value, gateway.metadata.name_space);
    Plan& plan = plans_[std::string(host.name)];
    plan.https_redirect = plan.https_redirect || redirects;
    for (VirtualService const* service : bindings_.services(gateway, host.name))
      add_service(*service, host, gateway, redirects);
  }
}

void TableBuilder::add_service(VirtualService const& service, ServerHost const& host,
                               config::istio::Gateway const& gateway, bool https_redirect) {
  std::string const& name_space = service.metadata.name_space;
  if (host.name_space != "*" && host.name_space != name_space) return;
  for (auto const& written : service.hosts)
    for (std::string const& name : names_of_host(written.value, name_space, settings_)) {
      std::string_view const common = intersect(host.name, name);
      if (common.empty()) continue;
      Plan& plan = plans_[std::string(common)];
      plan.https_redirect = plan.https_redirect || https_redirect;
      Guest& guest = plan.services[bindings_.rank(service)];
      guest.service = &service;
      guest.gateways.insert(&gateway);
    }
}

RouteTable TableBuilder::build(RouteCompiler& routes, Report& report) const {
  RouteTable table;
  for (auto const& [name, plan] : plans_) {
    // An IPv6 address stands in brackets in every authority (RFC 3986 §3.2.2).
    bool const is_ipv6 = name.find(':') != std::string::npos && !name.starts_with('[');
    table.index.add(is_ipv6 ? '[' + name + ']' : name,
                    static_cast<std::uint32_t>(table.hosts.size()));
    table.hosts.push_back(build_host(name, plan, routes, report));
  }
  return table;
}

VirtualHost TableBuilder::build_host(std::string const& name, Plan const& plan,
                                     RouteCompiler& routes, Report& report) const {
  VirtualHost host{
      .name = name, .https_redirect = plan.https_redirect, .https_port = 443, .routes = {}};
  if (plan.services.size() == 1) {
    Guest const& only = plan.services.begin()->second;
    host.routes = routes.routes(*only.service, {port_, only.gateways});
    return host;
  }
  std::vector<Route> all;
  VirtualService const* catcher = nullptr;
  for (auto const& [rank, guest] : plan.services) {
    VirtualService const* const service = guest.service;
    RouteList const& own = routes.routes(*service, {port_, guest.gateways});
    all.insert(all.end(), own.begin(), own.end());
    if (own.empty() || !own.back().matcher.is_catch_all()) continue;
    if (catcher)
      report.warning(within(service->metadata, "spec.http"),
                     "on host " + name + " the route for all other requests is never reached: " +
                         "VirtualService " + full_name(catcher->metadata) + " at " +
                         text_of(catcher->metadata.where) + " has one and comes first");
    else
      catcher = service;
  }
  // Istio's SortVHostRoutes: what catches everything must not hide another service's routes.
  std::stable_partition(all.begin(), all.end(),
                        [](Route const& route) { return !route.matcher.is_catch_all(); });
  host.routes = RouteList(std::move(all));
  return host;
}

}  // namespace tidegate::routing
