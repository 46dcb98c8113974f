#pragma once

#include <charconv>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

namespace tidegate::gateway {

/// Writes JSON into memory that is known to be large enough. No checks: the caller has reserved the
/// worst case.
class JsonText {
 public:
  static constexpr std::size_t longest_number = 20;
  /// The longest text that `size` bytes become, quotes included: `\u00XX` each.
  [[nodiscard]] static constexpr std::size_t longest_string(std::size_t size) {
    return 6 * size + 2;
  }

  explicit JsonText(char* to) : next_(to) {}

  void raw(std::string_view text) {
    std::memcpy(next_, text.data(), text.size());
    next_ += text.size();
  }
  template <class Integer>
  void number(Integer value) {
    static_assert(std::is_integral_v<Integer>);
    next_ = std::to_chars(next_, next_ + longest_number, value).ptr;
  }
  /// In quotes. Control bytes are escaped; bytes that are not UTF-8 become U+FFFD each.
  void string(std::string_view text);

  [[nodiscard]] char* end() const { return next_; }

 private:
  void escape(unsigned char byte);

  char* next_;
};

}  // namespace tidegate::gateway
