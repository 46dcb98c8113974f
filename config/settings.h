#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/resource.h"

/// The process's own settings: what Istio's resources have no word for. Every default is safe on
/// the open internet.
namespace tidegate::config {

using std::chrono::milliseconds;

struct GatewaySettings {
  std::string name;           ///< empty = the host's name
  std::uint32_t workers = 0;  ///< event loops; 0 = one a core
  std::string locality;       ///< region[/zone[/subzone]]
  Labels labels;  ///< compared with Gateway.spec.selector; empty = every Gateway applies
  std::string bind = "0.0.0.0";
  std::map<std::uint16_t, std::uint16_t> port_map;  ///< Gateway port → port really bound
  milliseconds drain_timeout{30'000};
  std::vector<std::string> upgrades{"*"};  ///< protocols that may be tunnelled; "*" = any
  std::vector<std::string>
      trusted_proxies;  ///< CIDRs or addresses whose X-Forwarded-* are believed
  std::string cluster_domain = "cluster.local";  ///< of DNS names inside a cluster
};

/// How often a peer may do a thing: `burst` times at once, then `per_second` in the long run.
struct Http2Rate {
  std::optional<std::uint32_t> burst;
  std::optional<std::uint32_t> per_second;
};

/// `limits.http2`: what one HTTP/2 connection may cost. Absent: the default of http::H2Limits,
/// where each of them is explained.
struct Http2Limits {
  std::optional<std::uint32_t> concurrent_streams, stream_window, connection_window;
  std::optional<std::uint32_t> stream_buffer, connection_buffer, outbound_frames, continuations;
  Http2Rate resets_received, resets_provoked, streams_refused, pings, settings, priorities;
  Http2Rate empty_data, window_updates, unknown_frames;
  std::optional<std::uint32_t> early_resets_judged_after;
  std::optional<milliseconds> early_reset;
  milliseconds settings_timeout{10'000};  ///< for the preface, SETTINGS and our SETTINGS' ack
  milliseconds header_timeout{10'000};    ///< from the first frame of a head to its last
};

/// What Envoy advises for an edge (istio.md, "Envoy edge best practices").
struct Limits {
  std::uint32_t header_bytes = 60 * 1024;           ///< of a request's head → 431
  std::uint32_t header_count = 100;                 ///< → 431
  std::uint32_t response_header_bytes = 80 * 1024;  ///< of an origin's head → 502
  std::uint64_t body_bytes = 0;                     ///< of a request → 413; 0 = no limit
  std::uint32_t connections = 10'000;  ///< downstream, whole process; more are closed at once
  std::uint32_t requests_per_connection = 0;   ///< 0 = no limit
  std::uint32_t retry_body_bytes = 64 * 1024;  ///< a longer request body is not sent a second time
  std::uint32_t upstream_idle_connections = 256;  ///< kept per endpoint and worker
  milliseconds tls_handshake_timeout{15'000};
  milliseconds header_timeout{60'000};        ///< from the first byte of a head to its last → 408
  milliseconds request_timeout{300'000};      ///< until the whole request has been received → 408
  milliseconds stream_idle_timeout{300'000};  ///< no byte moved in either direction → 408 or 504
  milliseconds connection_idle_timeout{3'600'000};  ///< no request under way → closed
  milliseconds connect_timeout{10'000};             ///< to an origin
  milliseconds upstream_idle_timeout{4'000};        ///< below the common origins' 5 s and more
  milliseconds dns_refresh{60'000};
  Http2Limits http2;
};

enum class EscapedSlashes : std::uint8_t {
  keep,
  reject,
  unescape_and_redirect,
  unescape_and_forward
};
enum class UnderscoreHeaders : std::uint8_t { allow, reject, drop };

/// How a path becomes the path that routes see (Envoy: path_with_escaped_slashes_action,
/// merge_slashes).
struct PathSettings {
  bool merge_slashes = true;
  EscapedSlashes escaped_slashes = EscapedSlashes::unescape_and_redirect;
};

struct AccessLogSettings {
  std::string path = "/dev/stdout";  ///< "off" writes none
  std::string format = "json";
};

/// A token bucket: `requests` in each `per`, and up to `burst` at once.
struct RateLimit {
  enum class By : std::uint8_t { gateway, host, client, header };
  std::uint32_t requests = 0;  ///< 0 = no limit
  milliseconds per{1'000};
  std::uint32_t burst = 0;  ///< at least 1 where there is a limit
  By by = By::gateway;      ///< what has a bucket of its own
  std::string header;       ///< with By::header; lower-case
};

/// For every route that says nothing itself.
struct ApiSettings {
  RateLimit rate_limit;
  milliseconds timeout{0};                ///< 0 = none
  std::vector<std::string> cors_origins;  ///< `https://app.example.com`, or `*`; lower-case
};

struct Settings {
  GatewaySettings gateway;
  Limits limits;
  PathSettings path;
  UnderscoreHeaders underscore_headers = UnderscoreHeaders::reject;  ///< `headers_with_underscores`
  std::string admin_address = "127.0.0.1:9901";
  std::string admin_token;  ///< needed when the address is not loopback
  std::string observability_address = "0.0.0.0:9902";
  AccessLogSettings access_log;
  ApiSettings api;
  std::string state_directory;  ///< `state.directory`: what outlives a restart; empty = nothing
};

}  // namespace tidegate::config
