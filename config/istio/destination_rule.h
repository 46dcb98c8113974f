#pragma once

#include <string>
#include <vector>

#include "config/resource.h"

/// Istio DestinationRule (destination_rule.proto): subsets of a service. Traffic policies are not
/// served yet.
namespace tidegate::config::istio {

struct Subset {
  std::string name;
  Labels labels;  ///< an endpoint belongs to the subset when it carries all of them
  Origin origin;
};

struct DestinationRule {
  Metadata metadata;
  Sourced<std::string> host;
  std::vector<Subset> subsets;
};

}  // namespace tidegate::config::istio
