#include "gateway/replay.h"

#include <gtest/gtest.h>

#include <string>

namespace tidegate::gateway {
namespace {

using http::End;
using http::Room;

struct Source final : http::BodySource {
  void flow_to(http::BodySink& to) override {
    sink = &to;
    to.fed_by(this);
  }
  void pull() override { ++pulls; }
  void stop(http::Failure) override {}
  http::BodySink* sink = nullptr;
  int pulls = 0;
};

struct Sink final : http::BodySink {
  Room write(http::Chunk chunk, End end) override {
    got.append(chunk);
    if (end == End::yes) ended = true;
    return room;
  }
  void finish(http::Headers const& trailers) override {
    ended = true;
    for (auto const& field : trailers)
      got.append("|").append(field.name).append("=").append(field.value);
  }
  void fail(http::Failure) override { failed = true; }
  void fed_by(http::BodySource*) override {}
  std::string got;
  Room room = Room::yes;
  bool ended = false;
  bool failed = false;
};

struct Listener final : Replay::Listener {
  void on_request_complete() override { ++completions; }
  int completions = 0;
};

struct ReplayTest : testing::Test {
  Source source;
  Listener listener;
  Sink first, second;
  Replay replay;
};

TEST_F(ReplayTest, TheSecondAttemptGetsWhatTheFirstGot) {
  replay.start(source, listener, 100);
  replay.flow_to(first);
  ASSERT_EQ(source.sink, &replay);
  EXPECT_EQ(replay.write("hello ", End::no), Room::yes);
  replay.stop({});
  replay.flow_to(second);
  EXPECT_EQ(second.got, "hello ");
  EXPECT_EQ(source.pulls, 1);
  EXPECT_EQ(replay.write("world", End::yes), Room::yes);
  EXPECT_EQ(second.got, "hello world");
  EXPECT_TRUE(second.ended);
  EXPECT_EQ(first.got, "hello ");
}

TEST_F(ReplayTest, ACompleteBodyIsReplayedWithItsEnd) {
  replay.start(source, listener, 100);
  replay.flow_to(first);
  (void)replay.write("all", End::yes);
  replay.stop({});
  replay.flow_to(second);
  EXPECT_EQ(second.got, "all");
  EXPECT_TRUE(second.ended);
  EXPECT_EQ(listener.completions, 1) << "however often it is replayed";
}

TEST_F(ReplayTest, TrailersAreReplayedAfterTheirBytesAreGone) {
  replay.start(source, listener, 100);
  replay.flow_to(first);
  (void)replay.write("body", End::no);
  {
    std::string const name = "x-checksum", value = "42";
    http::Headers trailers;
    trailers.add(name, value);
    replay.finish(trailers);
  }
  replay.stop({});
  replay.flow_to(second);
  EXPECT_EQ(second.got, "body|x-checksum=42");
}

TEST_F(ReplayTest, ABodyBeyondTheLimitIsPassedOnButCannotBeReplayed) {
  replay.start(source, listener, 4);
  replay.flow_to(first);
  EXPECT_TRUE(replay.can_replay());
  EXPECT_EQ(replay.write("12345", End::no), Room::yes);
  EXPECT_EQ(first.got, "12345");
  EXPECT_FALSE(replay.can_replay());
  EXPECT_TRUE(replay.has_everything()) << "nobody may have taken it yet";
  (void)replay.write("6", End::no);
  EXPECT_FALSE(replay.has_everything());
}

TEST_F(ReplayTest, BetweenAttemptsTheSourceIsToldToWait) {
  replay.start(source, listener, 100);
  replay.flow_to(first);
  replay.stop({});
  EXPECT_EQ(replay.write("late", End::no), Room::no);
  replay.flow_to(second);
  EXPECT_EQ(second.got, "late");
}

TEST_F(ReplayTest, AFullSinkIsNotPulledFor) {
  replay.start(source, listener, 100);
  replay.flow_to(first);
  (void)replay.write("x", End::no);
  replay.stop({});
  second.room = Room::no;
  replay.flow_to(second);
  EXPECT_EQ(source.pulls, 0);
}

}  // namespace
}  // namespace tidegate::gateway
