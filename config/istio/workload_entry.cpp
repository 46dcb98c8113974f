#include <utility>

#include "config/istio/decode.h"
#include "config/names.h"
#include "config/scalars.h"

namespace tidegate::config::istio {
namespace {

void read_address(Fields& fields, WorkloadEntry& entry) {
  auto const field = fields.require("address");
  if (!field) return;
  entry.address = {field->text().value_or(""), field->origin()};
  if (!field->node().is_scalar()) return;
  if (entry.address.value.starts_with("unix://")) {
    // An endpoint that is left out would move its traffic to the others.
    return field->not_supported(Severity::error);
  }
  if (!is_ip_address(entry.address.value)) entry.address.value = to_lower(entry.address.value);
  if (!is_ip_address(entry.address.value) && !is_dns_name(entry.address.value)) {
    field->expected("an IP address or a DNS name, without a port");
  }
}

}  // namespace

WorkloadEntry read_workload_entry(Metadata metadata, Value const& spec) {
  WorkloadEntry entry;
  entry.metadata = std::move(metadata);
  Fields fields(spec);
  read_address(fields, entry);
  if (auto const ports = fields.find("ports")) {
    for (Value const& port : ports->entries()) {
      auto const number = port.integer(port_range);
      if (number) entry.ports[port.node().key] = static_cast<std::uint32_t>(*number);
    }
  }
  entry.labels = fields.text_map("labels");
  if (auto const locality = fields.find("locality")) {
    entry.locality = locality->text().value_or("");
    if (!entry.locality.empty() && !is_locality(entry.locality)) {
      locality->expected("region[/zone[/subzone]]");
    }
  }
  entry.weight = fields.integer("weight", 1, uint32_range);
  if (entry.weight == 0) entry.weight = 1;       // protobuf cannot tell 0 from unset
  fields.ignore({"network", "serviceAccount"});  // of a mesh; nothing changes at a gateway
  fields.report_unknown();
  return entry;
}

}  // namespace tidegate::config::istio
