#include <utility>

#include "config/fields.h"
#include "config/names.h"
#include "config/scalars.h"
#include "config/settings_reader.h"

namespace tidegate::config {
namespace {

constexpr Range workers_range{1, 1024};
constexpr Range bound_port_range{0, 65535};  // 0 = any free one

std::uint32_t read_workers(Value const& value) {
  if (value.node().is_scalar() && value.text() == "auto") return 0;
  return static_cast<std::uint32_t>(value.integer(workers_range).value_or(0));
}

std::map<std::uint16_t, std::uint16_t> read_port_map(Value const& value) {
  std::map<std::uint16_t, std::uint16_t> ports;
  for (Value const& entry : value.entries()) {
    auto const from = parse_integer(entry.node().key);
    if (!from || *from < port_range.min || *from > port_range.max) {
      entry.error("expected a Gateway's port as the key, 1 to 65535");
      continue;
    }
    if (entry.node().is_null()) continue;
    auto const to = entry.integer(bound_port_range);
    if (to) ports[static_cast<std::uint16_t>(*from)] = static_cast<std::uint16_t>(*to);
  }
  return ports;
}

std::vector<std::string> read_cidrs(Fields& fields, std::string_view name) {
  std::vector<std::string> cidrs;
  for (Value const& value : fields.items(name)) {
    auto text = value.text();
    if (!text) continue;
    if (is_cidr(*text)) {
      cidrs.push_back(std::move(*text));
    } else {
      value.expected("an IP address or CIDR such as 10.0.0.0/8");
    }
  }
  return cidrs;
}

/// Text that has to fulfil a rule; the fallback when it does not, which is reported.
std::string read_checked(Fields& fields, std::string_view name, std::string fallback,
                         std::pair<bool (*)(std::string_view), std::string_view> rule) {
  auto const field = fields.find(name);
  auto text = field ? field->text() : std::nullopt;
  if (!text) return fallback;
  if (rule.first(*text)) return std::move(*text);
  field->expected(rule.second);
  return fallback;
}

}  // namespace

GatewaySettings read_gateway_settings(Value const& value) {
  Fields fields(value);
  GatewaySettings gateway;
  gateway.name = fields.text("name");
  if (auto const workers = fields.find("workers")) gateway.workers = read_workers(*workers);
  gateway.locality = read_checked(fields, "locality", "", {is_locality, "region[/zone[/subzone]]"});
  gateway.labels = fields.text_map("labels");
  gateway.bind = read_checked(fields, "bind", gateway.bind, {is_ip_address, "an IP address"});
  if (auto const ports = fields.find("port_map")) gateway.port_map = read_port_map(*ports);
  if (auto const timeout = fields.find("drain_timeout")) {
    gateway.drain_timeout = timeout->duration(Zero::is_allowed).value_or(gateway.drain_timeout);
  }
  gateway.trusted_proxies = read_cidrs(fields, "trusted_proxies");
  gateway.cluster_domain = read_checked(fields, "cluster_domain", gateway.cluster_domain,
                                        {is_dns_name, "a DNS name such as cluster.local"});
  if (fields.find("upgrades")) gateway.upgrades = fields.texts("upgrades");
  fields.report_unknown();
  return gateway;
}

}  // namespace tidegate::config
