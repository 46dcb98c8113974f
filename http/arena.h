#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::http {

/// Memory of one request: handed out piece by piece, taken back all at once.
///
/// The first block lives inside the object and is used again after `reset()`, so that an ordinary
/// request costs no allocation at all. Views stay valid until `reset()`.
class Arena {
 public:
  Arena() = default;
  Arena(Arena const&) = delete;
  Arena& operator=(Arena const&) = delete;

  /// Unaligned storage for `size` characters.
  [[nodiscard]] char* allocate(std::size_t size) {
    if (size > static_cast<std::size_t>(end_ - next_)) grow(size);
    return std::exchange(next_, next_ + size);
  }

  [[nodiscard]] std::string_view copy(std::string_view text) {
    char* to = allocate(text.size());
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  /// All `parts`, one behind the other.
  [[nodiscard]] std::string_view concat(std::initializer_list<std::string_view> parts);

  void reset() {
    overflow_.clear();
    next_ = first_.data();
    end_ = first_.data() + first_.size();
  }

 private:
  void grow(std::size_t size);

  std::array<char, 4096> first_;
  std::vector<std::unique_ptr<char[]>> overflow_;
  char* next_ = first_.data();
  char* end_ = first_.data() + first_.size();
};

}  // namespace tidegate::http
