#pragma once

#include <vector>

#include "config/fields.h"

/// What the decoder understands and the gateway does not serve yet, in one place: serving a field
/// deletes its line here. The severities follow the rule in decode.h.
namespace tidegate::config::istio::not_served {

using Table = std::vector<NotServed>;

inline constexpr bool narrow_exports = true;  // `exportTo` of every kind

// DestinationRule
inline Table const destination_rule = {{"workloadSelector"}};
inline Table const policy_blocks = {{"outlierDetection"}, {"tls"}};  // for all ports or one
inline Table const traffic_policy = {
    {"portLevelSettings"},
    {"tunnel", Severity::error},  // without it requests would not go through the proxy it names
    {"proxyProtocol"},
    {"retryBudget"},
};
inline Table const load_balancer = {
    {"simple"}, {"consistentHash"}, {"warmup"}, {"warmupDurationSecs"}, {"localityLbSetting"},
};
inline Table const connection_pool_tcp = {
    {"maxConnections"},        {"connectTimeout"}, {"tcpKeepalive"},
    {"maxConnectionDuration"}, {"idleTimeout"},
};
inline Table const connection_pool_http = {
    {"http1MaxPendingRequests"},
    {"http2MaxRequests"},
    {"maxRequestsPerConnection"},
    {"maxRetries"},
    {"idleTimeout"},
    {"h2UpgradePolicy"},
    {"useClientProtocol"},
    {"maxConcurrentStreams"},
    {"http2KeepAlive"},
};

}  // namespace tidegate::config::istio::not_served
