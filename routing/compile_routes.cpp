#include "routing/compile_routes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "routing/bindings.h"
#include "routing/compile_actions.h"
#include "routing/compile_headers.h"
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
  route.actions = compile_actions(entry, settings.api, report);
  if (route.actions) {
    auto const& more = route.actions->answer_policies;  // faults come before them, as in Envoy
    route.policies.insert(route.policies.end(), more.begin(), more.end());
  }
  return route;
}

std::shared_ptr<HeaderRules const> headers_of(config::istio::WeightedDestination const& destination,
                                              Report& report) {
  HeaderRules rules = compile_headers(destination.headers, report);
  return rules.empty() ? nullptr : std::make_shared<HeaderRules const>(std::move(rules));
}

/// Whether some of the conditions are decided before any request comes.
bool is_entrance_bound(HttpMatch const* match) {
  return match != nullptr &&
         (match->port || !match->gateways.empty() || !match->source_labels.empty() ||
          !match->source_namespace.value.empty());
}

std::string name_of(HttpRoute const& entry, HttpMatch const& match) {
  if (entry.name.empty() || match.name.empty()) return entry.name + match.name;
  return entry.name + '.' + match.name;
}

}  // namespace

RouteList const& RouteCompiler::routes(Service const& service, Entrance const& entrance) {
  auto const& all = drafts(service);
  bool const is_bound = std::any_of(
      all.begin(), all.end(), [](Draft const& draft) { return is_entrance_bound(draft.match); });
  Key const for_any{&service, any_port, {}};
  Key const for_this{&service, entrance.port,
                     is_bound ? entrance.gateways : std::set<config::istio::Gateway const*>()};
  for (Key const& key : {for_any, for_this}) {
    auto const known = routes_.find(key);
    if (known != routes_.end()) return known->second;
  }
  std::size_t const dependent = clusters_.found_by_gateway_port();
  std::vector<Route> routes;
  HttpRoute const* source = nullptr;
  Targets to;
  std::vector<MirrorTarget> copies;
  for (Draft const& draft : all) {
    if (draft.source != source) {
      to = targets(*draft.source, service, entrance.port);
      copies = mirrors(*draft.source, service, entrance.port);
    }
    source = draft.source;
    if (!admits(draft.match, service, entrance)) continue;
    routes.push_back(draft.route);
    routes.back().targets = to;
    routes.back().mirrors = copies;
    if (draft.route.matcher.is_catch_all()) break;
  }
  bool const is_for_any = !is_bound && clusters_.found_by_gateway_port() == dependent;
  return routes_.try_emplace(is_for_any ? for_any : for_this, std::move(routes)).first->second;
}

/// The conditions that hold for all requests of an entrance or for none (istio: route.go,
/// TranslateRouteMatch and sourceMatchHTTP). At an edge the source is the gateway itself.
bool RouteCompiler::admits(HttpMatch const* match, Service const& service,
                           Entrance const& entrance) const {
  if (match == nullptr) return true;
  if (match->port && *match->port != entrance.port) return false;
  auto const is_named = [&](config::istio::Gateway const* gateway) {
    auto const& own = gateway->metadata;
    return std::any_of(match->gateways.begin(), match->gateways.end(), [&](auto const& reference) {
      return Bindings::refers_to(reference.value, service.metadata.name_space, own);
    });
  };
  auto const& gateways = entrance.gateways;
  if (!match->gateways.empty() && std::none_of(gateways.begin(), gateways.end(), is_named)) {
    return false;
  }
  auto const is_source = [&](config::istio::Gateway const* gateway) {
    return gateway->metadata.name_space == match->source_namespace.value;
  };
  if (!match->source_namespace.value.empty() &&
      std::none_of(gateways.begin(), gateways.end(), is_source)) {
    return false;
  }
  auto const& labels = settings_.gateway.labels;
  return std::all_of(match->source_labels.begin(), match->source_labels.end(),
                     [&](auto const& wanted) {
                       auto const own = labels.find(wanted.first);
                       return own != labels.end() && own->second == wanted.second;
                     });
}

void RouteCompiler::check(Service const& service) {
  constexpr std::uint16_t some_port = 80;
  if (!drafts_.contains(&service)) static_cast<void>(routes(service, {some_port, {}}));
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
    drafts.push_back({std::move(route), &entry, nullptr});
    return false;
  }
  for (HttpMatch const& match : entry.match) {
    route.name = name_of(entry, match);
    route.matcher = Matcher(match, report_.diagnostics());
    drafts.push_back({route, &entry, &match});
    if (!route.matcher.is_catch_all() || is_entrance_bound(&match)) continue;
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
      targets.add(*cluster, weighted.weight, headers_of(weighted, report_));
  }
  return targets;
}

std::vector<MirrorTarget> RouteCompiler::mirrors(HttpRoute const& entry, Service const& service,
                                                 std::uint16_t port) {
  std::vector<MirrorTarget> mirrors;
  for (auto const& mirror : entry.mirrors) {
    Cluster const* const cluster =
        clusters_.find(mirror.destination, service.metadata.name_space, port);
    if (cluster && mirror.percentage > 0) mirrors.push_back({cluster, mirror.percentage});
  }
  return mirrors;
}

}  // namespace tidegate::routing
