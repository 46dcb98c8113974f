#include "config/istio/service_entry.h"

#include <set>
#include <string_view>
#include <utility>

#include "config/istio/decode.h"
#include "config/names.h"

namespace tidegate::config::istio {
namespace {

constexpr std::size_t max_hosts = 256;

constexpr std::string_view location_names[] = {"MESH_EXTERNAL", "MESH_INTERNAL"};
constexpr std::string_view resolution_names[] = {"NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN",
                                                 "DYNAMIC_DNS"};

constexpr NoEffect without_effect[] = {
    {"addresses", "a gateway chooses services by name, not by the addresses of a mesh",
     Severity::notice},
};

ServicePort read_port(Value const& value) {
  Fields fields(value);
  ServicePort port;
  if (auto const number = fields.require("number")) {
    port.number = static_cast<std::uint32_t>(number->integer(port_range).value_or(0));
  }
  if (auto const name = fields.require("name")) port.name = name->text().value_or("");
  if (auto const field = fields.find("protocol")) {
    auto const text = field->text();
    auto const protocol = text ? parse_protocol(*text) : Protocol::other;
    if (!protocol) field->expected("a protocol such as HTTP, HTTPS, HTTP2, GRPC, TLS or TCP");
    port.protocol = protocol.value_or(Protocol::other);
  }
  port.target_port = fields.integer("targetPort", 0, port_range);
  fields.report_unknown();
  return port;
}

void read_ports(Fields& fields, ServiceEntry& entry) {
  std::set<std::uint32_t> numbers;
  std::set<std::string> names;
  for (Value const& value : fields.items("ports")) {
    ServicePort port = read_port(value);
    if (port.number != 0 && !numbers.insert(port.number).second) {
      value.error("another port of this ServiceEntry has the same number");
    }
    if (!port.name.empty() && !names.insert(port.name).second) {
      value.error("another port of this ServiceEntry has the same name");
    }
    entry.ports.push_back(std::move(port));
  }
}

void read_entry_hosts(Fields& fields, ServiceEntry& entry) {
  auto const list = fields.require("hosts");
  if (!list) return;
  if (list->node().is_list() && list->node().children.empty()) {
    list->error("a ServiceEntry needs at least one host");
  }
  entry.hosts = read_hosts(list);
  if (entry.hosts.size() > max_hosts) list->error("more than 256 hosts");
  bool const may_be_wildcard =
      entry.resolution == Resolution::none || entry.resolution == Resolution::dynamic_dns;
  for (auto const& host : entry.hosts) {
    auto& diagnostics = list->context().diagnostics;
    if (host.value == "*") {
      diagnostics.error(host.origin.where, host.origin.path, "`*` cannot be a service's host");
    } else if (host.value.starts_with('*') && !may_be_wildcard) {
      diagnostics.error(host.origin.where, host.origin.path,
                        "a wildcard needs resolution NONE or DYNAMIC_DNS");
    }
  }
}

void check_endpoint_ports(Value const& value, WorkloadEntry const& endpoint,
                          std::set<std::string_view> const& port_names) {
  for (auto const& named_port : endpoint.ports) {
    if (port_names.contains(named_port.first)) continue;
    value.error("the ServiceEntry has no port named \"" + named_port.first + '"');
  }
}

/// istio: ValidateServiceEntry.
void check_address(Value const& value, WorkloadEntry const& endpoint, ServiceEntry const& entry) {
  std::string const& address = endpoint.address.value;
  bool const is_fixed = entry.resolution == Resolution::fixed;
  if (endpoint.is_unix()) {
    if (!is_fixed) value.error("a unix socket needs resolution STATIC");
    if (entry.ports.size() > 1) value.error("a unix socket serves one port; this has more");
    return;
  }
  if (is_fixed && !address.empty() && is_dns_name(address) && !is_ip_address(address)) {
    value.error("resolution STATIC needs IP addresses; use resolution DNS for names");
  }
}

void check_endpoint_count(Value const& list, ServiceEntry const& entry) {
  std::size_t const count = entry.endpoints.size();
  if (count == 0) return;
  if (entry.resolution == Resolution::none) {
    list.error("resolution NONE (the default) has no endpoints; use STATIC or DNS");
  }
  if (entry.resolution == Resolution::dynamic_dns) {
    list.error("resolution DYNAMIC_DNS has no endpoints: every request's own host is resolved");
  }
  if (entry.resolution == Resolution::dns_round_robin && count > 1) {
    list.error("resolution DNS_ROUND_ROBIN allows one endpoint");
  }
}

void read_endpoints(Fields& fields, ServiceEntry& entry) {
  auto const list = fields.find("endpoints");
  if (!list) return;
  std::set<std::string_view> port_names;
  for (ServicePort const& port : entry.ports) port_names.insert(port.name);
  for (Value const& value : list->items()) {
    WorkloadEntry endpoint = read_workload_entry({}, value);
    check_endpoint_ports(value, endpoint, port_names);
    check_address(value, endpoint, entry);
    entry.endpoints.push_back(std::move(endpoint));
  }
  check_endpoint_count(*list, entry);
}

void read_workload_selector(Fields& fields, ServiceEntry& entry) {
  auto const field = fields.find("workloadSelector");
  if (!field) return;
  Fields selector(*field);
  entry.workload_selector = selector.text_map("labels");
  selector.report_unknown();
  if (entry.workload_selector.empty() && field->node().is_map()) {
    field->error("a workloadSelector needs labels");
  }
  if (!entry.endpoints.empty()) field->error("endpoints and workloadSelector exclude each other");
  if (entry.resolution == Resolution::none || entry.resolution == Resolution::dynamic_dns) {
    field->error("needs resolution STATIC or DNS: with this one there are no endpoints");
  }
}

void check_addresses(Fields& fields, ServiceEntry const& entry) {
  bool const may_be_ranges =
      entry.resolution == Resolution::none || entry.resolution == Resolution::fixed;
  for (Value const& value : fields.items("addresses")) {
    auto const text = value.text();
    if (!text) continue;
    if (!is_cidr(*text)) {
      value.expected("an IP address or CIDR");
    } else if (!may_be_ranges && text->find('/') != text->npos) {
      value.error("a range of addresses needs resolution NONE or STATIC");
    }
  }
  fields.report_no_effect(without_effect);
}

void check_resolvable(ServiceEntry const& entry, Value const& spec) {
  bool const has_endpoints = !entry.endpoints.empty() || !entry.workload_selector.empty();
  if (entry.resolution == Resolution::fixed && !has_endpoints) {
    spec.warning("resolution STATIC without endpoints or workloadSelector: nothing can be reached");
  }
}

}  // namespace

ServiceEntry read_service_entry(Metadata metadata, Value const& spec) {
  ServiceEntry entry;
  entry.metadata = std::move(metadata);
  Fields fields(spec);
  entry.resolution = fields.enumeration("resolution", resolution_names, Resolution::none);
  read_entry_hosts(fields, entry);
  read_ports(fields, entry);
  read_endpoints(fields, entry);
  read_workload_selector(fields, entry);
  check_addresses(fields, entry);
  entry.subject_alt_names = fields.texts("subjectAltNames");
  check_resolvable(entry, spec);
  if (auto const location = fields.find("location")) {
    static_cast<void>(location->index_in(location_names));  // affects a mesh's mTLS only
  }
  entry.export_to = read_export_to(fields);
  fields.report_unknown();
  return entry;
}

}  // namespace tidegate::config::istio
