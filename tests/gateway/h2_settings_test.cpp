#include "gateway/h2_settings.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;

/// In the order of the struct.
std::initializer_list<http::H2Rate http::H2Limits::*> const rates = {
    &http::H2Limits::resets_received, &http::H2Limits::resets_provoked,
    &http::H2Limits::streams_refused, &http::H2Limits::pings,
    &http::H2Limits::settings,        &http::H2Limits::priorities,
    &http::H2Limits::empty_data,      &http::H2Limits::window_updates,
    &http::H2Limits::unknown_frames};

TEST(H2Settings, WhatIsAbsentKeepsTheDefaultOfTheProtocol) {
  http::H2Limits const defaults;
  auto const limits = h2_limits_of({});
  EXPECT_EQ(limits.concurrent_streams, defaults.concurrent_streams);
  EXPECT_EQ(limits.stream_window, defaults.stream_window);
  EXPECT_EQ(limits.queue_high, defaults.queue_high);
  EXPECT_EQ(limits.early_reset, defaults.early_reset);
  for (auto const rate : rates) {
    EXPECT_EQ((limits.*rate).burst, (defaults.*rate).burst);
    EXPECT_EQ((limits.*rate).per_second, (defaults.*rate).per_second);
  }
}

TEST(H2Settings, HalfOfARateKeepsTheOtherHalf) {
  config::Http2Limits settings;
  settings.pings.burst = 1;
  EXPECT_EQ(h2_limits_of(settings).pings.burst, 1u);
  EXPECT_EQ(h2_limits_of(settings).pings.per_second, http::H2Limits().pings.per_second);
}

TEST(H2Settings, EverySettingReachesItsLimit) {
  config::Http2Limits settings;
  settings.concurrent_streams = 1;
  settings.stream_window = 2;
  settings.connection_window = 3;
  settings.stream_buffer = 4;
  settings.connection_buffer = 5;
  settings.outbound_frames = 6;
  settings.continuations = 7;
  settings.early_resets_judged_after = 8;
  settings.early_reset = 9ms;
  auto const limits = h2_limits_of(settings);
  EXPECT_EQ(limits.concurrent_streams, 1u);
  EXPECT_EQ(limits.stream_window, 2u);
  EXPECT_EQ(limits.connection_window, 3u);
  EXPECT_EQ(limits.queue_high, 4u);
  EXPECT_EQ(limits.queue_total, 5u);
  EXPECT_EQ(limits.outbound_frames, 6u);
  EXPECT_EQ(limits.continuations, 7u);
  EXPECT_EQ(limits.early_resets_judged_after, 8u);
  EXPECT_EQ(limits.early_reset, 9ms);
}

TEST(H2Settings, EveryRateReachesItsLimit) {
  config::Http2Limits settings;
  std::uint32_t next = 1;
  for (auto* rate :
       {&settings.resets_received, &settings.resets_provoked, &settings.streams_refused,
        &settings.pings, &settings.settings, &settings.priorities, &settings.empty_data,
        &settings.window_updates, &settings.unknown_frames}) {
    rate->burst = next++;
    rate->per_second = next++;
  }
  auto const limits = h2_limits_of(settings);
  next = 1;
  for (auto const rate : rates) {
    EXPECT_EQ((limits.*rate).burst, next++);
    EXPECT_EQ((limits.*rate).per_second, next++);
  }
}

}  // namespace
}  // namespace tidegate::gateway
