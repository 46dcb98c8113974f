#pragma once

#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::tls::testing {

/// Lower-case, without separators.
inline std::string hex(std::span<unsigned char const> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char const byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

/// Spaces are ignored.
inline std::vector<unsigned char> bytes_of(std::string_view text) {
  std::string digits;
  for (char const c : text)
    if (c != ' ') digits += c;
  std::vector<unsigned char> bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(
        static_cast<unsigned char>(std::strtoul(digits.substr(i, 2).c_str(), nullptr, 16)));
  return bytes;
}

}  // namespace tidegate::tls::testing
