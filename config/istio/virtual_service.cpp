#include "config/istio/virtual_service.h"

#include <algorithm>
#include <utility>

#include "config/istio/decode.h"
#include "config/names.h"
#include "config/scalars.h"

namespace tidegate::config::istio {
namespace {

constexpr Range weight_range{0, 2147483647};

constexpr NotServed service_not_served[] = {{"tls"}, {"tcp"}};

// See the rule in decode.h: a rewritten path reaches another resource than the written one.
constexpr NotServed route_not_served[] = {
    {"redirect", Severity::error},
    {"directResponse", Severity::error},
    {"delegate", Severity::error},
    {"rewrite", Severity::error},
    {"mirror"},
    {"mirrors"},
    {"mirrorPercentage"},
    {"mirrorPercent"},
    {"corsPolicy"},
    {"headers"},
};

constexpr NotServed destination_not_served[] = {{"headers"}};

Destination read_destination(Value const& value) {
  Fields fields(value);
  Destination destination;
  if (auto const host = fields.require("host")) {
    destination.host = {to_lower(host->text().value_or("")), host->origin()};
    bool const is_readable = host->node().is_scalar();
    if (is_readable && !is_dns_name(destination.host.value) &&
        !is_ip_address(destination.host.value)) {
      host->expected("a name or an address without a port");
    }
  }
  destination.subset = fields.sourced_text("subset");
  if (auto const port = fields.find("port")) {
    Fields port_fields(*port);
    if (auto const number = port_fields.require("number")) {
      auto const parsed = number->integer(port_range);
      if (parsed) destination.port = static_cast<std::uint32_t>(*parsed);
    }
    port_fields.report_unknown();
  }
  fields.report_unknown();
  return destination;
}

WeightedDestination read_weighted_destination(Value const& value) {
  Fields fields(value);
  WeightedDestination weighted;
  weighted.origin = value.origin();
  if (auto const destination = fields.require("destination")) {
    weighted.destination = read_destination(*destination);
  }
  weighted.weight = fields.integer("weight", 0, weight_range);
  fields.report_not_served(destination_not_served);
  fields.report_unknown();
  return weighted;
}

std::vector<WeightedDestination> read_destinations(Value const& list) {
  std::vector<WeightedDestination> destinations;
  std::uint64_t sum = 0;
  for (Value const& value : list.items()) {
    destinations.push_back(read_weighted_destination(value));
    sum += destinations.back().weight;
  }
  if (destinations.size() > 1 && sum == 0) {
    list.error("the weights add up to 0: no destination would ever be chosen");
  }
  return destinations;
}

/// Exactly one of route, redirect, directResponse and delegate (istio: validateHTTPRoute).
void check_action(Fields& fields) {
  int actions = 0;
  for (auto const name : {"route", "redirect", "directResponse", "delegate"}) {
    auto const action = fields.find(name);
    bool const is_empty = action && action->node().is_list() && action->node().children.empty();
    actions += action && !is_empty;
  }
  if (actions == 1 || !fields.value().node().is_map()) return;
  fields.value().error(
      "expected exactly one of route, redirect, directResponse and delegate; found " +
      std::to_string(actions));
}

HttpRoute read_route(Value const& value) {
  Fields fields(value);
  HttpRoute route;
  route.origin = value.origin();
  route.name = fields.text("name");
  for (Value const& match : fields.items("match")) route.match.push_back(read_http_match(match));
  check_action(fields);
  if (auto const list = fields.find("route")) route.route = read_destinations(*list);
  if (auto const timeout = fields.find("timeout")) {
    route.timeout = timeout->duration(Zero::is_allowed);
  }
  if (auto const retries = fields.find("retries")) route.retries = read_retries(*retries);
  if (auto const fault = fields.find("fault")) route.fault = read_fault(*fault);
  fields.report_not_served(route_not_served);
  fields.report_unknown();
  return route;
}

/// Istio rejects hosts of one VirtualService that cover the same names.
void check_overlaps(std::vector<Sourced<std::string>> const& hosts, Value const& list) {
  constexpr std::size_t checked = 1000;  // every pair is compared: bounded
  if (hosts.size() > checked) return list.error("more than 1000 hosts; split the VirtualService");
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!do_hosts_overlap(hosts[i].value, hosts[j].value)) continue;
      list.context().diagnostics.error(hosts[i].origin.where, hosts[i].origin.path,
                                       "covers the same names as the host in line " +
                                           std::to_string(hosts[j].origin.where.line) +
                                           "; keep one of them");
      break;
    }
  }
}

void read_service_hosts(Fields& fields, VirtualService& service) {
  auto const list = fields.require("hosts");
  if (!list) return;
  if (list->node().is_list() && list->node().children.empty()) {
    list->error("a VirtualService needs at least one host");
  }
  service.hosts = read_hosts(list);
  check_overlaps(service.hosts, *list);
}

}  // namespace

VirtualService read_virtual_service(Metadata metadata, Value const& spec) {
  VirtualService service;
  service.metadata = std::move(metadata);
  Fields fields(spec);
  read_service_hosts(fields, service);
  for (Value const& value : fields.items("gateways")) {
    auto name = value.text();
    if (!name) continue;
    if (name->empty()) {
      value.error("the name of a Gateway is empty");
      continue;
    }
    service.gateways.push_back({std::move(*name), value.origin()});
  }
  for (Value const& value : fields.items("http")) service.http.push_back(read_route(value));
  bool const has_other = fields.find("tls") || fields.find("tcp");
  if (service.http.empty() && !has_other && spec.node().is_map()) {
    spec.error("a VirtualService needs at least one of http, tls and tcp");
  }
  fields.report_not_served(service_not_served);
  service.export_to = read_export_to(fields);
  fields.report_unknown();
  return service;
}

}  // namespace tidegate::config::istio
