#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/istio/destination_rule.h"
#include "config/istio/gateway.h"
#include "config/istio/service_entry.h"
#include "config/istio/virtual_service.h"
#include "config/secret.h"
#include "config/settings.h"

namespace tidegate::config {

/// Everything that was found in the user's files, decoded, each value with its place.
struct Documents {
  Settings settings;
  std::vector<istio::Gateway> gateways;
  std::vector<istio::VirtualService> virtual_services;
  std::vector<istio::DestinationRule> destination_rules;
  std::vector<istio::ServiceEntry> service_entries;
  std::vector<istio::WorkloadEntry> workload_entries;
  std::vector<Secret> secrets;
};

using EnvironmentVariable = std::pair<std::string, std::string>;

struct LoadOptions {
  std::vector<std::string> paths;           ///< files and folders, in order
  std::string environment = "development";  ///< which layer goes over base.yaml
  std::vector<EnvironmentVariable>
      variables;  ///< of the process; only TIDEGATE_* and `${env:…}` look at them
};

/// Reads, layers and decodes. Every problem lands in `diagnostics`; nothing is thrown. With errors
/// the result is what could be understood, good for further checking only.
[[nodiscard]] Documents load(LoadOptions const& options, Diagnostics& diagnostics);

/// The same for one text held in memory (tests, fuzzing, `demo`, `proxy`).
[[nodiscard]] Documents load_text(std::string_view file, std::string_view yaml,
                                  Diagnostics& diagnostics);

/// The environment of this process.
[[nodiscard]] std::vector<EnvironmentVariable> process_variables();

}  // namespace tidegate::config
