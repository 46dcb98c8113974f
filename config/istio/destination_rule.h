#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/istio/traffic_policy.h"
#include "config/resource.h"

/// Istio DestinationRule (destination_rule.proto): subsets of a service, and how it is spoken to.
namespace tidegate::config::istio {

struct Subset {
  std::string name;
  Labels labels;  ///< an endpoint belongs to the subset when it carries all of them
  std::optional<TrafficPolicy> traffic_policy;  ///< overrides the rule's, block by block
  Origin origin;
};

struct DestinationRule {
  Metadata metadata;
  Sourced<std::string> host;
  std::optional<TrafficPolicy> traffic_policy;
  std::vector<Subset> subsets;
  Labels workload_selector;            ///< of the clients that it is for; empty = all
  std::vector<std::string> export_to;  ///< namespaces, `.` and `*`; empty = everywhere
};

}  // namespace tidegate::config::istio
