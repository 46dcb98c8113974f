#pragma once

#include <cstdint>

#include "config/istio/traffic_policy.h"

namespace tidegate::routing {

/// The policy for one port of a service's subset, out of a DestinationRule's and the subset's own;
/// either may be null. Istio (pilot/pkg/networking/util, MergeSubsetTrafficPolicy): a setting for
/// the port replaces the rule's policy whole, so that what it leaves out is Istio's default; a
/// subset overrides block by block, and its settings for the port replace again.
[[nodiscard]] config::istio::TrafficPolicy effective_policy(
    config::istio::TrafficPolicy const* rule, config::istio::TrafficPolicy const* subset,
    std::uint16_t port);

}  // namespace tidegate::routing
