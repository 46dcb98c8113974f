#include "config/fields.h"
#include "config/settings_reader.h"

namespace tidegate::config {
namespace {

constexpr std::int64_t kibibyte = 1024;
constexpr std::int64_t max_window = 2147483647;  // RFC 9113 §6.9.1
constexpr Range streams_range{1, 100'000};
constexpr Range stream_window_range{kibibyte, max_window};
constexpr Range connection_window_range{65535, max_window};  // the protocol begins with so much
constexpr Range buffer_range{kibibyte, 1024 * 1024 * kibibyte};
constexpr Range outbound_range{10, 1'000'000};
constexpr Range continuations_range{0, 10'000};
constexpr Range burst_range{1, 1'000'000};
constexpr Range settings_burst_range{2, 1'000'000};  // each connection has its SETTINGS and an ack
constexpr Range per_second_range{0, 1'000'000};

void read_count(Fields& fields, std::string_view name, Range range,
                std::optional<std::uint32_t>& target) {
  auto const field = fields.find(name);
  auto const count = field ? field->integer(range) : std::nullopt;
  if (count) target = static_cast<std::uint32_t>(*count);
}

void read_bytes(Fields& fields, std::string_view name, Range range,
                std::optional<std::uint32_t>& target) {
  auto const field = fields.find(name);
  auto const size = field ? field->size(range) : std::nullopt;
  if (size) target = static_cast<std::uint32_t>(*size);
}

void read_timeout(Fields& fields, std::string_view name, milliseconds& target) {
  auto const field = fields.find(name);
  auto const timeout = field ? field->duration(Zero::is_rejected) : std::nullopt;
  if (timeout) target = *timeout;
}

void read_rate(Fields& fields, std::string_view name, Http2Rate& rate, Range burst = burst_range) {
  auto const field = fields.find(name);
  if (!field) return;
  Fields parts(*field);
  read_count(parts, "burst", burst, rate.burst);
  read_count(parts, "per_second", per_second_range, rate.per_second);
  parts.report_unknown();
}

void read_early_resets(Fields& fields, Http2Limits& limits) {
  auto const field = fields.find("early_resets");
  if (!field) return;
  Fields parts(*field);
  read_count(parts, "judged_after", uint32_range, limits.early_resets_judged_after);
  auto const within = parts.find("within");
  if (within) limits.early_reset = within->duration(Zero::is_rejected);
  parts.report_unknown();
}

}  // namespace

Http2Limits read_http2_limits(Value const& value) {
  Fields fields(value);
  Http2Limits limits;
  read_count(fields, "concurrent_streams", streams_range, limits.concurrent_streams);
  read_bytes(fields, "stream_window", stream_window_range, limits.stream_window);
  read_bytes(fields, "connection_window", connection_window_range, limits.connection_window);
  read_bytes(fields, "stream_buffer", buffer_range, limits.stream_buffer);
  read_bytes(fields, "connection_buffer", buffer_range, limits.connection_buffer);
  read_count(fields, "outbound_frames", outbound_range, limits.outbound_frames);
  read_count(fields, "continuations", continuations_range, limits.continuations);
  read_rate(fields, "resets_received", limits.resets_received);
  read_rate(fields, "resets_provoked", limits.resets_provoked);
  read_rate(fields, "streams_refused", limits.streams_refused);
  read_rate(fields, "pings", limits.pings);
  read_rate(fields, "settings", limits.settings, settings_burst_range);
  read_rate(fields, "priorities", limits.priorities);
  read_rate(fields, "empty_data", limits.empty_data);
  read_rate(fields, "window_updates", limits.window_updates);
  read_rate(fields, "unknown_frames", limits.unknown_frames);
  read_early_resets(fields, limits);
  read_timeout(fields, "settings_timeout", limits.settings_timeout);
  read_timeout(fields, "header_timeout", limits.header_timeout);
  fields.report_unknown();
  return limits;
}

}  // namespace tidegate::config
