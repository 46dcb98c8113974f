#include "config/istio/destination.h"

#include <utility>

#include "config/istio/decode.h"
#include "config/names.h"
#include "config/scalars.h"

namespace tidegate::config::istio {
namespace {

constexpr Range weight_range{0, 2147483647};

WeightedDestination read_weighted_destination(Value const& value, RouteKind kind) {
  Fields fields(value);
  WeightedDestination weighted;
  weighted.origin = value.origin();
  if (auto const destination = fields.require("destination")) {
    weighted.destination = read_destination(*destination);
  }
  weighted.weight = fields.integer("weight", 0, weight_range);
  if (kind == RouteKind::http) {
    if (auto const headers = fields.find("headers")) weighted.headers = read_headers(*headers);
  }
  fields.report_unknown();
  return weighted;
}

}  // namespace

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

std::vector<WeightedDestination> read_destinations(Value const& list, RouteKind kind) {
  std::vector<WeightedDestination> destinations;
  std::uint64_t sum = 0;
  for (Value const& value : list.items()) {
    destinations.push_back(read_weighted_destination(value, kind));
    sum += destinations.back().weight;
  }
  if (destinations.size() > 1 && sum == 0) {
    list.error("the weights add up to 0: no destination would ever be chosen");
  }
  return destinations;
}

}  // namespace tidegate::config::istio
