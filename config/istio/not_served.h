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

// VirtualService. A condition that is ignored widens its route; a path that is not rewritten
// reaches another resource than the written one.
inline Table const http_route = {
    {"redirect", Severity::error},
    {"directResponse", Severity::error},
    {"delegate", Severity::error},
    {"rewrite", Severity::error},
    {"mirror"},
    {"mirrors"},
    {"corsPolicy"},
    {"headers"},
};
inline Table const http_match = {
    {"scheme", Severity::error},          {"port", Severity::error},
    {"gateways", Severity::error},        {"sourceLabels", Severity::error},
    {"sourceNamespace", Severity::error},
};
inline Table const http_destination = {{"headers"}};
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
