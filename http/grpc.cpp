#include "http/grpc.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "http/characters.h"
#include "http/headers.h"

namespace tidegate::http {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view grpc_type = "application/grpc";
constexpr std::string_view web_suffix = "-web";
constexpr std::string_view text_suffix = "-text";
constexpr std::int64_t most_digits = 99'999'999;  // eight of them

/// Takes `word` off the beginning of `text`, if it is there in any case of letters.
bool take(std::string_view& text, std::string_view word) {
  if (text.size() < word.size() || !iequals(text.substr(0, word.size()), word)) return false;
  text.remove_prefix(word.size());
  return true;
}

/// The kind, and what stands behind it.
GrpcKind take_kind(std::string_view& type) {
  if (!take(type, grpc_type)) return GrpcKind::none;
  auto kind = GrpcKind::grpc;
  if (take(type, web_suffix)) kind = take(type, text_suffix) ? GrpcKind::web_text : GrpcKind::web;
  bool const ends = type.empty() || type.front() == '+' || type.front() == ';' ||
                    type.front() == ' ' || type.front() == '\t';
  return ends ? kind : GrpcKind::none;
}

/// `number` units of which one lasts `numerator / denominator` milliseconds.
milliseconds lasting(std::int64_t number, std::int64_t numerator, std::int64_t denominator) {
  auto const rounded_up = (number * numerator + denominator - 1) / denominator;
  return milliseconds(std::min(rounded_up, most_digits * 1000));
}

}  // namespace

GrpcKind grpc_kind(std::string_view content_type) { return take_kind(content_type); }

std::string_view grpc_suffix(std::string_view content_type) {
  if (take_kind(content_type) == GrpcKind::none || !content_type.starts_with('+')) return {};
  return content_type.substr(0, content_type.find_first_of("; \t"));
}

int grpc_status_of(int http_status) {
  switch (http_status) {
    case 400: return 13;  // INTERNAL
    case 401: return 16;  // UNAUTHENTICATED
    case 403: return 7;   // PERMISSION_DENIED
    case 404: return 12;  // UNIMPLEMENTED
    case 429:
    case 502:
    case 503:
    case 504: return grpc_status::unavailable;
    default: return 2;  // UNKNOWN
  }
}

std::optional<milliseconds> parse_grpc_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > 9) return std::nullopt;
  auto const digits = text.substr(0, text.size() - 1);
  if (!is_all(CharClass::digit, digits)) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  switch (text.back()) {
    case 'H': return lasting(number, 3'600'000, 1);
    case 'M': return lasting(number, 60'000, 1);
    case 'S': return lasting(number, 1000, 1);
    case 'm': return lasting(number, 1, 1);
    case 'u': return lasting(number, 1, 1000);
    case 'n': return lasting(number, 1, 1'000'000);
    default: return std::nullopt;
  }
}

std::string_view grpc_timeout_text(milliseconds timeout, Arena& arena) {
  auto const count = std::max<std::int64_t>(timeout.count(), 1);
  if (count <= most_digits) return arena.concat({std::to_string(count), "m"});
  return arena.concat({std::to_string(std::min(count / 1000, most_digits)), "S"});
}

std::string_view grpc_message_text(std::string_view text, Arena& arena) {
  auto const is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '%'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) return text;
  char* const begin = arena.allocate(3 * text.size());
  char* to = begin;
  for (char const c : text) {
    if (is_plain(c)) {
      *to++ = c;
      continue;
    }
    constexpr std::string_view digits = "0123456789ABCDEF";
    auto const byte = static_cast<unsigned char>(c);
    *to++ = '%';
    *to++ = digits[byte >> 4U];
    *to++ = digits[byte & 15U];
  }
  return {begin, static_cast<std::size_t>(to - begin)};
}

void GrpcMessageCounter::count(std::string_view chunk) {
  while (!chunk.empty()) {
    if (left_ > 0) {
      auto const skipped = std::min<std::size_t>(left_, chunk.size());
      left_ -= static_cast<std::uint32_t>(skipped);
      chunk.remove_prefix(skipped);
      continue;
    }
    // The flag is shifted out by the four bytes behind it.
    length_ = (length_ << 8U) | static_cast<unsigned char>(chunk.front());
    chunk.remove_prefix(1);
    if (++prefix_read_ < prefix_size) continue;
    ++messages_;
    left_ = length_;
    prefix_read_ = 0;
  }
}

}  // namespace tidegate::http
