#include "gateway/observe/json_text.h"

#include <array>

namespace tidegate::gateway {
namespace {

using Byte = unsigned char;

/// Bytes that stand for themselves: ASCII without control bytes, quote and backslash.
constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x80; ++byte) plain[byte] = byte != '"' && byte != '\\';
  return plain;
}
constexpr std::array<bool, 256> plain = make_plain();

/// How many bytes the character at the front of `text` takes; 0 when it is not UTF-8 (RFC 3629 §4:
/// no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text) {
  auto const at = [text](std::size_t i) {
    return i < text.size() ? static_cast<Byte>(text[i]) : Byte{0};
  };
  auto const continues = [&at](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  Byte const first = at(0);
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    Byte const lowest = first == 0xE0 ? 0xA0 : 0x80;
    Byte const highest = first == 0xED ? 0x9F : 0xBF;
    return at(1) >= lowest && at(1) <= highest && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    Byte const lowest = first == 0xF0 ? 0x90 : 0x80;
    Byte const highest = first == 0xF4 ? 0x8F : 0xBF;
    return at(1) >= lowest && at(1) <= highest && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

void JsonText::escape(unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (byte >= 0x80) return raw("\\ufffd");
  if (byte == '"') return raw("\\\"");
  if (byte == '\\') return raw("\\\\");
  raw("\\u00");
  *next_++ = digits[byte >> 4U];
  *next_++ = digits[byte & 0xFU];
}

void JsonText::string(std::string_view text) {
  *next_++ = '"';
  while (!text.empty()) {
    std::size_t length = 0;
    while (length < text.size() && plain[static_cast<Byte>(text[length])]) ++length;
    if (length == 0) length = utf8_length(text);
    raw(text.substr(0, length));
    if (length == 0) {
      escape(static_cast<Byte>(text.front()));
      length = 1;
    }
    text.remove_prefix(length);
  }
  *next_++ = '"';
}

}  // namespace tidegate::gateway
