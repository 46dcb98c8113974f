#include <gtest/gtest.h>

#include "tests/http/h2_peer.h"

// The other half of every limit: what well-behaved clients do must survive it.
namespace tidegate::http {
namespace {

using wire::frame;

TEST(H2Legal, OneContinuationMayComeByteByByte) {
  H2Victim victim;
  auto const block = victim.deflater.block(wire::get({{"x-long", std::string(3000, '~')}}));
  auto const bytes = frame(wire::headers, wire::end_stream, 1, block.substr(0, 10)) +
                     frame(wire::continuation, wire::end_headers, 1, block.substr(10));
  for (char c : bytes) ASSERT_TRUE(victim.send({&c, 1}));
  EXPECT_EQ(victim.server[1].heads, 1);
  EXPECT_TRUE(victim.server[1].is_closed && !victim.server[1].failure);
}

TEST(H2Legal, BrowserMayCancelHalfOfItsHundredStreams) {
  H2Victim victim;
  victim.server.answer_with = 0;
  for (int page = 0; page < 20; ++page) {  // one page a second
    auto const first = 200 * page + 1;
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(victim.request(first + 2 * i, wire::get()));
    for (int i = 0; i < 50; ++i) {
      ResponseHead head;
      head.status = 204;
      victim.server.session.respond(first + 4 * i, head, End::yes);
    }
    ASSERT_TRUE(victim.send({}));
    victim.now += std::chrono::milliseconds(1500);
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(victim.send(wire::reset(first + 4 * i + 2, H2Error::cancel))) << page;
    }
    victim.now += std::chrono::milliseconds(500);
  }
  EXPECT_EQ(victim.server.count_closed(Failure::Kind::stream_reset), 1000U);
}

TEST(H2Legal, HundredParallelStreamsFinish) {
  H2Link link;
  std::string const body(200 * 1024, 'x');
  std::vector<StreamId> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(link.ask("GET", "/"));
  link.run();
  for (auto id : ids) {
    link.answer(id, 200, End::no, Framing::of_length(body.size()));
    (void)link.server.session.write(id, body, End::yes);
  }
  link.run();
  for (auto id : ids) {
    EXPECT_EQ(link.client[id].body.size(), body.size());
    EXPECT_TRUE(link.client[id].is_closed && !link.client[id].failure);
  }
  EXPECT_TRUE(link.client.session.is_idle() && link.server.session.is_idle());
}

TEST(H2Legal, DownloadPaysForTheWindowUpdatesAndPingsThatItCauses) {
  H2Limits tight;
  tight.window_updates = {20, 0};
  tight.pings = {20, 0};
  H2Victim victim(tight);
  victim.server.answer_with = 0;
  victim.request(1, wire::get());
  ResponseHead head;
  head.status = 200;
  head.framing = Framing::chunked();
  victim.server.session.respond(1, head, End::no);
  for (int i = 0; i < 1000; ++i) {
    (void)victim.server.session.write(1, std::string(1000, 'x'), End::no);
    auto const pong = frame(wire::ping, 0, 0, "bdp-ping");
    ASSERT_TRUE(victim.send(wire::window(0, 1000) + wire::window(1, 1000) + pong)) << i;
  }
}

TEST(H2Legal, TenThousandRequestsOneAfterTheOtherSurviveEveryBudget) {
  H2Link link;
  link.server.answer_with = 204;
  for (int i = 0; i < 10000; ++i) {
    auto const id = link.ask("GET", "/");
    link.run();
    ASSERT_TRUE(link.client[id].is_closed && !link.client[id].failure) << i;
    link.client.streams.clear();
    link.server.streams.clear();
  }
}

TEST(H2Legal, PriorityFramesAndFieldsAreTolerated) {
  H2Victim victim;
  victim.send(frame(wire::priority, 0, 3, wire::word(0) + "\x10"));
  victim.request(1, wire::get({{"priority", "u=1, i"}}));
  victim.send(frame(static_cast<wire::Type>(0x10), 0, 0, wire::word(1) + "u=3"));
  EXPECT_TRUE(victim.request(5, wire::get({{"priority", "nonsense!"}})));
  EXPECT_EQ(victim.server[1].heads + victim.server[5].heads, 2);
}

TEST(H2Legal, PaddedAndSplitBodiesAreThatBody) {
  H2Victim victim;
  victim.request(1, wire::post({{"content-length", "10"}}), End::no);
  auto const padded =
      frame(wire::data, wire::padded, 1, std::string("\x03") + "hello" + std::string(3, '\0'));
  for (char c : padded) ASSERT_TRUE(victim.send({&c, 1}));
  ASSERT_TRUE(victim.send(frame(wire::data, 0, 1, "world")));
  ASSERT_TRUE(victim.send(frame(wire::data, wire::end_stream, 1, {})));
  EXPECT_EQ(victim.server[1].body, "helloworld");
  EXPECT_TRUE(victim.server[1].is_ended && !victim.server[1].failure);
}

TEST(H2Legal, ShrinkingWindowBelowZeroOnlyWaits) {
  H2Victim victim;
  victim.server.answer_with = 0;
  victim.request(1, wire::get());
  ResponseHead head;
  head.status = 200;
  head.framing = Framing::chunked();
  victim.server.session.respond(1, head, End::no);
  (void)victim.server.session.write(1, std::string(60000, 'x'), End::no);
  ASSERT_TRUE(victim.send({}));
  ASSERT_TRUE(victim.send(frame(wire::settings, 0, 0, wire::setting(4, 100))));
  (void)victim.server.session.write(1, std::string(50000, 'x'), End::yes);
  ASSERT_TRUE(victim.send({}));
  EXPECT_EQ(victim.server.session.produced(1), 60000U);
  ASSERT_TRUE(victim.send(wire::window(1, 200000) + wire::window(0, 200000)));
  EXPECT_TRUE(victim.server[1].is_closed && !victim.server[1].failure);
}

TEST(H2Legal, BodiesThatEndWithAnEmptyFrameAreNoFlood) {
  H2Victim victim;
  for (StreamId id = 1; id < 1000; id += 2) {
    ASSERT_TRUE(victim.request(id, wire::post(), End::no));
    ASSERT_TRUE(victim.send(frame(wire::data, wire::end_stream, id, {}))) << id;
  }
}

TEST(H2Legal, ResetsThatWeWantAreNotHeldAgainstTheClient) {
  H2Victim victim;
  victim.server.answer_with = 0;
  for (StreamId id = 1; id < 1000; id += 2) {
    ASSERT_TRUE(victim.request(id, wire::get()));
    victim.server.session.reset(id, H2Error::internal);
    ASSERT_TRUE(victim.send({})) << id;
  }
}

TEST(H2Legal, ResetInTheMiddleOfTrailersLosesOnlyThem) {
  H2Victim victim;
  victim.server.answer_with = 0;
  victim.request(1, wire::post(), End::no);
  auto const block = victim.deflater.block({{"x-one", "1"}, {"x-two", "2"}});
  victim.send(frame(wire::headers, wire::end_stream, 1, block.substr(0, 10)));
  victim.server.session.reset(1, H2Error::cancel);
  victim.send({});
  EXPECT_TRUE(victim.server[1].is_closed);
  victim.server.streams.clear();  // with the arena that the fields went to
  EXPECT_TRUE(victim.send(frame(wire::continuation, wire::end_headers, 1, block.substr(10))));
  EXPECT_TRUE(victim.server.streams.empty());
  EXPECT_TRUE(victim.request(3, wire::get()));
  EXPECT_EQ(victim.server[3].heads, 1);
}

TEST(H2Bucket, RefillsWithTimeUpToItsBurst) {
  H2Bucket bucket({.burst = 3, .per_second = 10});
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
  auto const taken = [&] {
    int count = 0;
    while (bucket.take(now)) ++count;
    return count;
  };
  EXPECT_EQ(taken(), 3);
  now += std::chrono::milliseconds(99);
  EXPECT_EQ(taken(), 0);
  now += std::chrono::milliseconds(101);
  EXPECT_EQ(taken(), 2);
  now += std::chrono::hours(1);
  EXPECT_EQ(taken(), 3);
  bucket.give(100);
  EXPECT_EQ(taken(), 3);
}

}  // namespace
}  // namespace tidegate::http
