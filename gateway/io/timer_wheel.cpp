#include "gateway/io/timer_wheel.h"

#include <algorithm>

namespace tidegate::gateway {

void Timer::arm(TimePoint deadline) {
  deadline_ = deadline;
  if (link_ != nullptr && tick_ <= wheel_.tick_of(deadline))
    return;  // looked at early enough as it is
  unlink();
  wheel_.link(*this);
}

void Timer::arm_in(milliseconds duration) { arm(wheel_.now() + duration); }

void Timer::unlink() {
  if (link_ == nullptr) return;
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
  link_ = nullptr;
  next_ = nullptr;
  --wheel_.linked_;
}

std::uint64_t TimerWheel::tick_of(TimePoint time) const {
  if (time <= start_) return 0;
  // Rounded up: a timer may be late, never early.
  return static_cast<std::uint64_t>((time - start_ + kTick - Clock::duration{1}) / kTick);
}

void TimerWheel::link(Timer& timer) {
  timer.tick_ = std::max(tick_of(timer.deadline_), tick_ + 1);
  Timer*& head = slots_[timer.tick_ % kSlots];
  timer.next_ = head;
  if (head != nullptr) head->link_ = &timer.next_;
  head = &timer;
  timer.link_ = &head;
  ++linked_;
}

void TimerWheel::advance(TimePoint now) {
  now_ = std::max(now, now_);
  // Floor, not ceiling: a tick is over when all of it has passed.
  auto const last = static_cast<std::uint64_t>((now_ - start_) / kTick);
  if (last <= tick_) return;
  auto const first = tick_ + 1;
  auto const slots = std::min<std::uint64_t>(last - tick_, kSlots);
  tick_ = last;
  for (std::uint64_t i = 0; i < slots; ++i) visit((first + i) % kSlots);
}

void TimerWheel::visit(std::size_t slot) {
  // Handlers may change the list at will, so the due ones move to a list of their own first.
  Timer* due = nullptr;
  for (Timer *timer = slots_[slot], *next = nullptr; timer != nullptr; timer = next) {
    next = timer->next_;
    if (timer->tick_ > tick_) continue;
    timer->unlink();
    timer->next_ = due;
    if (due != nullptr) due->link_ = &timer->next_;
    due = timer;
    timer->link_ = &due;
    ++linked_;
  }
  while (due != nullptr) {
    Timer& timer = *due;
    timer.unlink();
    if (!timer.is_armed()) continue;
    if (timer.deadline_ > now_) {
      link(timer);
      continue;
    }
    timer.disarm();
    timer.handler_.on_timer(timer);
  }
}

milliseconds TimerWheel::until_next() const {
  if (linked_ == 0) return milliseconds{-1};
  for (std::uint64_t ahead = 1; ahead <= kSlots; ++ahead) {
    if (slots_[(tick_ + ahead) % kSlots] == nullptr) continue;
    auto const at = start_ + kTick * static_cast<std::int64_t>(tick_ + ahead);
    auto const wait = std::chrono::ceil<milliseconds>(at - now_);
    return std::max(wait, milliseconds{0});
  }
  return milliseconds{-1};
}

}  // namespace tidegate::gateway
