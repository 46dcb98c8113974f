#include "http/websocket.h"

#include <algorithm>
#include <span>

#include "http/sha1.h"

namespace tidegate::http {
namespace {

constexpr std::string_view accept_salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::uint8_t close_opcode = 8;
constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t mask_bit = 0x80;

/// RFC 4648 §4, with padding.
std::string_view base64(std::span<std::uint8_t const> bytes, Arena& arena) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  auto const size = (bytes.size() + 2) / 3 * 4;
  char* const text = arena.allocate(size);
  for (std::size_t at = 0; at < size; ++at) {
    auto const bit = at * 6;
    auto const index = bit / 8;
    if (index >= bytes.size()) {
      text[at] = '=';  // up to a whole group of four
      continue;
    }
    unsigned const next = index + 1 < bytes.size() ? bytes[index + 1] : 0;
    auto const pair = (static_cast<unsigned>(bytes[index]) << 8) | next;
    text[at] = digits[(pair >> (10 - bit % 8)) & 63];
  }
  return {text, size};
}

void append_number(std::uint32_t number, int bytes, std::string& to) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    to.push_back(static_cast<char>(number >> shift));
  }
}

}  // namespace

std::string_view websocket_accept(std::string_view key, Arena& arena) {
  return base64(sha1(arena.concat({key, accept_salt})), arena);
}

std::string_view make_websocket_key(std::uint64_t a, std::uint64_t b, Arena& arena) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>((i < 8 ? a : b) >> (8 * (i % 8)));
  }
  return base64(bytes, arena);
}

std::string websocket_close_frame(std::uint16_t status, std::optional<std::uint32_t> mask) {
  constexpr std::uint8_t payload_size = 2;
  std::string frame;
  frame.push_back(static_cast<char>(final_bit | close_opcode));
  frame.push_back(static_cast<char>(payload_size | (mask ? mask_bit : 0)));
  if (mask) append_number(*mask, 4, frame);
  append_number(mask ? status ^ (*mask >> 16) : status, payload_size, frame);
  return frame;
}

std::size_t WebSocketFrames::header_length() const {
  if (header_size_ < 2) return 2;
  auto const length = header_[1] & 0x7f;
  std::size_t const extension = length == 126 ? 2 : length == 127 ? 8 : 0;
  return 2 + extension + ((header_[1] & mask_bit) != 0 ? 4 : 0);
}

std::uint64_t WebSocketFrames::payload_length() const {
  std::uint64_t const length = header_[1] & 0x7f;
  if (length < 126) return length;
  std::uint64_t extended = 0;
  for (std::size_t i = 2; i < (length == 126 ? 4U : 10U); ++i) {
    extended = (extended << 8) | header_[i];
  }
  return extended;
}

std::size_t WebSocketFrames::take_one(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    bool const is_in_header = header_size_ < header_length();
    if (is_in_header) {
      header_[header_size_++] = static_cast<std::uint8_t>(bytes[at++]);
      if (header_size_ < header_length()) continue;
      payload_ = payload_length();
    } else {
      auto const part = std::min<std::uint64_t>(payload_, bytes.size() - at);
      payload_ -= part;
      at += static_cast<std::size_t>(part);
    }
    if (payload_ != 0) continue;
    if ((header_[0] & 0x0f) == close_opcode) has_closed_ = true;
    header_size_ = 0;
    break;
  }
  return at;
}

void WebSocketFrames::take(std::string_view bytes) {
  while (!bytes.empty()) bytes.remove_prefix(take_one(bytes));
}

}  // namespace tidegate::http
