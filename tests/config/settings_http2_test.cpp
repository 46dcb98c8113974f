#include <gtest/gtest.h>

#include <tuple>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

using namespace std::chrono_literals;

Http2Limits limits(std::string_view yaml) {
  auto result = loaded("limits:\n  http2:\n" + std::string(yaml));
  EXPECT_EQ(result.problems, std::vector<std::string>()) << yaml;
  return result.documents.settings.limits.http2;
}

std::tuple<std::uint32_t, std::uint32_t> parts(Http2Rate const& rate) {
  return {rate.burst.value_or(0), rate.per_second.value_or(0)};
}

TEST(Http2Settings, WhatIsAbsentIsLeftToTheProtocol) {
  auto const none = limits("");
  EXPECT_FALSE(none.concurrent_streams || none.stream_window || none.early_reset);
  EXPECT_FALSE(none.pings.burst || none.pings.per_second);
  EXPECT_EQ(none.settings_timeout, 10s);
  EXPECT_EQ(none.header_timeout, 10s);
}

TEST(Http2Settings, EveryFieldIsRead) {
  auto const all = limits(R"(
    concurrent_streams: 1
    stream_window: 2KiB
    connection_window: 2147483647
    stream_buffer: 3k
    connection_buffer: 4MiB
    outbound_frames: 50
    continuations: 0
    early_resets: {judged_after: 6, within: 7s}
    settings_timeout: 8s
    header_timeout: 9s
)");
  EXPECT_EQ(all.concurrent_streams, 1u);
  EXPECT_EQ(all.stream_window, 2048u);
  EXPECT_EQ(all.connection_window, 2147483647u);
  EXPECT_EQ(all.stream_buffer, 3072u);
  EXPECT_EQ(all.connection_buffer, 4u << 20);
  EXPECT_EQ(all.outbound_frames, 50u);
  EXPECT_EQ(all.continuations, 0u);
  EXPECT_EQ(all.early_resets_judged_after, 6u);
  EXPECT_EQ(all.early_reset, 7s);
  EXPECT_EQ(all.settings_timeout, 8s);
  EXPECT_EQ(all.header_timeout, 9s);
}

TEST(Http2Settings, EveryRateIsRead) {
  auto const all = limits(R"(
    resets_received: {burst: 1, per_second: 2}
    resets_provoked: {burst: 3, perSecond: 4}
    streams_refused: {burst: 5, per_second: 6}
    pings: {burst: 7, per_second: 8}
    settings: {burst: 9, per_second: 10}
    priorities: {burst: 11, per_second: 12}
    empty_data: {burst: 13, per_second: 14}
    window_updates: {burst: 15, per_second: 16}
    unknown_frames: {burst: 17, per_second: 18}
)");
  Http2Rate const rates[] = {all.resets_received, all.resets_provoked, all.streams_refused,
                             all.pings,           all.settings,        all.priorities,
                             all.empty_data,      all.window_updates,  all.unknown_frames};
  std::uint32_t next = 1;
  for (auto const& rate : rates) {
    EXPECT_EQ(parts(rate), std::tuple(next, next + 1));
    next += 2;
  }
}

TEST(Http2Settings, HalfOfARateLeavesTheOtherHalfAlone) {
  auto const half = limits("    pings: {burst: 1}\n");
  EXPECT_EQ(half.pings.burst, 1u);
  EXPECT_FALSE(half.pings.per_second);
}

TEST(Http2Settings, RangesAndTypesAreChecked) {
  struct Case {
    std::string_view yaml;
    std::string_view problems;
  };
  Case const cases[] = {
      {"concurrent_streams: 0",
       "error f:1:38: limits.http2.concurrent_streams: expected a whole number, 1 to 100000; found "
       "\"0\"\n"},
      {"stream_window: 2147483648",
       "error f:1:33: limits.http2.stream_window: expected a size such as 64KiB, 1024 to "
       "2147483647 "
       "bytes; found \"2147483648\"\n"},
      {"connection_window: 65534",
       "error f:1:37: limits.http2.connection_window: expected a size such as 64KiB, 65535 to "
       "2147483647 bytes; found \"65534\"\n"},
      {"pings: {burst: 0}",
       "error f:1:33: limits.http2.pings.burst: expected a whole number, 1 to 1000000; found "
       "\"0\"\n"},
      {"settings: {burst: 1}",
       "error f:1:36: limits.http2.settings.burst: expected a whole number, 2 to 1000000; found "
       "\"1\"\n"},
      {"pings: 5", "error f:1:25: limits.http2.pings: expected a mapping; found \"5\"\n"},
      {"pings: {bursts: 5}",
       "warning f:1:26: limits.http2.pings.bursts: unknown field, ignored; did you mean "
       "`burst`?\n"},
      {"ping: {burst: 5}",
       "warning f:1:18: limits.http2.ping: unknown field, ignored; did you mean `pings`?\n"},
      {"early_resets: {within: 0s}",
       "error f:1:41: limits.http2.early_resets.within: expected a duration of at least 1ms; found "
       "\"0s\"\n"},
      {"header_timeout: soon",
       "error f:1:34: limits.http2.header_timeout: expected a duration such as 5s; found "
       "\"soon\"\n"},
  };
  for (auto const& [yaml, problems] : cases) {
    EXPECT_EQ(problems_of("limits: {http2: {" + std::string(yaml) + "}}"), problems) << yaml;
  }
}

}  // namespace
}  // namespace tidegate::config
