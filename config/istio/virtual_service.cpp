#include "config/istio/virtual_service.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "config/istio/decode.h"
#include "config/names.h"

namespace tidegate::config::istio {
namespace {

using Names = std::vector<Sourced<std::string>>;

/// Istio rejects hosts of one VirtualService that cover the same names.
void check_overlaps(Names const& hosts, Value const& list) {
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

/// A delegate has neither hosts nor gateways: those are of the VirtualServices that lead to it.
void read_service_hosts(Fields& fields, VirtualService& service) {
  auto const list = fields.find("hosts");
  bool const is_empty = list && list->node().is_list() && list->node().children.empty();
  if (!list || is_empty) {
    if (!service.gateways.empty()) {
      fields.value().error("`hosts` is missing; only a delegate has none, and it has no gateways");
    }
    return;
  }
  service.hosts = read_hosts(list);
  check_overlaps(service.hosts, *list);
}

void read_gateways(Fields& fields, VirtualService& service) {
  for (Value const& value : fields.items("gateways")) {
    auto name = value.text();
    if (!name) continue;
    if (name->empty()) {
      value.error("the name of a Gateway is empty");
      continue;
    }
    service.gateways.push_back({std::move(*name), value.origin()});
  }
}

/// istio: validateTLSMatch. Another name would never be asked for under these hosts.
void check_sni_hosts(VirtualService const& service, L4Match const& match,
                     Diagnostics& diagnostics) {
  for (auto const& sni : match.sni_hosts) {
    bool const is_covered =
        std::any_of(service.hosts.begin(), service.hosts.end(),
                    [&](auto const& host) { return is_subset_of(sni.value, host.value); });
    if (is_covered) continue;
    diagnostics.error(sni.origin.where, sni.origin.path,
                      "is not covered by the hosts of the VirtualService");
  }
}

/// A match for a Gateway that the VirtualService is not bound to never holds.
template <class Match>
void check_gateways(VirtualService const& service, Match const& match, Diagnostics& diagnostics) {
  constexpr std::string_view mesh = "mesh";
  for (auto const& gateway : match.gateways) {
    bool const is_bound =
        gateway.value == mesh ||
        std::any_of(service.gateways.begin(), service.gateways.end(),
                    [&](auto const& bound) { return bound.value == gateway.value; });
    if (is_bound) continue;
    diagnostics.warning(gateway.origin.where, gateway.origin.path,
                        "is none of the gateways of the VirtualService: never holds");
  }
}

void check_matches(VirtualService const& service, Diagnostics& diagnostics) {
  for (HttpRoute const& route : service.http) {
    for (HttpMatch const& match : route.match) check_gateways(service, match, diagnostics);
  }
  for (auto const* routes : {&service.tls, &service.tcp}) {
    for (L4Route const& route : *routes) {
      for (L4Match const& match : route.match) {
        check_gateways(service, match, diagnostics);
        check_sni_hosts(service, match, diagnostics);
      }
    }
  }
}

/// istio: validateDelegate. Delegating goes one level deep.
void check_delegate(VirtualService const& service, Fields& fields) {
  if (!service.hosts.empty() || fields.find("hosts")) return;
  for (auto const name : {"tls", "tcp"}) {
    if (auto const field = fields.find(name)) field->error("a delegate has http routes only");
  }
  for (HttpRoute const& route : service.http) {
    if (!route.delegate) continue;
    Origin const& origin = route.delegate->origin;
    fields.value().context().diagnostics.error(origin.where, origin.path,
                                               "a delegate cannot delegate again");
  }
}

}  // namespace

VirtualService read_virtual_service(Metadata metadata, Value const& spec) {
  VirtualService service;
  service.metadata = std::move(metadata);
  Fields fields(spec);
  read_gateways(fields, service);
  read_service_hosts(fields, service);
  auto const http = fields.items("http");
  service.http.reserve(http.size());  // routes are large, and there may be many
  for (Value const& value : http) service.http.push_back(read_http_route(value));
  for (Value const& value : fields.items("tls")) service.tls.push_back(read_tls_route(value));
  for (Value const& value : fields.items("tcp")) service.tcp.push_back(read_tcp_route(value));
  bool const has_routes = !service.http.empty() || !service.tls.empty() || !service.tcp.empty();
  if (!has_routes && spec.node().is_map()) {
    spec.error("a VirtualService needs at least one of http, tls and tcp");
  }
  check_delegate(service, fields);
  check_matches(service, spec.context().diagnostics);
  service.export_to = read_export_to(fields);
  fields.report_unknown();
  return service;
}

}  // namespace tidegate::config::istio
