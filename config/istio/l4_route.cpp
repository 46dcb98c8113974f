#include <algorithm>
#include <string_view>
#include <utility>

#include "config/istio/decode.h"
#include "config/istio/not_served.h"
#include "config/names.h"

namespace tidegate::config::istio {
namespace {

enum class Layer : std::uint8_t { tls, tcp };

constexpr NoEffect without_effect[] = {
    {"destinationSubnets", "a client of a gateway calls the gateway's own address"},
    {"sourceSubnet", "Istio does not implement it either"},
};

void read_sni_hosts(Fields& fields, L4Match& match) {
  auto const list = fields.require("sniHosts");
  if (!list) return;
  if (list->node().is_list() && list->node().children.empty()) {
    list->error("a match of `tls` needs at least one SNI host");
  }
  match.sni_hosts = read_hosts(list);
}

L4Match read_match(Value const& value, Layer layer) {
  Fields fields(value);
  L4Match match;
  match.origin = value.origin();
  if (layer == Layer::tls) read_sni_hosts(fields, match);
  if (auto const port = fields.find("port")) {
    auto const number = port->integer(port_range);
    if (number) match.port = static_cast<std::uint32_t>(*number);
  }
  match.gateways = fields.sourced_texts("gateways");
  match.source_labels = fields.text_map("sourceLabels");
  match.source_namespace = fields.sourced_text("sourceNamespace");
  fields.report_no_effect(without_effect);
  fields.report_unknown();
  return match;
}

L4Route read_route(Value const& value, Layer layer) {
  Fields fields(value);
  L4Route route;
  route.origin = value.origin();
  auto const matches = layer == Layer::tls ? fields.require("match") : fields.find("match");
  if (matches) {
    for (Value const& match : matches->items()) route.match.push_back(read_match(match, layer));
    if (layer == Layer::tls && matches->node().is_list() && route.match.empty()) {
      matches->error("a route of `tls` needs at least one match");
    }
  }
  if (auto const list = fields.require("route")) {
    route.route = read_destinations(*list, RouteKind::tcp);
    if (list->node().is_list() && route.route.empty()) list->error("has no destination");
  }
  fields.report_unknown();
  return route;
}

}  // namespace

L4Route read_tls_route(Value const& value) { return read_route(value, Layer::tls); }

L4Route read_tcp_route(Value const& value) { return read_route(value, Layer::tcp); }

}  // namespace tidegate::config::istio
