#include <algorithm>
#include <string_view>
#include <utility>

#include "config/istio/decode.h"
#include "config/istio/not_served.h"
#include "config/names.h"
#include "config/scalars.h"

namespace tidegate::config::istio {
namespace {

constexpr NoEffect without_effect[] = {
    {"network", "the gateway reaches every endpoint directly", Severity::notice},
    {"serviceAccount", "it is an identity in a mesh", Severity::notice},
};

void read_address(Fields& fields, WorkloadEntry& entry) {
  auto const field = fields.require("address");
  if (!field) return;
  entry.address = {field->text().value_or(""), field->origin()};
  if (!field->node().is_scalar()) return;
  if (entry.is_unix()) {
    if (!is_unix_socket(entry.address.value)) {
      field->expected("unix:///PATH or unix://@NAME, up to 107 bytes");
    }
    // An endpoint that is left out would move its traffic to the others.
    if (not_served::unix_addresses) field->not_supported(Severity::error);
    return;
  }
  if (!is_ip_address(entry.address.value)) entry.address.value = to_lower(entry.address.value);
  if (!is_ip_address(entry.address.value) && !is_dns_name(entry.address.value)) {
    field->expected("an IP address or a DNS name, without a port");
  }
}

void read_ports(Fields& fields, WorkloadEntry& entry) {
  auto const ports = fields.find("ports");
  if (!ports) return;
  if (entry.is_unix()) ports->error("a unix socket has no ports");
  for (Value const& port : ports->entries()) {
    auto const number = port.integer(port_range);
    if (number) entry.ports[port.node().key] = static_cast<std::uint32_t>(*number);
  }
}

void read_locality(Fields& fields, WorkloadEntry& entry) {
  auto const field = fields.find("locality");
  if (field) entry.locality = field->text().value_or("");
  if (!entry.locality.empty() && !is_locality(entry.locality)) {
    field->expected("region[/zone[/subzone]]");
  }
  // Labels cannot hold slashes (istio: model.GetLocalityLabel).
  auto const label = entry.labels.find("istio-locality");
  if (!entry.locality.empty() || label == entry.labels.end()) return;
  entry.locality = label->second;
  if (entry.locality.find('/') == entry.locality.npos) {
    std::replace(entry.locality.begin(), entry.locality.end(), '.', '/');
  }
  if (!is_locality(entry.locality)) entry.locality.clear();
}

}  // namespace

WorkloadEntry read_workload_entry(Metadata metadata, Value const& spec) {
  WorkloadEntry entry;
  entry.metadata = std::move(metadata);
  Fields fields(spec);
  read_address(fields, entry);
  read_ports(fields, entry);
  entry.labels = fields.text_map("labels");
  read_locality(fields, entry);
  entry.weight = fields.integer("weight", 1, uint32_range);
  if (entry.weight == 0) entry.weight = 1;  // protobuf cannot tell 0 from unset
  fields.report_no_effect(without_effect);
  fields.report_unknown();
  return entry;
}

}  // namespace tidegate::config::istio
