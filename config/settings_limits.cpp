#include "config/fields.h"
#include "config/settings_reader.h"

namespace tidegate::config {
namespace {

constexpr std::int64_t mebibyte = 1024 * 1024;
constexpr Range head_range{1024, 16 * mebibyte};  // below 1 KiB no browser's request gets through
constexpr Range body_range{0, INT64_MAX};
constexpr Range replay_range{0, 64 * mebibyte};
constexpr Range header_count_range{1, 10'000};
constexpr Range connections_range{1, 10'000'000};

void read_size(Fields& fields, std::string_view name, Range range, std::uint32_t& target) {
  auto const field = fields.find(name);
  auto const size = field ? field->size(range) : std::nullopt;
  if (size) target = static_cast<std::uint32_t>(*size);
}

void read_timeout(Fields& fields, std::string_view name, milliseconds& target) {
  auto const field = fields.find(name);
  auto const timeout = field ? field->duration(Zero::is_rejected) : std::nullopt;
  if (timeout) target = *timeout;
}

void read_counts(Fields& fields, Limits& limits) {
  auto const read = [&](std::string_view name, Range range, std::uint32_t& target) {
    target = fields.integer(name, target, range);
  };
  read("header_count", header_count_range, limits.header_count);
  read("connections", connections_range, limits.connections);
  read("requests_per_connection", uint32_range, limits.requests_per_connection);
  read("upstream_idle_connections", uint32_range, limits.upstream_idle_connections);
}

void read_timeouts(Fields& fields, Limits& limits) {
  read_timeout(fields, "tls_handshake_timeout", limits.tls_handshake_timeout);
  read_timeout(fields, "header_timeout", limits.header_timeout);
  read_timeout(fields, "request_timeout", limits.request_timeout);
  read_timeout(fields, "stream_idle_timeout", limits.stream_idle_timeout);
  read_timeout(fields, "connection_idle_timeout", limits.connection_idle_timeout);
  read_timeout(fields, "connect_timeout", limits.connect_timeout);
  read_timeout(fields, "upstream_idle_timeout", limits.upstream_idle_timeout);
  read_timeout(fields, "dns_refresh", limits.dns_refresh);
}

}  // namespace

Limits read_limits(Value const& value) {
  Fields fields(value);
  Limits limits;
  read_size(fields, "header_bytes", head_range, limits.header_bytes);
  read_size(fields, "response_header_bytes", head_range, limits.response_header_bytes);
  read_size(fields, "retry_body_bytes", replay_range, limits.retry_body_bytes);
  if (auto const body = fields.find("body_bytes")) {
    limits.body_bytes = body->size(body_range).value_or(limits.body_bytes);
  }
  read_counts(fields, limits);
  read_timeouts(fields, limits);
  if (auto const http2 = fields.find("http2")) limits.http2 = read_http2_limits(*http2);
  fields.report_unknown();
  return limits;
}

}  // namespace tidegate::config
