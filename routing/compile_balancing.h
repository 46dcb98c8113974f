#pragma once

#include "config/istio/traffic_policy.h"
#include "routing/cluster.h"
#include "routing/report.h"

namespace tidegate::routing {

/// How hosts are chosen, left alone, and how much they are asked for at once: the policy in force
/// with Istio's defaults. `cluster` has its endpoints already.
void apply_balancing(Cluster& cluster, config::istio::TrafficPolicy const& policy, Report& report);

}  // namespace tidegate::routing
