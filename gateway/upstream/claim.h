#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace tidegate::gateway {

/// How much of something is in use, over all workers.
using UseCount = std::atomic<std::uint32_t>;

/// One unit of a limited thing; given back when this dies. The count must outlive it.
class Claim {
 public:
  Claim() = default;
  Claim(Claim&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  Claim& operator=(Claim&& other) noexcept {
    if (this == &other) return *this;
    release();
    count_ = std::exchange(other.count_, nullptr);
    return *this;
  }
  ~Claim() { release(); }

  /// Empty when `limit` units are in use. `UINT32_MAX` is no limit.
  [[nodiscard]] static Claim take(UseCount& count, std::uint32_t limit) {
    if (count.fetch_add(1, std::memory_order_relaxed) < limit) return Claim(count);
    count.fetch_sub(1, std::memory_order_relaxed);
    return {};
  }

  void release() {
    if (count_ != nullptr) std::exchange(count_, nullptr)->fetch_sub(1, std::memory_order_relaxed);
  }
  explicit operator bool() const { return count_ != nullptr; }

 private:
  explicit Claim(UseCount& count) : count_(&count) {}
  UseCount* count_ = nullptr;
};

}  // namespace tidegate::gateway
