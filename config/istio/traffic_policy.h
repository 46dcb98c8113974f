#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/istio/gateway.h"
#include "config/resource.h"

/// The trafficPolicy of an Istio DestinationRule (destination_rule.proto): how a service is spoken
/// to. Absent fields are Istio's defaults, which stand where the policy is compiled.
namespace tidegate::config::istio {

using std::chrono::milliseconds;

struct HashCookie {
  std::string name;
  std::string path;                 ///< empty = the cookie says none
  std::optional<milliseconds> ttl;  ///< absent: never made by us; 0: for the browser's session
  std::vector<std::pair<std::string, std::string>> attributes;  ///< name → value; empty = bare
};

struct ConsistentHash {
  enum class Key : std::uint8_t { header, cookie, source_ip, query_parameter };
  enum class Table : std::uint8_t { ring, maglev };
  Key key = Key::source_ip;
  std::string name;   ///< of the header or the query parameter
  HashCookie cookie;  ///< with Key::cookie
  Table table = Table::ring;
  std::uint64_t minimum_ring_size = 1024;
  std::uint64_t maglev_table_size = 65537;
};

/// An endpoint that has just appeared gets a share that grows to its own over `duration`.
struct Warmup {
  milliseconds duration{0};  ///< at least 1 ms
  double minimum_percent = 10;
  double aggression = 1;  ///< at least 1
};

/// `from` and the keys of `to` may end with `*`.
struct LocalityDistribute {
  std::string from;
  std::vector<std::pair<std::string, std::uint32_t>> to;  ///< locality → percent
};

struct LocalityFailover {
  std::string from;  ///< region
  std::string to;
};

struct LocalityLoadBalancing {
  bool is_enabled = true;
  std::vector<LocalityDistribute> distribute;
  std::vector<LocalityFailover> failover;
  std::vector<std::string> failover_priority;  ///< labels, or label=value
  Origin origin;
};

struct LoadBalancer {
  enum class Simple : std::uint8_t { least_request, round_robin, random };
  Simple simple = Simple::least_request;
  std::optional<ConsistentHash> consistent_hash;  ///< instead of `simple`
  std::optional<Warmup> warmup;
  std::optional<LocalityLoadBalancing> locality;
};

struct TcpKeepalive {
  std::optional<std::uint32_t> probes;
  std::optional<milliseconds> time;
  std::optional<milliseconds> interval;
};

struct Http2Keepalive {
  milliseconds interval{0};
  milliseconds timeout{0};  ///< 0 = not said
};

enum class H2UpgradePolicy : std::uint8_t { by_default, do_not_upgrade, upgrade };

/// Limits count the whole gateway. An absent one is none, also where the file says 0.
struct ConnectionPool {
  std::optional<std::uint32_t> max_connections;
  std::optional<milliseconds> connect_timeout;
  std::optional<TcpKeepalive> tcp_keepalive;
  std::optional<milliseconds> max_connection_duration;
  std::optional<milliseconds> tcp_idle_timeout;  ///< 0 = none
  std::optional<std::uint32_t> http1_max_pending_requests;
  std::optional<std::uint32_t> http2_max_requests;  ///< active ones, whatever the protocol
  std::optional<std::uint32_t> max_requests_per_connection;
  std::optional<std::uint32_t> max_retries;
  std::optional<milliseconds> http_idle_timeout;  ///< 0 = none
  H2UpgradePolicy h2_upgrade = H2UpgradePolicy::by_default;
  bool use_client_protocol = false;
  std::optional<std::uint32_t> max_concurrent_streams;
  std::optional<Http2Keepalive> http2_keepalive;
};

struct OutlierDetection {
  std::uint32_t consecutive_5xx_errors = 5;      ///< 0 = off
  std::uint32_t consecutive_gateway_errors = 0;  ///< 0 = off
  bool split_external_local_origin_errors = false;
  std::uint32_t consecutive_local_origin_failures = 5;
  milliseconds interval{10'000};
  milliseconds base_ejection_time{30'000};
  std::uint32_t max_ejection_percent = 10;
  std::uint32_t min_health_percent = 0;
  std::vector<int> http_error_codes;  ///< what counts as a 5xx; empty = every 5xx
  Origin origin;
};

/// How an origin is spoken to over TLS.
struct ClientTls {
  enum class Mode : std::uint8_t { disable, simple, mutual, istio_mutual };
  Mode mode = Mode::disable;
  std::optional<CertificatePair> certificate;  ///< MUTUAL from files, already read
  std::string ca_certificates;                 ///< PEM, already read; empty = the system's
  std::string ca_crl;                          ///< PEM
  Sourced<std::string> credential_name;        ///< Secret; empty = none
  std::vector<std::string> subject_alt_names;  ///< one of them must be the origin's
  std::string sni;                             ///< empty = the request's authority
  bool skips_verification = false;
  Origin origin;

  /// ISTIO_MUTUAL needs certificates that only a mesh's control plane gives. Never in clear
  /// instead: such a service is answered with 503.
  [[nodiscard]] bool is_servable() const { return mode != Mode::istio_mutual; }
};

struct ProxyProtocolVersion {
  enum class Version : std::uint8_t { none, v1, v2 };
  Version version = Version::none;
};

struct RetryBudget {
  double percent = 20;
  std::uint32_t min_retry_concurrency = 3;
  milliseconds budget_interval{0};  ///< 0 = only requests that are under way count
};

struct PortPolicy;

struct TrafficPolicy {
  std::optional<LoadBalancer> load_balancer;
  std::optional<ConnectionPool> connection_pool;
  std::optional<OutlierDetection> outlier_detection;
  std::optional<ClientTls> tls;
  std::optional<ProxyProtocolVersion> proxy_protocol;
  std::optional<RetryBudget> retry_budget;
  std::vector<PortPolicy> port_level_settings;  ///< each replaces the policy for its port
  Origin origin;
};

struct PortPolicy {
  std::uint32_t port = 0;
  TrafficPolicy policy;  ///< without port_level_settings, proxy_protocol and retry_budget
};

}  // namespace tidegate::config::istio
