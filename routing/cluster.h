#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/istio/traffic_policy.h"
#include "config/resource.h"
#include "config/tls_client.h"
#include "routing/load_balancing.h"
#include "routing/outlier_policy.h"

namespace tidegate::routing {

/// One address at which a cluster answers.
struct Endpoint {
  std::string address;  ///< IPv4, IPv6, or a DNS name in clusters with Discovery::dns
  std::uint16_t port = 0;
  std::uint32_t weight = 1;
  config::Labels labels;
  std::string locality;  ///< region[/zone[/subzone]]
};

/// Which HTTP an origin is spoken to (Istio: HTTP/2 only for ports that say so, or by
/// h2UpgradePolicy).
enum class UpstreamProtocol : std::uint8_t { http1, http2, as_client };

/// A destination: host, subset and port of a DestinationRule's or VirtualService's view. Immutable.
struct Cluster {
  enum class Discovery : std::uint8_t {
    fixed,  ///< the endpoints are addresses
    dns,    ///< each endpoint's name is resolved; every address found is an endpoint
  };

  std::string
      name;  ///< `outbound|8080|v1|fdr-backend.ns.svc.cluster.local`: its identity across reloads
  std::string service;       ///< FQDN, or the ServiceEntry's host
  std::string service_name;  ///< the first label of an in-cluster service, else the host
  std::string name_space;
  std::string subset;  ///< empty = none
  std::uint16_t port = 0;
  Discovery discovery = Discovery::fixed;
  std::vector<Endpoint> endpoints;
  std::string refusal;  ///< why it has no endpoints whatever is written; empty = it is not so
  /// Discovery::dns with one endpoint only: more names to try, in order, when the endpoint's own
  /// does not resolve
  /// (`name` → `name.namespace.svc.<domain>`).
  std::vector<std::string> fallback_names;
  UpstreamProtocol protocol = UpstreamProtocol::http1;
  config::istio::ConnectionPool pool;  ///< of the policies that apply to this port
  LoadBalancing balancing;
  std::optional<OutlierPolicy> outliers;  ///< absent: every host is taken for healthy
  std::optional<config::istio::RetryBudget> retry_budget;  ///< instead of `pool.max_retries`
  std::optional<config::TlsClient> tls;                    ///< absent: in clear
  std::uint32_t id = 0;                                    ///< position in Snapshot::clusters
};

}  // namespace tidegate::routing
