#include "gateway/upstream/request_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace tidegate::gateway {
namespace {

struct Queue : testing::Test {
  struct Request final : WaitingRequest {
    Request(Queue& test, std::string name) : test_(test), name_(std::move(name)) {}
    bool on_turn() override {
      if (test_.connections == 0) return false;
      --test_.connections;
      leave_queue();
      test_.events.push_back(name_);
      return true;
    }
    void on_unreachable() override { test_.events.push_back(name_ + " failed"); }

   private:
    Queue& test_;
    std::string name_;
  };

  Request& join(std::string const& name) {
    requests.push_back(std::make_unique<Request>(*this, name));
    EXPECT_TRUE(queue.join(*requests.back(), pending, UINT32_MAX));
    return *requests.back();
  }
  /// A step of the loop.
  void step() { queue.on_ready(0); }

  EventLoop loop;
  UseCount pending{0};
  int connections = 0;
  std::vector<std::string> events;
  RequestQueue queue{loop};
  std::vector<std::unique_ptr<Request>> requests;
};

using Events = std::vector<std::string>;

TEST_F(Queue, FirstComeFirstServedAsFarAsThereAreConnections) {
  for (auto const* name : {"a", "b", "c"}) join(name);
  connections = 2;
  step();
  EXPECT_EQ(events, (Events{"a", "b"}));
  EXPECT_EQ(pending, 1U);
  connections = 1;
  step();
  EXPECT_EQ(events, (Events{"a", "b", "c"}));
  EXPECT_EQ(pending, 0U);
}

TEST_F(Queue, NoMoreThanTheLimitMayWaitInAllQueuesTogether) {
  RequestQueue other(loop);
  Request first(*this, "first"), second(*this, "second"), third(*this, "third");
  EXPECT_TRUE(queue.join(first, pending, 2));
  EXPECT_TRUE(other.join(second, pending, 2));
  EXPECT_FALSE(queue.join(third, pending, 2));
  EXPECT_FALSE(third.is_waiting());
  second.leave_queue();
  EXPECT_TRUE(queue.join(third, pending, 2));
}

TEST_F(Queue, WhoLeavesIsNotServed) {
  for (auto const* name : {"a", "b", "c", "d"}) join(name);
  requests[0].reset();  // dies
  requests[2]->leave_queue();
  requests[3]->leave_queue();
  connections = 4;
  step();
  EXPECT_EQ(events, Events{"b"});
  EXPECT_EQ(pending, 0U);
}

TEST_F(Queue, WhenTheHostIsGivenUpThoseWhoWaitHearOfItButNotThoseWhoComeLater) {
  for (auto const* name : {"a", "b", "c"}) join(name);
  queue.give_up();
  join("d");
  requests[2]->leave_queue();
  step();
  EXPECT_EQ(events, (Events{"a failed", "b failed"}));
  EXPECT_EQ(pending, 1U);
}

TEST_F(Queue, GivingUpOnNobodyIsForgotten) {
  queue.give_up();
  join("a");
  requests[0]->leave_queue();
  join("b");
  queue.give_up();
  requests[1]->leave_queue();
  join("c");
  connections = 1;
  step();
  EXPECT_EQ(events, Events{"c"});
}

}  // namespace
}  // namespace tidegate::gateway
