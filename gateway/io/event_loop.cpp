#include "gateway/io/event_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace tidegate::gateway {
namespace {

constexpr int kEventsATurn = 256;
/// Steps may ask for steps; a chain longer than this waits for the next turn, so that sockets and
/// timers get theirs.
constexpr int kRoundsATurn = 8;

[[noreturn]] void throw_errno(char const* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wakeup_(-1) {
  if (epoll_ < 0) throw_errno("epoll_create1");
  wakeup_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wakeup_ < 0) throw_errno("eventfd");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;  // the only entry without a handler
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeup_, &event) != 0) throw_errno("epoll_ctl");
}

EventLoop::~EventLoop() {
  ::close(wakeup_);
  ::close(epoll_);
}

void EventLoop::add(int fd, EventHandler& handler, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &handler;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) throw_errno("epoll_ctl");
}

void EventLoop::remove(int fd) { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

void EventLoop::schedule(EventHandler& handler) {
  if (std::exchange(handler.scheduled_, true)) return;
  scheduled_.push_back(&handler);
}

void EventLoop::dispose(std::unique_ptr<EventHandler> handler) {
  disposed_.push_back(std::move(handler));
}

void EventLoop::post(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  std::uint64_t const one = 1;
  [[maybe_unused]] auto ignored = ::write(wakeup_, &one, sizeof one);  // full means: already awake
}

void EventLoop::stop() {
  post([this] { stopping_ = true; });
}

void EventLoop::run() {
  stopping_ = false;
  while (!stopping_) turn();
}

void EventLoop::turn() {
  auto const wait = scheduled_.empty() ? timers_.until_next() : milliseconds{0};
  std::array<epoll_event, kEventsATurn> events;
  int const count =
      ::epoll_wait(epoll_, events.data(), kEventsATurn, static_cast<int>(wait.count()));
  timers_.advance(Clock::now());
  for (int i = 0; i < count; ++i) {
    auto* handler = static_cast<EventHandler*>(events[static_cast<std::size_t>(i)].data.ptr);
    if (handler == nullptr) {
      run_posted();
    } else {
      handler->on_ready(events[static_cast<std::size_t>(i)].events);
    }
  }
  run_steps();
  // Destroying a handler may dispose of others.
  while (!disposed_.empty()) {
    auto dead = std::move(disposed_);
    disposed_.clear();
    for (auto const& handler : dead) {
      if (handler->scheduled_) std::erase(scheduled_, handler.get());
    }
  }
}

void EventLoop::run_steps() {
  for (int round = 0; round < kRoundsATurn && !scheduled_.empty(); ++round) {
    running_steps_.swap(scheduled_);
    for (auto* handler : running_steps_) {
      handler->scheduled_ = false;
      handler->on_ready(0);
    }
    running_steps_.clear();
  }
}

void EventLoop::run_posted() {
  std::uint64_t count = 0;
  [[maybe_unused]] auto ignored = ::read(wakeup_, &count, sizeof count);
  std::vector<std::function<void()>> tasks;
  {
    std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (auto& task : tasks) task();
}

}  // namespace tidegate::gateway
