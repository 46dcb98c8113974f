#include "routing/compile_routes.h"

#include <string>

#include "routing/compile_retry.h"

namespace tidegate::routing {

namespace {

using config::istio::HttpMatch;
using config::istio::HttpRoute;

/// Stands for every port in the key of routes that are the same for all.
constexpr std::uint16_t any_port = 0;

/// What all routes of one entry share.
Route common_route(HttpRoute const& entry, config::Settings const& settings, Report& report) {
  Route route;
  route.timeout = entry.timeout.value_or(settings.api.timeout);
  route.retry = compile_retries(entry, route.timeout, report);
  route.policies = compile_faults(entry, report);
  return route;
}

std::string name_of(HttpRoute const& entry, HttpMatch const& match) {
  if (entry.name.empty() || match.name.empty()) return entry.name + match.name;
  return entry.name + '.' + match.name;
}

}  // namespace

RouteList const& RouteCompiler::routes(Service const& service, std::uint16_t port) {
  for (std::uint16_t const compiled_for : {any_port, port}) {
    auto const known = routes_.find({&service, compiled_for});
    if (known != routes_.end()) return known->second;
  }
  std::size_t const dependent = clusters_.found_by_gateway_port();
  std::vector<Route> routes;
  HttpRoute const* source = nullptr;
  Targets to;
  for (Draft const& draft : drafts(service)) {
    if (draft.source != source) to = targets(*draft.source, service, port);
    source = draft.source;
    routes.push_back(draft.route);
    routes.back().targets = to;
  }
  bool const is_for_any = clusters_.found_by_gateway_port() == dependent;
  return routes_.try_emplace({&service, is_for_any ? any_port : port}, std::move(routes))
      .first->second;
}

void RouteCompiler::check(Service const& service) {
  constexpr std::uint16_t some_port = 80;
  if (!drafts_.contains(&service)) static_cast<void>(routes(service, some_port));
}

std::vector<RouteCompiler::Draft> const& RouteCompiler::drafts(Service const& service) {
  auto const [found, is_new] = drafts_.try_emplace(&service);
  if (!is_new) return found->second;
  bool is_reachable = true;
  for (HttpRoute const& entry : service.http) {
    if (!is_reachable) {
      report_.warning(entry.origin, "is never reached: a route before it matches every request");
      continue;
    }
    is_reachable = add_drafts(entry, found->second);
  }
  return found->second;
}

bool RouteCompiler::add_drafts(HttpRoute const& entry, std::vector<Draft>& drafts) {
  Route route = common_route(entry, settings_, report_);
  if (entry.match.empty()) {
    route.name = entry.name;
    drafts.push_back({std::move(route), &entry});
    return false;
  }
  for (HttpMatch const& match : entry.match) {
    route.name = name_of(entry, match);
    route.matcher = Matcher(match, report_.diagnostics());
    drafts.push_back({route, &entry});
    if (!route.matcher.is_catch_all()) continue;
    for (HttpMatch const* rest = &match + 1; rest != entry.match.data() + entry.match.size();
         ++rest)
      report_.warning(rest->origin, "is never reached: a match before it holds for every request");
    return false;
  }
  return true;
}

Targets RouteCompiler::targets(HttpRoute const& entry, Service const& service, std::uint16_t port) {
  Targets targets;
  for (auto const& weighted : entry.route) {
    // Asked for even when its weight is 0: a dangling reference is an error all the same.
    Cluster const* const cluster =
        clusters_.find(weighted.destination, service.metadata.name_space, port);
    if (cluster && (weighted.weight > 0 || entry.route.size() == 1))
      targets.add(*cluster, weighted.weight);
  }
  return targets;
}

}  // namespace tidegate::routing
