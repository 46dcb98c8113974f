#pragma once

#include "config/istio/traffic_policy.h"
#include "config/value.h"

/// The blocks of a DestinationRule's trafficPolicy.
namespace tidegate::config::istio {

/// Of the rule itself or of a subset.
[[nodiscard]] TrafficPolicy read_traffic_policy(Value const& value);

[[nodiscard]] LoadBalancer read_load_balancer(Value const& value);
[[nodiscard]] LocalityLoadBalancing read_locality_load_balancing(Value const& value);
[[nodiscard]] ConnectionPool read_connection_pool(Value const& value);
[[nodiscard]] OutlierDetection read_outlier_detection(Value const& value);
[[nodiscard]] ClientTls read_client_tls(Value const& value);

}  // namespace tidegate::config::istio
