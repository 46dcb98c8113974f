#include <optional>
#include <string_view>

#include "config/fields.h"
#include "config/istio/decode_policy.h"

namespace tidegate::config::istio {
namespace {

constexpr Range count_range{0, 2147483647};

constexpr std::string_view upgrade_names[] = {"DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"};

/// Protobuf cannot tell 0 from unset, so both mean no limit.
std::optional<std::uint32_t> read_limit(Fields& fields, std::string_view name) {
  auto const limit = fields.integer(name, 0, count_range);
  if (limit == 0) return std::nullopt;
  return limit;
}

TcpKeepalive read_tcp_keepalive(Value const& value) {
  Fields fields(value);
  TcpKeepalive keepalive;
  keepalive.probes = read_limit(fields, "probes");
  keepalive.time = fields.duration("time", Zero::is_rejected);
  keepalive.interval = fields.duration("interval", Zero::is_rejected);
  fields.report_unknown();
  return keepalive;
}

Http2Keepalive read_http2_keepalive(Value const& value) {
  Fields fields(value);
  Http2Keepalive keepalive;
  keepalive.interval = fields.duration("interval", Zero::is_rejected).value_or(milliseconds(0));
  keepalive.timeout = fields.duration("timeout", Zero::is_rejected).value_or(milliseconds(0));
  fields.report_unknown();
  return keepalive;
}

void read_tcp(Value const& value, ConnectionPool& pool) {
  Fields fields(value);
  pool.max_connections = read_limit(fields, "maxConnections");
  pool.connect_timeout = fields.duration("connectTimeout", Zero::is_rejected);
  if (auto const field = fields.find("tcpKeepalive"))
    pool.tcp_keepalive = read_tcp_keepalive(*field);
  pool.max_connection_duration = fields.duration("maxConnectionDuration", Zero::is_rejected);
  pool.tcp_idle_timeout = fields.duration("idleTimeout", Zero::is_allowed);
  fields.report_unknown();
}

void read_http(Value const& value, ConnectionPool& pool) {
  Fields fields(value);
  pool.http1_max_pending_requests = read_limit(fields, "http1MaxPendingRequests");
  pool.http2_max_requests = read_limit(fields, "http2MaxRequests");
  pool.max_requests_per_connection = read_limit(fields, "maxRequestsPerConnection");
  pool.max_retries = read_limit(fields, "maxRetries");
  pool.http_idle_timeout = fields.duration("idleTimeout", Zero::is_allowed);
  pool.h2_upgrade = fields.enumeration("h2UpgradePolicy", upgrade_names, pool.h2_upgrade);
  pool.use_client_protocol = fields.flag("useClientProtocol");
  pool.max_concurrent_streams = read_limit(fields, "maxConcurrentStreams");
  if (auto const field = fields.find("http2KeepAlive")) {
    pool.http2_keepalive = read_http2_keepalive(*field);
  }
  if (pool.use_client_protocol && pool.h2_upgrade == H2UpgradePolicy::upgrade) {
    value.error("useClientProtocol and h2UpgradePolicy: UPGRADE exclude each other");
  }
  fields.report_unknown();
}

}  // namespace

ConnectionPool read_connection_pool(Value const& value) {
  Fields fields(value);
  ConnectionPool pool;
  auto const tcp = fields.find("tcp");
  auto const http = fields.find("http");
  if (tcp) read_tcp(*tcp, pool);
  if (http) read_http(*http, pool);
  if (!tcp && !http && value.node().is_map()) value.error("expected tcp, http or both");
  fields.report_unknown();
  return pool;
}

}  // namespace tidegate::config::istio
