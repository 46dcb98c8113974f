#include "config/scalars.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace tidegate::config {
namespace {

using std::chrono::nanoseconds;

constexpr std::array<std::pair<std::string_view, std::int64_t>, 8> duration_units{{
    {"ns", 1},
    {"us", 1'000},
    {"\u00b5s", 1'000},  // micro sign
    {"\u03bcs", 1'000},  // Greek mu
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
}};

constexpr std::array<std::pair<std::string_view, int>, 12> size_units{{{"", 0},
                                                                       {"b", 0},
                                                                       {"k", 10},
                                                                       {"kb", 10},
                                                                       {"kib", 10},
                                                                       {"ki", 10},
                                                                       {"m", 20},
                                                                       {"mb", 20},
                                                                       {"mib", 20},
                                                                       {"mi", 20},
                                                                       {"g", 30},
                                                                       {"gib", 30}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_while(std::string_view& text, bool (*accept)(char)) {
  auto const end = std::find_if_not(text.begin(), text.end(), accept);
  auto const length = static_cast<std::size_t>(end - text.begin());
  auto const taken = text.substr(0, length);
  text.remove_prefix(length);
  return taken;
}

bool is_unit_character(char c) { return !is_digit(c) && c != '.'; }

/// One `12.5ms` of a duration, taken off the front.
std::optional<std::int64_t> take_duration_part(std::string_view& text) {
  auto const whole = take_while(text, is_digit);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_while(text, is_digit);
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  auto const name = take_while(text, is_unit_character);
  auto const unit = std::find_if(duration_units.begin(), duration_units.end(),
                                 [&](auto const& known) { return known.first == name; });
  if (unit == duration_units.end()) return std::nullopt;

  std::int64_t count = 0;
  if (!whole.empty()) {
    auto const parsed = parse_integer(whole);
    if (!parsed || *parsed > std::numeric_limits<std::int64_t>::max() / unit->second) {
      return std::nullopt;
    }
    count = *parsed * unit->second;
  }
  std::int64_t share = unit->second;  // in integers: 0.1s must be exactly 100 ms
  for (char const digit : fraction) {
    std::int64_t const part = (digit - '0') * share / 10;
    share /= 10;
    if (count > std::numeric_limits<std::int64_t>::max() - part) return std::nullopt;
    count += part;
  }
  return count;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (is_digit(c)) return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<bool> parse_bool(std::string_view text) {
  std::string const word = to_lower(text);
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return std::nullopt;
}

std::optional<nanoseconds> parse_duration(std::string_view text) {
  bool const is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return nanoseconds(0);
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    auto const part = take_duration_part(text);
    if (!part || total > std::numeric_limits<std::int64_t>::max() - *part) return std::nullopt;
    total += *part;
  }
  return nanoseconds(is_negative ? -total : total);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  auto const digits = take_while(text, is_digit);
  auto const count = parse_integer(digits);
  if (!count) return std::nullopt;
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::string const name = to_lower(text);
  auto const unit = std::find_if(size_units.begin(), size_units.end(),
                                 [&](auto const& known) { return known.first == name; });
  if (unit == size_units.end()) return std::nullopt;
  if (*count > (std::numeric_limits<std::int64_t>::max() >> unit->second)) return std::nullopt;
  return static_cast<std::uint64_t>(*count) << unit->second;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string result;
  result.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int digits = 0;
  int padding = 0;
  for (char const c : text) {
    if (c == '\n' || c == '\r') continue;
    int const digit = base64_digit(c);
    if (c == '=') {
      if (++padding > 2) return std::nullopt;
    } else if (digit < 0 || padding > 0) {
      return std::nullopt;
    }
    bits = (bits << 6) | static_cast<std::uint32_t>(c == '=' ? 0 : digit);
    if (++digits < 4) continue;
    for (int byte = 0; byte < 3 - padding; ++byte) {
      result.push_back(static_cast<char>((bits >> (16 - 8 * byte)) & 0xff));
    }
    bits = 0;
    digits = 0;
  }
  if (digits != 0) return std::nullopt;
  return result;
}

std::string to_lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool is_one_edit_away(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1 || a == b) return false;
  std::size_t same = 0;
  while (same < a.size() && a[same] == b[same]) ++same;
  auto const rest_a = a.substr(same);
  auto const rest_b = b.substr(same);
  if (a.size() < b.size()) return rest_a == rest_b.substr(1);
  if (rest_a.substr(1) == rest_b.substr(1)) return true;
  return rest_a.size() >= 2 && rest_a[0] == rest_b[1] && rest_a[1] == rest_b[0] &&
         rest_a.substr(2) == rest_b.substr(2);
}

}  // namespace tidegate::config
