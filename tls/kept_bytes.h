#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace tidegate::tls {

/// Bytes that wait for their turn between two events. Holds no memory while empty.
class KeptBytes {
 public:
  [[nodiscard]] std::span<char> bytes() const { return {memory_.get() + begin_, size()}; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

  void clear();
  /// `count` is at most size().
  void drop_front(std::size_t count);
  /// Replaces them all. `bytes` may not be a part of them.
  void assign(std::span<char const> bytes, std::size_t capacity);
  /// False, and nothing happens, when they have no room behind the others.
  [[nodiscard]] bool append(std::span<char const> bytes);

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace tidegate::tls
