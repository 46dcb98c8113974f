#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace tidegate::gateway {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using std::chrono::milliseconds;

class TimerWheel;
class Timer;

class TimerHandler {
 public:
  virtual void on_timer(Timer& timer) = 0;

 protected:
  ~TimerHandler() = default;
};

/// A deadline that may move. Arming it for later than it already waits, and disarming it, only
/// store a number; the wheel finds out when it comes by. So a deadline for every request costs next
/// to nothing.
class Timer {
 public:
  Timer(TimerWheel& wheel, TimerHandler& handler) : wheel_(wheel), handler_(handler) {}
  Timer(Timer const&) = delete;
  Timer& operator=(Timer const&) = delete;
  ~Timer() { unlink(); }

  /// Calls the handler once at `deadline`, up to one tick (10 ms) late. Replaces an earlier
  /// deadline.
  void arm(TimePoint deadline);
  /// Counted from the loop's present turn.
  void arm_in(milliseconds duration);
  void disarm() { deadline_ = TimePoint::max(); }
  [[nodiscard]] bool is_armed() const { return deadline_ != TimePoint::max(); }

 private:
  friend class TimerWheel;
  void unlink();

  TimerWheel& wheel_;
  TimerHandler& handler_;
  TimePoint deadline_ = TimePoint::max();
  std::uint64_t tick_ = 0;  ///< at which the wheel looks at this timer; only while linked
  Timer* next_ = nullptr;
  Timer** link_ = nullptr;  ///< what points at this timer; null = not linked
};

/// All deadlines of one worker, in slots of 10 ms. O(1) to arm; a timer that is further away than
/// one turn of the wheel is passed over until its round comes.
class TimerWheel {
 public:
  static constexpr milliseconds kTick{10};

  explicit TimerWheel(TimePoint start) : start_(start), now_(start) {}

  /// Time moves on: calls every handler that is due. Handlers may arm, disarm and destroy any
  /// timer.
  void advance(TimePoint now);
  [[nodiscard]] TimePoint now() const { return now_; }
  /// How long nothing is going to happen, for the poll's timeout; < 0 = no timer at all.
  [[nodiscard]] milliseconds until_next() const;

 private:
  friend class Timer;
  static constexpr std::size_t kSlots = 1024;

  void link(Timer& timer);
  void visit(std::size_t slot);
  [[nodiscard]] std::uint64_t tick_of(TimePoint time) const;

  TimePoint start_;
  TimePoint now_;
  std::uint64_t tick_ = 0;  ///< the last one that was visited
  std::size_t linked_ = 0;
  std::array<Timer*, kSlots> slots_{};
};

}  // namespace tidegate::gateway
