#include "gateway/io/timer_wheel.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;

struct Recorder final : TimerHandler {
  void on_timer(Timer& timer) override {
    fired.push_back(&timer);
    if (then) then();
  }
  std::vector<Timer*> fired;
  std::function<void()> then;
};

struct TimerWheelTest : testing::Test {
  TimePoint const start{1000h};
  TimerWheel wheel{start};
  Recorder recorder;
};

TEST_F(TimerWheelTest, FiresOnceAtItsDeadlineAndNotBefore) {
  Timer timer(wheel, recorder);
  timer.arm(start + 25ms);
  wheel.advance(start + 24ms);
  EXPECT_TRUE(recorder.fired.empty());
  wheel.advance(start + 30ms);
  EXPECT_EQ(recorder.fired.size(), 1U);
  wheel.advance(start + 1s);
  EXPECT_EQ(recorder.fired.size(), 1U);
}

TEST_F(TimerWheelTest, ADisarmedTimerStaysSilent) {
  Timer timer(wheel, recorder);
  timer.arm_in(50ms);
  timer.disarm();
  wheel.advance(start + 1s);
  EXPECT_TRUE(recorder.fired.empty());
  EXPECT_FALSE(timer.is_armed());
}

TEST_F(TimerWheelTest, MovingADeadlineLaterPostponesIt) {
  Timer timer(wheel, recorder);
  timer.arm_in(20ms);
  timer.arm_in(200ms);
  wheel.advance(start + 190ms);
  EXPECT_TRUE(recorder.fired.empty());
  wheel.advance(start + 210ms);
  EXPECT_EQ(recorder.fired.size(), 1U);
}

TEST_F(TimerWheelTest, MovingADeadlineEarlierBringsItForward) {
  Timer timer(wheel, recorder);
  timer.arm_in(10s);
  timer.arm_in(20ms);
  wheel.advance(start + 30ms);
  EXPECT_EQ(recorder.fired.size(), 1U);
}

TEST_F(TimerWheelTest, DeadlinesBeyondOneTurnOfTheWheelWaitForTheirRound) {
  Timer timer(wheel, recorder);
  timer.arm_in(1h);
  for (auto at = 10ms; at < 1h; at += 970ms) wheel.advance(start + at);
  EXPECT_TRUE(recorder.fired.empty());
  wheel.advance(start + 1h + 10ms);
  EXPECT_EQ(recorder.fired.size(), 1U);
}

TEST_F(TimerWheelTest, AHandlerMayDestroyAnotherDueTimer) {
  auto other = std::make_unique<Timer>(wheel, recorder);
  Timer timer(wheel, recorder);
  other->arm_in(10ms);
  timer.arm_in(10ms);  // linked last, visited in either order
  recorder.then = [&] { other.reset(); };
  wheel.advance(start + 20ms);
  EXPECT_LE(recorder.fired.size(), 2U);
  EXPECT_EQ(other, nullptr);
}

TEST_F(TimerWheelTest, AHandlerMayArmItsTimerAgain) {
  Timer timer(wheel, recorder);
  timer.arm_in(10ms);
  recorder.then = [&] {
    if (recorder.fired.size() < 3) timer.arm_in(10ms);
  };
  for (auto at = 10ms; at <= 100ms; at += 10ms) wheel.advance(start + at);
  EXPECT_EQ(recorder.fired.size(), 3U);
}

TEST_F(TimerWheelTest, SaysHowLongNothingWillHappen) {
  EXPECT_LT(wheel.until_next(), 0ms);
  Timer timer(wheel, recorder);
  timer.arm_in(55ms);
  EXPECT_EQ(wheel.until_next(), 60ms);
}

}  // namespace
}  // namespace tidegate::gateway
