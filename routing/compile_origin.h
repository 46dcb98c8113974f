#pragma once

#include <string>
#include <vector>

#include "config/istio/service_entry.h"
#include "config/istio/traffic_policy.h"
#include "config/secret.h"
#include "routing/cluster.h"
#include "routing/report.h"

namespace tidegate::routing {

/// How a cluster's origins are chosen and spoken to: balancing, protocol, TLS and limits, by the
/// port of its ServiceEntry (null: by DNS only) and the policy in force. `name_space` is the
/// DestinationRule's, where a credentialName is looked for.
void apply_policy(Cluster& cluster, config::istio::ServicePort const* port,
                  config::istio::TrafficPolicy const& policy, std::string const& name_space,
                  std::vector<config::Secret> const& secrets, Report& report);

}  // namespace tidegate::routing
