#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <utility>

namespace tidegate::gateway {

/// Owner of a coroutine: keeps the memory of its frame from one request to the next.
class TaskOwner {
 public:
  [[nodiscard]] void* reserve_frame(std::size_t size) {
    if (size > size_) {
      bytes_ = std::make_unique<std::byte[]>(size);
      size_ = size;
    }
    return bytes_.get();
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

/// A coroutine that belongs to one object and runs at most once at a time. It begins at once and is
/// resumed through `Suspension`; destroying the task destroys a suspended frame and everything in
/// it.
///
/// The coroutine must be a member function of a `TaskOwner`.
class Task {
 public:
  struct promise_type {
    static void* operator new(std::size_t size, TaskOwner& owner) {
      return owner.reserve_frame(size);
    }
    static void operator delete(void* /*frame*/, std::size_t /*size*/) {
    }  // the storage stays with the owner

    Task get_return_object() {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }  // the data path throws nothing
  };

  Task() = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    reset();
    handle_ = std::exchange(other.handle_, nullptr);
    return *this;
  }
  ~Task() { reset(); }

  /// Destroys the frame. Never from inside the coroutine itself.
  void reset() {
    if (handle_) std::exchange(handle_, nullptr).destroy();
  }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

/// Where a coroutine waits for one event. `signal` before the wait is not lost.
class Suspension {
 public:
  [[nodiscard]] bool await_ready() noexcept { return std::exchange(signalled_, false); }
  void await_suspend(std::coroutine_handle<> handle) noexcept { waiting_ = handle; }
  void await_resume() noexcept { signalled_ = false; }

  /// Resumes the coroutine inside this call, if it waits.
  void signal() {
    if (waiting_) return std::exchange(waiting_, nullptr).resume();
    signalled_ = true;
  }
  void reset() {
    waiting_ = nullptr;
    signalled_ = false;
  }

 private:
  std::coroutine_handle<> waiting_;
  bool signalled_ = false;
};

}  // namespace tidegate::gateway
