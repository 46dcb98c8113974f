#include "gateway/h2_settings.h"

namespace tidegate::gateway {
namespace {

template <class Limit, class Setting>
void take(Limit& limit, std::optional<Setting> const& setting) {
  if (setting) limit = *setting;
}

void take(http::H2Rate& rate, config::Http2Rate const& setting) {
  take(rate.burst, setting.burst);
  take(rate.per_second, setting.per_second);
}

}  // namespace

http::H2Limits h2_limits_of(config::Http2Limits const& settings) {
  http::H2Limits limits;
  take(limits.concurrent_streams, settings.concurrent_streams);
  take(limits.stream_window, settings.stream_window);
  take(limits.connection_window, settings.connection_window);
  take(limits.queue_high, settings.stream_buffer);
  take(limits.queue_total, settings.connection_buffer);
  take(limits.outbound_frames, settings.outbound_frames);
  take(limits.continuations, settings.continuations);
  take(limits.resets_received, settings.resets_received);
  take(limits.resets_provoked, settings.resets_provoked);
  take(limits.streams_refused, settings.streams_refused);
  take(limits.pings, settings.pings);
  take(limits.settings, settings.settings);
  take(limits.priorities, settings.priorities);
  take(limits.empty_data, settings.empty_data);
  take(limits.window_updates, settings.window_updates);
  take(limits.unknown_frames, settings.unknown_frames);
  take(limits.early_resets_judged_after, settings.early_resets_judged_after);
  take(limits.early_reset, settings.early_reset);
  return limits;
}

}  // namespace tidegate::gateway
