#include <gtest/gtest.h>

#include "tests/http/h2_peer.h"

// What the open internet sends: cut with the right error, after a bounded number of frames.
namespace tidegate::http {
namespace {

using wire::frame;

constexpr auto calm = H2Error::enhance_your_calm;

/// Sends what `make` gives for the number of the round, one read each, until the connection is
/// over.
template <class Make>
int rounds_until_cut(H2Victim& victim, int most, Make make) {
  for (int round = 0; round < most; ++round) {
    if (!victim.send(make(round))) return round;
  }
  return most;
}

struct Flood {
  char const* name;
  std::string bytes;
  std::string_view reason;
  int least;  // as many are legal at once
  int most;
};

TEST(H2Flood, ControlFramesAreCutAfterTheirBurst) {
  auto const ping_ack = frame(wire::ping, wire::ack, 0, "12345678");
  for (auto const& each : std::vector<Flood>{
           {"ping", frame(wire::ping, 0, 0, "12345678"), "http2.ping_flood", 200, 201},
           {"ping ack", ping_ack, "http2.ping_flood", 200, 201},
           {"settings", frame(wire::settings, 0, 0, {}), "http2.settings_flood", 48, 50},
           {"priority", frame(wire::priority, 0, 9, wire::word(3) + "x"), "http2.priority_flood",
            500, 501},
           {"window drip", wire::window(0, 1), "http2.window_update_flood", 1000, 1001},
           {"unknown", frame(wire::unknown, 0, 0, "x"), "http2.unknown_frame_flood", 500, 501},
           {"goaway", frame(wire::goaway, 0, 0, wire::word(0) + wire::word(0)),
            "http2.unknown_frame_flood", 500, 501}}) {
    H2Victim victim;
    victim.server.answer_with = 0;
    victim.request(1, wire::get());
    auto const rounds = rounds_until_cut(victim, 5000, [&](int) { return each.bytes; });
    EXPECT_GE(rounds, each.least) << each.name;
    EXPECT_LE(rounds, each.most) << each.name;
    EXPECT_EQ(victim.goaway(), calm) << each.name;
    EXPECT_EQ(victim.server.session.why().reason, each.reason) << each.name;
    EXPECT_EQ(victim.server.count_closed(Failure::Kind::overflow), 1U) << each.name;
  }
}

TEST(H2Flood, FloodInOneReadIsCutLikeOneInMany) {
  H2Victim victim;
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += frame(wire::ping, 0, 0, "12345678");
  EXPECT_FALSE(victim.send(bytes));
  EXPECT_EQ(victim.goaway(), calm);
  EXPECT_EQ(wire::count(wire::ping, victim.output), 0U);
}

TEST(H2Flood, EmptyAndPaddingOnlyDataIsCut) {
  auto const padding =
      frame(wire::data, wire::padded, 1, std::string(1, '\xff') + std::string(255, '\0'));
  for (auto const& bytes : {frame(wire::data, 0, 1, {}), padding}) {
    H2Victim victim;
    victim.request(1, wire::post(), End::no);
    auto const rounds = rounds_until_cut(victim, 5000, [&](int) { return bytes; });
    EXPECT_EQ(rounds, 100);
    EXPECT_EQ(victim.goaway(), calm);
    EXPECT_EQ(victim.server.session.why().reason, "http2.empty_data_flood");
  }
}

TEST(H2Flood, HeadsOfStreamsThatAreOverAreCut) {
  H2Victim victim;
  victim.request(5, wire::get());
  auto const rounds = rounds_until_cut(
      victim, 5000, [&](int) { return victim.deflater.request(1, wire::get(), End::yes); });
  EXPECT_EQ(rounds, 500);
  EXPECT_EQ(victim.goaway(), calm);
  EXPECT_EQ(victim.server.session.why().reason, "http2.stale_head_flood");
}

TEST(H2Flood, RapidResetIsCut) {
  H2Victim victim;
  victim.server.answer_with = 0;
  auto const rounds = rounds_until_cut(victim, 20000, [&](int round) {
    auto const id = 2 * round + 1;
    return victim.deflater.request(id, wire::get(), End::yes) + wire::reset(id, H2Error::cancel);
  });
  EXPECT_EQ(rounds, 200);
  EXPECT_EQ(victim.goaway(), calm);
  EXPECT_EQ(victim.server.session.why().reason, "http2.reset_flood");
}

TEST(H2Flood, RapidResetBelowTheRateIsCutByItsShare) {
  H2Victim victim;
  victim.server.answer_with = 0;
  auto const rounds = rounds_until_cut(victim, 20000, [&](int round) {
    victim.now += std::chrono::milliseconds(100);
    auto const id = 2 * round + 1;
    return victim.deflater.request(id, wire::get(), End::yes) + wire::reset(id, H2Error::cancel);
  });
  EXPECT_EQ(rounds, 249);  // half of 500
  EXPECT_EQ(victim.server.session.why().reason, "http2.premature_resets");
  EXPECT_EQ(victim.goaway(), calm);
}

/// Each round a request, and then something wrong with it that makes us reset it.
template <class Wrong>
void expect_made_reset_is_cut(Wrong wrong, char const* name) {
  H2Victim victim;
  victim.server.answer_with = 0;
  auto const rounds = rounds_until_cut(victim, 20000, [&](int round) {
    auto const id = 2 * round + 1;
    return wrong(victim, id);
  });
  EXPECT_LE(rounds, 100) << name;
  EXPECT_EQ(victim.goaway(), calm) << name;
  EXPECT_EQ(victim.server.session.why().reason, "http2.provoked_resets") << name;
  for (auto const& [id, stream] : victim.server.streams) EXPECT_TRUE(stream->is_closed) << name;
}

TEST(H2Flood, MadeYouResetIsCut) {
  expect_made_reset_is_cut(
      [](H2Victim& victim, StreamId id) {
        return victim.deflater.request(id, wire::post(), End::no) + wire::window(id, 0x7fffffff);
      },
      "window overflow");
  expect_made_reset_is_cut(
      [](H2Victim& victim, StreamId id) {
        return victim.deflater.request(id, wire::post({{"content-length", "1"}}), End::no) +
               frame(wire::data, 0, id, "12345");
      },
      "content-length");
  expect_made_reset_is_cut(
      [](H2Victim& victim, StreamId id) {
        return victim.deflater.request(id, wire::get({{"connection", "x"}}), End::yes);
      },
      "malformed head");
  expect_made_reset_is_cut(
      [](H2Victim& victim, StreamId id) {
        return victim.deflater.request(id, wire::post(), End::no) +
               victim.deflater.request(id, {{"host", "x"}}, End::yes);
      },
      "malformed trailers");
}

TEST(H2Flood, WhatTheLibraryTakesForAnErrorOfTheConnectionIsEnded) {
  struct Wrong {
    char const* name;
    std::string bytes;
    H2Error error;
  };
  for (auto const& each : std::vector<Wrong>{
           {"window update 0", wire::window(1, 0), H2Error::protocol},
           {"connection window overflow", wire::window(0, 0x7fffffff), H2Error::flow_control},
           {"data on stream 0", frame(wire::data, 0, 0, "x"), H2Error::protocol},
           {"data on an idle stream", frame(wire::data, 0, 9, "x"), H2Error::protocol},
           {"ping of 7 bytes", frame(wire::ping, 0, 0, "1234567"), H2Error::frame_size},
           {"settings of 5 bytes", frame(wire::settings, 0, 0, "12345"), H2Error::frame_size},
           {"initial window 2^31", frame(wire::settings, 0, 0, wire::setting(4, 0x80000000)),
            H2Error::flow_control},
           {"max frame size 1", frame(wire::settings, 0, 0, wire::setting(5, 1)),
            H2Error::protocol},
           {"push promise", frame(wire::push_promise, wire::end_headers, 1, wire::word(2)),
            H2Error::protocol},
           {"continuation out of place", frame(wire::continuation, 0, 1, "x"), H2Error::protocol},
           {"broken compression", frame(wire::headers, wire::end_headers, 3, "\xff\xff\xff\xff"),
            H2Error::compression},
           {"frame too large", frame(wire::data, 0, 1, std::string(16385, 'x')),
            H2Error::frame_size},
           {"even stream", frame(wire::headers, wire::end_headers, 2, "\x82"), H2Error::protocol},
           {"padding longer than the frame", frame(wire::data, wire::padded, 1, "\xff"),
            H2Error::protocol}}) {
    H2Victim victim;
    victim.request(1, wire::post(), End::no);
    EXPECT_FALSE(victim.send(each.bytes)) << each.name;
    EXPECT_EQ(victim.goaway(), each.error) << each.name;
    EXPECT_TRUE(victim.server[1].is_closed) << each.name;
    EXPECT_EQ(victim.server[1].failure->kind, Failure::Kind::protocol) << each.name;
    EXPECT_EQ(victim.server.session.why().error, each.error) << each.name;
    EXPECT_FALSE(victim.send("more"));
  }
}

TEST(H2Flood, SettingsWithManyEntriesAreCut) {
  H2Victim victim;
  std::string entries;
  for (int i = 0; i < 2700; ++i) entries += wire::setting(3, 100);
  EXPECT_FALSE(victim.send(frame(wire::settings, 0, 0, entries)));
  EXPECT_EQ(victim.goaway(), calm);
}

TEST(H2Flood, OpeningMoreStreamsThanAllowedIsCut) {
  H2Victim victim({.concurrent_streams = 10});
  victim.server.answer_with = 0;
  auto const rounds = rounds_until_cut(victim, 20000, [&](int round) {
    return victim.deflater.request(2 * round + 1, wire::get(), End::yes);
  });
  EXPECT_LE(rounds, 510);
  EXPECT_TRUE(victim.goaway());
  EXPECT_EQ(victim.server.streams.size(), 10U);
}

TEST(H2Flood, OpeningMoreStreamsBeforeAcknowledgingTheLimitIsCut) {
  H2Peer server(H2Session::Role::server, {.concurrent_streams = 10});
  wire::Deflater deflater;
  std::string output;
  auto bytes = std::string(wire::preface) + frame(wire::settings, 0, 0, {});
  int sent = 0;
  for (; sent < 20000; ++sent) {
    bytes += deflater.request(2 * sent + 1, wire::get(), End::yes);
    if (!server.session.receive(bytes, {})) break;
    while (server.session.produce(output, 64 * 1024)) {
    }
    bytes.clear();
  }
  EXPECT_LE(sent, 512);
  EXPECT_EQ(wire::error_of(wire::goaway, output), calm);
  EXPECT_EQ(server.session.why().reason, "http2.open_stream_flood");
  EXPECT_EQ(server.streams.size(), 10U);
}

TEST(H2Flood, ContinuationsWithoutEndAreCut) {
  for (auto const& payload :
       {std::string(), std::string("\0\1x\1y", 5), std::string(16384, '\x82')}) {
    H2Victim victim;
    victim.send(frame(wire::headers, 0, 1, victim.deflater.block(wire::get())));
    EXPECT_NE(victim.server.session.head_under_way(), 0u);
    auto const rounds = rounds_until_cut(
        victim, 50000, [&](int) { return frame(wire::continuation, 0, 1, payload); });
    EXPECT_LE(rounds, payload.size() > 1000 ? 15 : 64);  // 240 KiB
    EXPECT_EQ(victim.goaway(), calm);
    EXPECT_EQ(victim.server[1].heads, 0);
  }
}

TEST(H2Flood, HpackBombIsCutBeforeItIsReadToItsEnd) {
  H2Victim victim;
  auto block = victim.deflater.block(wire::get());
  // One large entry for the dynamic table, then references to it: 35 MB decoded.
  block += std::string("\x40\x01x\x7f\xa1\x1e", 6) + std::string(4000, 'a');
  block += std::string(9000, '\xbe');
  EXPECT_FALSE(victim.send(frame(wire::headers, wire::end_headers | wire::end_stream, 1, block)));
  EXPECT_EQ(victim.goaway(), calm);
  EXPECT_EQ(victim.server.session.why().reason, "http2.header_bomb");
  EXPECT_EQ(victim.server[1].heads, 0);
}

TEST(H2Flood, OutputThatTheClientDoesNotReadIsBounded) {
  // Nothing is produced between the reads: the peer's socket is full.
  H2Limits limits;
  limits.pings = {1'000'000, 0};
  H2Victim victim(limits);
  int sent = 0;
  while (sent < 100000 && victim.server.session.receive(frame(wire::ping, 0, 0, "12345678"), {})) {
    ++sent;
  }
  EXPECT_LE(sent, 1001);
  EXPECT_TRUE(victim.server.session.is_over());
  std::string output;
  while (victim.server.session.produce(output, 64 * 1024)) {
  }
  EXPECT_EQ(wire::error_of(wire::goaway, output), calm);
}

TEST(H2Flood, ResetsThatTheClientDoesNotReadAreBounded) {
  H2Peer server(H2Session::Role::server);
  wire::Deflater deflater;
  auto bytes = std::string(wire::preface) + frame(wire::settings, 0, 0, {});
  int sent = 0;
  for (; sent < 20000; ++sent) {
    bytes += deflater.request(2 * sent + 1, wire::get(), End::yes);
    if (!server.session.receive(bytes, {})) break;
    bytes.clear();
  }
  EXPECT_LE(sent, 1101);
  EXPECT_EQ(server.session.why().reason, "http2.outbound_flood");
  EXPECT_EQ(server.count_closed(Failure::Kind::overflow), 100U);
}

TEST(H2Flood, AnythingButThePrefaceIsEnded) {
  for (std::string_view bytes : {"GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"}) {
    H2Peer server(H2Session::Role::server);
    EXPECT_FALSE(server.session.receive(bytes, {}));
    std::string output;
    while (server.session.produce(output, 64 * 1024)) {
    }
    EXPECT_EQ(wire::error_of(wire::goaway, output), H2Error::protocol);
    EXPECT_FALSE(server.session.wants_output());
  }
}

}  // namespace
}  // namespace tidegate::http
