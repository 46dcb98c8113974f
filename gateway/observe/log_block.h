#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace tidegate::gateway {

/// Memory for lines of a log. Keeps what it once had, within reason, so that filling it again does
/// not allocate.
class LogBlock {
 public:
  /// Room for `bytes` behind the text; what is written there counts after `commit_line`.
  [[nodiscard]] char* reserve(std::size_t bytes) {
    if (capacity_ - size_ < bytes) grow(bytes);
    return memory_.get() + size_;
  }
  /// The text now ends at `end`, one line longer.
  void commit_line(char const* end) {
    size_ = static_cast<std::size_t>(end - memory_.get());
    ++lines_;
  }
  void clear() {
    size_ = 0;
    lines_ = 0;
    if (capacity_ > kept_capacity) {
      memory_.reset();
      capacity_ = 0;
    }
  }

  [[nodiscard]] std::string_view text() const { return {memory_.get(), size_}; }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }

 private:
  static constexpr std::size_t first_capacity = 96 * 1024;
  static constexpr std::size_t kept_capacity = 512 * 1024;

  void grow(std::size_t bytes) {
    std::size_t const wanted = std::max({first_capacity, size_ + bytes, capacity_ * 2});
    std::unique_ptr<char[]> larger(new char[wanted]);
    if (size_ != 0) std::memcpy(larger.get(), memory_.get(), size_);
    memory_ = std::move(larger);
    capacity_ = wanted;
  }

  std::unique_ptr<char[]> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace tidegate::gateway
