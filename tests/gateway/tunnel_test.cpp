#include "gateway/tunnel.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace tidegate::gateway {
namespace {

using http::End;
using http::Room;

/// One end of the tunnel: what was written to it, and how often it was asked for more.
template <class Stream>
struct Peer : Stream {
  virtual ~Peer() = default;
  void flow_to(http::BodySink& to) override {
    out = &to;
    to.fed_by(this);
  }
  void pull() override { ++pulls; }
  void stop(http::Failure) override {}
  Room write(http::Chunk chunk, End end) override {
    got.append(chunk);
    if (end == End::yes) got.append("$");
    return room;
  }
  void finish(http::Headers const&) override { got.append("trailers"); }
  void fail(http::Failure) override { got.append("!"); }
  void fed_by(http::BodySource* source) override { in = source; }

  [[nodiscard]] Room say(std::string_view text, End end = End::no) { return out->write(text, end); }

  http::BodySink* out = nullptr;
  http::BodySource* in = nullptr;
  std::string got;
  Room room = Room::yes;
  int pulls = 0;
};

struct Client final : Peer<http::ServerStream> {
  void inform(http::ResponseHead const&) override {}
  void respond(http::ResponseHead&, End) override {}
};

struct Origin final : Peer<http::ClientStream> {
  void request(http::RequestHead const&, End) override {}
  [[nodiscard]] std::string_view local_address() const override { return {}; }
  [[nodiscard]] std::string_view remote_address() const override { return {}; }
  void release() override {}
};

struct TunnelTest : testing::Test {
  Tunnel& open(TunnelContent content) {
    tunnel = std::make_unique<Tunnel>(content);
    tunnel->connect(client, origin, client);
    return *tunnel;
  }

  Client client;
  Origin origin;
  std::unique_ptr<Tunnel> tunnel;

  std::string const masked_close = http::websocket_close_frame(1001, 7);
  std::string const close = http::websocket_close_frame(1001, std::nullopt);
};

TEST_F(TunnelTest, EachDirectionEndsForItself) {
  open(TunnelContent::opaque);
  EXPECT_EQ(client.say("up"), Room::yes);
  EXPECT_EQ(origin.say("down", End::yes), Room::yes);
  EXPECT_FALSE(tunnel->is_over());
  EXPECT_EQ(client.say("!", End::yes), Room::yes);
  EXPECT_TRUE(tunnel->is_over());
  EXPECT_EQ(origin.got, "up!$");
  EXPECT_EQ(client.got, "down$");
  EXPECT_EQ(tunnel->bytes_up(), 3u);
}

TEST_F(TunnelTest, ASlowReaderHoldsItsSourceBack) {
  open(TunnelContent::websocket);
  origin.room = Room::no;
  EXPECT_EQ(client.say("\x81\x01"), Room::no);
  origin.in->pull();
  EXPECT_EQ(client.pulls, 1);
  EXPECT_EQ(origin.pulls, 0);
}

TEST_F(TunnelTest, WhatBreaksOneDirectionBreaksTheOther) {
  open(TunnelContent::opaque);
  origin.in->stop({});
  EXPECT_EQ(client.got, "!");
}

TEST_F(TunnelTest, LeaveTakingTellsBothSidesAndWaitsForTheOrigin) {
  open(TunnelContent::websocket).leave(7);
  EXPECT_EQ(origin.got, masked_close + "$");
  EXPECT_EQ(client.got, close);
  EXPECT_EQ(client.say("late"), Room::yes);
  EXPECT_EQ(origin.say("late"), Room::yes);
  EXPECT_FALSE(tunnel->is_over());
  EXPECT_EQ(origin.say("", End::yes), Room::yes);
  EXPECT_TRUE(tunnel->is_over());
  EXPECT_EQ(origin.got, masked_close + "$");
  EXPECT_EQ(client.got, close + "$");
}

TEST_F(TunnelTest, LeaveTakingWaitsForTheEndOfAFrame) {
  open(TunnelContent::websocket);
  EXPECT_EQ(client.say("\x81\x02"
                       "a"),
            Room::yes);
  EXPECT_EQ(origin.say("\x81"), Room::yes);
  tunnel->leave(7);
  EXPECT_EQ(origin.got,
            "\x81\x02"
            "a");
  EXPECT_EQ(client.got, "\x81");
  EXPECT_EQ(client.say("b\x81\x01z"), Room::yes);
  EXPECT_EQ(origin.say("\x01"
                       "A\x81\x01z"),
            Room::yes);
  EXPECT_EQ(origin.got,
            "\x81\x02"
            "ab" +
                masked_close + "$");
  EXPECT_EQ(client.got,
            "\x81\x01"
            "A" +
                close);
}

TEST_F(TunnelTest, NothingIsSaidBehindAClose) {
  open(TunnelContent::websocket);
  EXPECT_EQ(origin.say(close), Room::yes);
  tunnel->leave(7);
  EXPECT_EQ(client.got, close);
  EXPECT_EQ(origin.got, masked_close + "$");
}

TEST_F(TunnelTest, WithAnotherProtocolLeaveTakingIsTheEndAlone) {
  open(TunnelContent::opaque);
  EXPECT_EQ(client.say("x"), Room::yes);
  tunnel->leave(7);
  EXPECT_EQ(origin.got, "x$");
  EXPECT_EQ(client.got, "");
  tunnel->finish();
  EXPECT_EQ(client.got, "$");
  EXPECT_TRUE(tunnel->is_over());
}

TEST_F(TunnelTest, SomebodyWhoIsLeftIsReadToTheEndThoughTheOtherSideIsFull) {
  open(TunnelContent::opaque);
  origin.room = Room::no;
  EXPECT_EQ(client.say("x"), Room::no);
  tunnel->leave(7);
  EXPECT_EQ(client.pulls, 1);
  EXPECT_EQ(client.say("y"), Room::yes);
}

TEST_F(TunnelTest, ASideThatEndedIsNotToldOnceMore) {
  open(TunnelContent::websocket);
  EXPECT_EQ(client.say("", End::yes), Room::yes);
  EXPECT_EQ(origin.say("", End::yes), Room::yes);
  tunnel->leave(7);
  tunnel->finish();
  EXPECT_EQ(origin.got, "$");
  EXPECT_EQ(client.got, "$");
}

}  // namespace
}  // namespace tidegate::gateway
