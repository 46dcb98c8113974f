#pragma once

#include <vector>

#include "config/fields.h"

/// What the decoder understands and the gateway does not serve yet, in one place: serving a field
/// deletes its line here. The severities follow the rule in decode.h.
namespace tidegate::config::istio::not_served {

using Table = std::vector<NotServed>;

inline constexpr bool narrow_exports = true;  // `exportTo` of every kind

// Gateway. A server with such a bind is left out.
inline constexpr bool unix_binds = true;
inline Table const server_tls = {{"ecdhCurves"}};

// VirtualService
inline Table const http_route = {
    {"delegate", Severity::error},
};
inline Table const http_retries = {{"retryRemoteLocalities"}};

// DestinationRule
inline Table const destination_rule = {{"workloadSelector"}};
inline Table const traffic_policy = {
    {"tunnel", Severity::error},  // without it requests would not go through the proxy it names
    {"proxyProtocol"},
};
inline Table const retry_budget = {{"budgetInterval"}};
inline Table const load_balancer = {{"localityLbSetting"}};

// ServiceEntry and WorkloadEntry
inline constexpr bool unix_addresses = true;

}  // namespace tidegate::config::istio::not_served
