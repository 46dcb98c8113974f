#include "config/istio/destination_rule.h"

#include <set>
#include <utility>

#include "config/istio/decode.h"
#include "config/istio/decode_policy.h"
#include "config/istio/not_served.h"
#include "config/names.h"
#include "config/scalars.h"

namespace tidegate::config::istio {
namespace {

Subset read_subset(Value const& value) {
  Fields fields(value);
  Subset subset;
  subset.origin = value.origin();
  if (auto const name = fields.require("name")) {
    subset.name = name->text().value_or("");
    bool const is_readable = name->node().is_scalar();
    if (is_readable && !is_dns_label(to_lower(subset.name))) {
      name->expected("a name of letters, digits and `-`");
    }
  }
  subset.labels = fields.text_map("labels");
  if (auto const policy = fields.find("trafficPolicy")) {
    subset.traffic_policy = read_traffic_policy(*policy);
  }
  fields.report_unknown();
  return subset;
}

}  // namespace

DestinationRule read_destination_rule(Metadata metadata, Value const& spec) {
  DestinationRule rule;
  rule.metadata = std::move(metadata);
  Fields fields(spec);
  if (auto const host = fields.require("host")) {
    rule.host = {to_lower(host->text().value_or("")), host->origin()};
    if (host->node().is_scalar() && !is_host_pattern(rule.host.value)) {
      host->expected("a host such as reviews, reviews.default.svc.cluster.local or *.example.com");
    }
  }
  std::set<std::string> names;
  for (Value const& value : fields.items("subsets")) {
    Subset subset = read_subset(value);
    if (!subset.name.empty() && !names.insert(subset.name).second) {
      value.error("another subset of this DestinationRule has the same name");
      continue;
    }
    rule.subsets.push_back(std::move(subset));
  }
  if (auto const policy = fields.find("trafficPolicy")) {
    rule.traffic_policy = read_traffic_policy(*policy);
  }
  if (auto const selector = fields.find("workloadSelector")) {
    Fields selector_fields(*selector);
    rule.workload_selector = selector_fields.text_map("matchLabels");
    selector_fields.report_unknown();
  }
  fields.report_not_served(not_served::destination_rule);
  rule.export_to = read_export_to(fields);
  fields.report_unknown();
  return rule;
}

}  // namespace tidegate::config::istio
