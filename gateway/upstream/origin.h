#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/istio/traffic_policy.h"
#include "config/tls_client.h"
#include "gateway/upstream/cluster_state.h"
#include "http/head.h"
#include "routing/cluster.h"

namespace tidegate::tls {
class ClientContext;
class ClientSessions;
}  // namespace tidegate::tls

namespace tidegate::gateway {

/// How all hosts of a cluster are spoken to. Shared by them; a new one when a reload changed it.
struct Origin {
  static constexpr std::uint32_t unlimited = UINT32_MAX;

  /// Of a connection without requests; 0 = it stays. `fallback` where the policy says nothing.
  [[nodiscard]] milliseconds idle_timeout(milliseconds fallback) const {
    return pool.http_idle_timeout.value_or(pool.tcp_idle_timeout.value_or(fallback));
  }
  /// How long a connection is used; 0 = for ever.
  [[nodiscard]] milliseconds lifetime() const {
    return pool.max_connection_duration.value_or(milliseconds{0});
  }
  [[nodiscard]] bool counts_requests() const {
    return pool.http2_max_requests.has_value() || retry_budget.has_value();
  }
  /// How many retries there may be at a time (Envoy: circuit_breaking.rst, retry budgets).
  [[nodiscard]] std::uint32_t retry_limit() const;

  std::string cluster;  ///< its name
  routing::UpstreamProtocol protocol = routing::UpstreamProtocol::http1;
  config::istio::ConnectionPool pool;
  std::optional<config::istio::RetryBudget> retry_budget;
  std::optional<routing::OutlierPolicy> outliers;
  ClusterStatePtr state;                          ///< never null
  std::shared_ptr<tls::ClientContext const> tls;  ///< null: in clear
  std::optional<config::TlsClient> tls_settings;  ///< what `tls` was made of
};

/// Whether a request that came by `version` goes to an origin of this protocol by HTTP/2.
[[nodiscard]] constexpr bool speaks_http2(routing::UpstreamProtocol protocol,
                                          http::Version version) {
  using routing::UpstreamProtocol;
  if (protocol == UpstreamProtocol::as_client) return version == http::Version::http2;
  return protocol == UpstreamProtocol::http2;
}

using OriginPtr = std::shared_ptr<Origin const>;

}  // namespace tidegate::gateway
