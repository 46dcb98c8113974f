#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

/// What a byte may be used for in HTTP/1, as one table look-up (RFC 9110 §5.6.2, RFC 3986 §2).
namespace tidegate::http {

enum class CharClass : std::uint8_t {
  token = 1,        ///< methods, field names
  underscore = 2,   ///< '_' alone: some origins take it for '-'
  target = 4,       ///< visible ASCII without '#': request targets
  host = 8,         ///< reg-name, as narrow as names in use are
  unreserved = 16,  ///< needs no percent-escape anywhere
  digit = 32,
};

namespace detail {

constexpr std::array<std::uint8_t, 256> classify() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    bool const is_digit = c >= '0' && c <= '9';
    bool const is_alnum = is_digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    auto const is_in = [c](std::string_view set) {
      return c != 0 && c < 128 && set.find(static_cast<char>(c)) != std::string_view::npos;
    };
    auto const mark = [&, c](CharClass of, bool is) {
      if (is) table[c] = static_cast<std::uint8_t>(table[c] | static_cast<std::uint8_t>(of));
    };
    mark(CharClass::token, is_alnum || is_in("!#$%&'*+-.^_`|~"));
    mark(CharClass::underscore, c == '_');
    mark(CharClass::target, c > 0x20 && c < 0x7f && c != '#');
    mark(CharClass::host, is_alnum || is_in("-._~"));
    mark(CharClass::unreserved, is_alnum || is_in("-._~"));
    mark(CharClass::digit, is_digit);
  }
  return table;
}

constexpr std::array<char, 256> make_lower() {
  std::array<char, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    table[c] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  }
  return table;
}

inline constexpr auto char_classes = classify();
inline constexpr auto lower_case = make_lower();

}  // namespace detail

/// All classes of `c` as bits.
[[nodiscard]] constexpr std::uint8_t classes_of(char c) {
  return detail::char_classes[static_cast<unsigned char>(c)];
}

[[nodiscard]] constexpr bool is_a(CharClass of, char c) {
  return (classes_of(c) & static_cast<std::uint8_t>(of)) != 0;
}

/// Does every character belong? True for nothing at all.
[[nodiscard]] constexpr bool is_all(CharClass of, std::string_view text) {
  for (char c : text) {
    if (!is_a(of, c)) return false;
  }
  return true;
}

[[nodiscard]] constexpr char to_lower(char c) {
  return detail::lower_case[static_cast<unsigned char>(c)];
}

/// 0..15, or -1 for what is no hexadecimal digit.
[[nodiscard]] constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  char const lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Without surrounding blanks and tabs (RFC 9110 §5.6.3: OWS).
[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  auto const is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// The first byte below 0x20 or equal to 0x7f in [at, end); `end` if there is none. Eight bytes a
/// step: most of a head is read by this function.
[[nodiscard]] inline char const* find_control(char const* at, char const* end) {
  if constexpr (std::endian::native == std::endian::little) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    for (; end - at >= 8; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      // The lowest bit set is exact; borrows can only set bits above a true one.
      auto const below_blank = (word - ones * 0x20) & ~word;
      auto const no_del = word ^ (ones * 0x7f);
      auto const found = (below_blank | ((no_del - ones) & ~no_del)) & (ones * 0x80);
      if (found != 0) return at + std::countr_zero(found) / 8;
    }
  }
  while (at != end && static_cast<unsigned char>(*at) >= 0x20 && *at != 0x7f) ++at;
  return at;
}

/// Takes the first element off a comma-separated list, without blanks around it; it may be empty
/// (RFC 9110 §5.6.1).
[[nodiscard]] constexpr std::string_view next_element(std::string_view& list) {
  auto const comma = list.find(',');
  auto const element = trim(list.substr(0, comma));
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  return element;
}

}  // namespace tidegate::http
