#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "gateway/io/timer_wheel.h"

namespace tidegate::gateway {

class EventLoop;

/// Somebody whom the loop calls: a connection, a listener, a signal source.
class EventHandler {
 public:
  EventHandler() = default;
  EventHandler(EventHandler const&) = delete;
  EventHandler& operator=(EventHandler const&) = delete;
  virtual ~EventHandler() = default;
  /// `events` are epoll's; 0 when the handler had asked for a step with `EventLoop::schedule`.
  virtual void on_ready(std::uint32_t events) = 0;

 private:
  friend class EventLoop;
  bool scheduled_ = false;
};

/// One thread's loop over epoll, edge-triggered. See docs/decisions/0002-event-loop.md for why it
/// is our own.
///
/// A turn: wait, timers, events, steps that were asked for, disposal of what died. Everything but
/// `post` and `stop` belongs to the loop's thread.
class EventLoop {
 public:
  EventLoop();
  EventLoop(EventLoop const&) = delete;
  EventLoop& operator=(EventLoop const&) = delete;
  ~EventLoop();

  /// Watches `fd` until `remove`. Events are edge-triggered when `events` says so (EPOLLET).
  void add(int fd, EventHandler& handler, std::uint32_t events);
  void remove(int fd);

  /// One more `on_ready(0)` in this turn, after whatever is running now. Asking twice is asking
  /// once.
  void schedule(EventHandler& handler);
  /// Destroys `handler` at the end of the turn, when nothing of it can be on the stack any more.
  void dispose(std::unique_ptr<EventHandler> handler);

  /// Runs `task` in the loop's thread. From any thread; the only lock there is.
  void post(std::function<void()> task);

  /// Until `stop()`.
  void run();
  /// From any thread.
  void stop();

  [[nodiscard]] TimerWheel& timers() { return timers_; }
  /// The time at which this turn began.
  [[nodiscard]] TimePoint now() const { return timers_.now(); }

 private:
  void turn();
  void run_steps();
  void run_posted();

  int epoll_;
  int wakeup_;  ///< eventfd that `post` writes to
  TimerWheel timers_{Clock::now()};
  std::vector<EventHandler*> scheduled_;
  std::vector<EventHandler*> running_steps_;
  std::vector<std::unique_ptr<EventHandler>> disposed_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  ///< guarded by mutex_
  bool stopping_ = false;
};

}  // namespace tidegate::gateway
