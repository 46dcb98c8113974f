#include "http/grpc_web.h"

#include <cstdint>

#include "http/characters.h"

namespace tidegate::http {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xff;
constexpr unsigned char trailers_flag = 0x80;

constexpr auto digits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

std::uint32_t digit(char c) { return digits[static_cast<unsigned char>(c)]; }
std::uint32_t byte(char c) { return static_cast<unsigned char>(c); }

/// Four characters; false when they are none of base64.
bool append_group(char const* group, std::string& to) {
  std::size_t const padding = group[3] != '=' ? 0 : group[2] != '=' ? 1 : 2;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    auto const value = i < 4 - padding ? digit(group[i]) : 0;
    if (value == no_digit) return false;
    bits = (bits << 6U) | value;
  }
  for (std::size_t i = 0; i < 3 - padding; ++i)
    to.push_back(static_cast<char>((bits >> (16 - 8 * i)) & 0xffU));
  return true;
}

void append_length(std::size_t length, std::string& to) {
  for (int shift = 24; shift >= 0; shift -= 8)
    to.push_back(static_cast<char>((length >> static_cast<unsigned>(shift)) & 0xffU));
}

}  // namespace

bool Base64Decoder::decode(std::string_view text, std::string& to) {
  to.reserve(to.size() + (held_ + text.size()) / 4 * 3);
  while (!text.empty()) {
    if (held_ == 0 && text.size() >= group_.size()) {
      if (!append_group(text.data(), to)) return false;
      text.remove_prefix(group_.size());
      continue;
    }
    group_[held_++] = text.front();
    text.remove_prefix(1);
    if (held_ < group_.size()) continue;
    held_ = 0;
    if (!append_group(group_.data(), to)) return false;
  }
  return true;
}

void append_base64(std::string_view bytes, std::string& to) {
  to.reserve(to.size() + (bytes.size() + 2) / 3 * 4);
  auto const append = [&to](std::uint32_t bits, std::size_t characters) {
    for (std::size_t i = 0; i < 4; ++i)
      to.push_back(i < characters ? alphabet[(bits >> (18 - 6 * i)) & 63U] : '=');
  };
  for (; bytes.size() >= 3; bytes.remove_prefix(3))
    append(byte(bytes[0]) << 16U | byte(bytes[1]) << 8U | byte(bytes[2]), 4);
  if (bytes.size() == 2) append(byte(bytes[0]) << 16U | byte(bytes[1]) << 8U, 3);
  if (bytes.size() == 1) append(byte(bytes[0]) << 16U, 2);
}

void append_grpc_web_trailers(Headers const& trailers, std::string& to) {
  std::size_t size = 0;
  for (auto const& field : trailers) size += field.name.size() + field.value.size() + 4;
  to.push_back(static_cast<char>(trailers_flag));
  append_length(size, to);
  for (auto const& field : trailers) {
    for (char const c : field.name) to.push_back(to_lower(c));
    to.append(": ").append(field.value).append("\r\n");
  }
}

std::string_view grpc_type_of(std::string_view grpc_web_type, Arena& arena) {
  return arena.concat({"application/grpc", grpc_suffix(grpc_web_type)});
}

std::string_view grpc_web_type_of(std::string_view grpc_type, GrpcKind kind, Arena& arena) {
  auto const suffix = grpc_suffix(grpc_type);
  return arena.concat({"application/grpc-web", kind == GrpcKind::web_text ? "-text" : "",
                       suffix.empty() ? "+proto" : suffix});
}

GrpcKind answer_kind(Headers const& request, GrpcKind request_kind) {
  auto accepted = request.find("accept").value_or("");
  while (!accepted.empty()) {
    auto const kind = grpc_kind(next_element(accepted));
    if (kind == GrpcKind::web || kind == GrpcKind::web_text) return kind;
  }
  return request_kind;
}

}  // namespace tidegate::http
