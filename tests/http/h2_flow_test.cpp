#include <gtest/gtest.h>

#include "tests/http/h2_peer.h"

// Backpressure, limits on streams, and how connections end.
namespace tidegate::http {
namespace {

using Kind = Failure::Kind;

std::string const megabyte(1024 * 1024, 'x');

/// Writes `bytes` as long as there is room; returns how many were taken.
std::size_t pour(H2Session& session, StreamId id, std::size_t bytes) {
  constexpr std::size_t chunk = 16 * 1024;
  std::size_t taken = 0;
  while (taken < bytes) {
    auto const size = std::min(chunk, bytes - taken);
    taken += size;
    if (session.write(id, std::string_view(megabyte).substr(0, size), End::no) == Room::no) break;
  }
  return taken;
}

TEST(H2Flow, AStreamTakes64KiBThenTellsWhenHalfOfThemAreGone) {
  H2Link link;
  link.client.consumes = false;
  auto const id = link.ask("GET", "/");
  link.run();
  link.answer(id, 200, End::no, Framing::chunked());
  EXPECT_EQ(pour(link.server.session, id, 1 << 20), 64U * 1024);
  link.run();  // the client's window takes all but one byte of it
  EXPECT_EQ(link.server[id].rooms, 1);
  EXPECT_EQ(link.server.session.queued(id), 1U);
  EXPECT_EQ(link.server.session.produced(id), 65535U);
  pour(link.server.session, id, 1 << 20);
  link.run();
  EXPECT_EQ(link.server[id].rooms, 1) << "the client gives no credit";
  link.client.session.consume(id, 60000);
  link.run();
  EXPECT_EQ(link.server[id].rooms, 2);
}

TEST(H2Flow, AStreamThatIsNotReadHoldsItsWindowAndNoNeighbourWaits) {
  H2Link link;
  link.server.consumes = false;
  link.server.answer_with = 200;
  auto const stuck = link.ask("POST", "/", End::no, Framing::chunked());
  link.client.on_room_do = [&](StreamId id) { pour(link.client.session, id, 1 << 20); };
  pour(link.client.session, stuck, 1 << 20);
  link.run();
  EXPECT_EQ(link.server[stuck].body.size(), 65535U);

  link.server.consumes = true;
  for (int i = 0; i < 20; ++i) {
    auto const id = link.ask("POST", "/", End::no, Framing::of_length(megabyte.size()));
    (void)link.client.session.write(id, megabyte, End::yes);
    link.run();
    ASSERT_EQ(link.server[id].body.size(), megabyte.size());
    ASSERT_TRUE(link.client[id].is_closed && !link.client[id].failure);
  }
  EXPECT_EQ(link.server[stuck].body.size(), 65535U);
}

TEST(H2Flow, CreditOfAStreamThatIsGoneComesBackToTheConnection) {
  H2Link link;
  link.server.consumes = false;
  for (int i = 0; i < 40; ++i) {  // 2.5 MiB in all: more than the connection's window
    auto const id = link.ask("POST", "/", End::no, Framing::chunked());
    pour(link.client.session, id, 1 << 20);
    link.run();
    ASSERT_EQ(link.server[id].body.size(), 65535U) << i;
    link.server.session.reset(id, H2Error::cancel);
    link.run();
    ASSERT_TRUE(link.server[id].is_closed);
  }
}

TEST(H2Flow, BodyOfARefusedRequestGivesItsCreditBack) {
  H2Victim victim;
  victim.server.answers_rejections = false;  // later
  ASSERT_TRUE(victim.request(1, wire::post({{"x_y", "1"}}), End::no));
  auto const piece = std::string_view(megabyte).substr(0, 16 * 1024);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(victim.send(wire::frame(wire::data, 0, 1, piece))) << i;
  EXPECT_TRUE(victim.server[1].body.empty());
  EXPECT_FALSE(victim.server[1].is_closed);
}

TEST(H2Flow, MoreCreditThanWasUsedIsNotGiven) {
  H2Link link;
  link.server.consumes = false;
  auto const id = link.ask("POST", "/", End::no, Framing::chunked());
  (void)link.client.session.write(id, "hello", End::no);
  link.run();
  link.server.session.consume(id, 0x7fffffff);
  link.server.session.consume(id, 5);
  link.run();
  link.client.session.reset(id, H2Error::cancel);
  link.run();
  EXPECT_FALSE(link.server.session.is_over());
  EXPECT_FALSE(link.client.session.is_over());
}

TEST(H2Flow, UnsentBytesOfAStreamNeverReachTheNextOne) {
  H2Link link({}, {.stream_window = 100});
  link.client.consumes = false;
  auto const first = link.ask("GET", "/");
  link.run();
  link.answer(first, 200, End::no, Framing::chunked());
  (void)link.server.session.write(first, std::string(5000, 's'), End::no);
  link.run();
  EXPECT_NE(link.server.session.queued(first), 0U);
  link.client.session.reset(first, H2Error::cancel);
  link.run();
  EXPECT_EQ(link.server.session.queued(), 0U);

  auto const second = link.ask("GET", "/");
  link.run();
  link.answer(second, 200, End::no, Framing::chunked());
  (void)link.server.session.write(second, "mine", End::yes);
  link.run();
  EXPECT_EQ(link.client[second].body, "mine");
}

TEST(H2Flow, ManyStreamsThatAreNotReadShareABudget) {
  H2Link link;
  link.client.consumes = false;
  std::vector<StreamId> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(link.ask("GET", "/"));
  link.run();
  for (auto id : ids) {
    link.answer(id, 200, End::no, Framing::chunked());
    pour(link.server.session, id, 1 << 20);
  }
  link.run();
  for (int round = 0; round < 5; ++round) {
    for (auto id : ids) {
      if (link.server[id].rooms > round) pour(link.server.session, id, 1 << 20);
    }
    link.run();
  }
  EXPECT_LE(link.server.session.queued(), 3U * 1024 * 1024);
  EXPECT_GE(link.server.session.queued(), 100U * 16 * 1024);
}

TEST(H2Flow, ProduceStopsNearItsLimit) {
  H2Link link;
  auto const id = link.ask("GET", "/");
  link.run();
  link.answer(id, 200, End::no, Framing::chunked());
  pour(link.server.session, id, 1 << 20);
  std::string bytes;
  EXPECT_TRUE(link.server.session.produce(bytes, 1000));
  EXPECT_LE(bytes.size(), 1000U + 16 * 1024 + 9);
  EXPECT_TRUE(link.server.session.wants_output());
}

TEST(H2Streams, TheServersLimitIsKeptByTheClient) {
  H2Link link({.concurrent_streams = 3});
  link.run();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(link.client.session.can_request());
    link.ask("GET", "/");
  }
  EXPECT_FALSE(link.client.session.can_request());
  link.run();
  link.answer(1, 204, End::yes);
  link.run();
  EXPECT_TRUE(link.client.session.can_request());
}

TEST(H2Streams, ThoseAboveTheLimitAreRefusedAndMayBeSentAgain) {
  H2Link link({.concurrent_streams = 10});
  std::vector<StreamId> ids;  // before the server's SETTINGS came
  for (int i = 0; i < 15; ++i) ids.push_back(link.ask("GET", "/"));
  link.run();
  EXPECT_EQ(link.server.streams.size(), 10U);
  EXPECT_EQ(link.client.count_closed(Kind::refused), 5U);
  EXPECT_TRUE(link.client[ids.back()].failure->sent_nothing);
  EXPECT_FALSE(link.server.session.is_over());
}

TEST(H2End, DrainInTwoStepsFinishesWhatWasAccepted) {
  H2Link link;
  auto const first = link.ask("GET", "/");
  link.run();
  link.server.session.announce_end();
  link.run();
  EXPECT_EQ(link.client.last_accepted, 0x7fffffff);
  EXPECT_FALSE(link.client.session.can_request());
  EXPECT_FALSE(link.client[first].is_closed);

  link.server.session.accept_no_more();
  link.run();
  EXPECT_EQ(link.client.last_accepted, first);
  EXPECT_FALSE(link.server.session.is_over());
  link.answer(first, 200, End::yes);
  link.run();
  EXPECT_TRUE(link.client[first].is_closed && !link.client[first].failure);
  EXPECT_TRUE(link.server.session.is_over() && link.client.session.is_over());
  EXPECT_FALSE(link.server.session.why());
}

TEST(H2End, RequestsThatCrossedTheFinalGoawayAreRefusedUnsent) {
  H2Link link;
  auto const first = link.ask("GET", "/");
  link.run();
  link.server.session.accept_no_more();
  auto const second = link.ask("POST", "/");  // the client does not know yet
  link.run();
  ASSERT_TRUE(link.client[second].is_closed);
  EXPECT_EQ(link.client[second].failure->kind, Kind::refused);
  EXPECT_TRUE(link.client[second].failure->sent_nothing);
  EXPECT_FALSE(link.client[first].is_closed);
  EXPECT_EQ(link.server[second].heads, 0);
}

TEST(H2End, GoawayOfTheClientLetsItsRequestsFinish) {
  H2Link link;
  auto const id = link.ask("GET", "/");
  link.run();
  link.client.session.accept_no_more();
  link.run();
  EXPECT_EQ(link.server.last_accepted, 0);
  link.answer(id, 200, End::yes);
  link.run();
  EXPECT_TRUE(link.client[id].is_closed && !link.client[id].failure);
  EXPECT_TRUE(link.server.session.is_over());
}

TEST(H2End, GoingAwayAtOnceClosesEveryStreamAsCancelled) {
  H2Link link;
  for (int i = 0; i < 5; ++i) link.ask("GET", "/");
  link.run();
  link.server.session.go_away(H2Error::none, "drain deadline");
  EXPECT_TRUE(link.server.session.wants_output());
  link.run();
  EXPECT_EQ(link.server.count_closed(Kind::cancelled), 5U);
  EXPECT_TRUE(link.server.session.is_over());
  EXPECT_FALSE(link.server.session.receive("x", link.now));
  EXPECT_EQ(link.server.session.why().reason, "drain deadline");
}

TEST(H2End, LostTransportClosesEveryStreamOnce) {
  H2Link link;
  auto const sent = link.ask("POST", "/", End::no, Framing::chunked());
  link.run();
  auto const unsent = link.ask("GET", "/");
  link.client.session.end(Kind::reset);
  link.server.session.end(Kind::closed);
  EXPECT_FALSE(link.client[sent].failure->sent_nothing);
  EXPECT_TRUE(link.client[unsent].failure->sent_nothing);
  EXPECT_TRUE(link.client[unsent].failure->on_reused);
  EXPECT_EQ(link.server[sent].failure->kind, Kind::closed);
  EXPECT_EQ(link.server[sent].failure->side, Failure::Side::client);
  EXPECT_TRUE(link.client.session.is_over());
  EXPECT_FALSE(link.client.session.wants_output());
}

TEST(H2End, WhatIsDoneWithAStreamThatIsGoneIsNothing) {
  H2Link link;
  auto const id = link.ask("GET", "/");
  link.run();
  link.client.session.reset(id, H2Error::cancel);
  link.run();
  link.answer(id, 200, End::no);
  EXPECT_EQ(link.server.session.write(id, "x", End::yes), Room::yes);
  link.server.session.finish(id, {});
  link.server.session.consume(id, 100);
  link.server.session.reset(id, H2Error::internal);
  link.run();
  EXPECT_TRUE(link.server.session.is_idle());
}

}  // namespace
}  // namespace tidegate::http
