#include "http/h1_body.h"

#include <algorithm>

#include "http/characters.h"
#include "http/h1_fields.h"
#include "http/trailers.h"

namespace tidegate::http {
namespace {

constexpr std::size_t max_size_digits = 16;
constexpr std::size_t max_chunk_extension = 256;
constexpr std::size_t max_message_extension = 16 * 1024;
constexpr std::size_t max_trailer_bytes = 8 * 1024;
constexpr std::size_t max_trailer_fields = 32;

}  // namespace

void BodyDecoder::start(Framing framing, Underscores underscores) {
  underscores_ = underscores;
  size_digits_ = 0;
  remaining_ = framing.length;
  chunk_extension_bytes_ = message_extension_bytes_ = 0;
  trailer_scanner_.reset();
  trailer_block_.clear();
  trailers_.clear();
  switch (framing.kind) {
    case Framing::Kind::none: state_ = State::done; break;
    case Framing::Kind::length: state_ = framing.has_body() ? State::fixed : State::done; break;
    case Framing::Kind::chunked: state_ = State::size_begin; break;
    case Framing::Kind::until_close: state_ = State::until_close; break;
  }
}

BodyDecoder::Step BodyDecoder::next(std::string_view input) {
  for (std::size_t at = 0;;) {
    switch (state_) {
      case State::done: return {Step::Status::done, {}, at};
      case State::failed: return fail();
      case State::fixed:
      case State::until_close:
      case State::chunk: return take_data(input, at);
      case State::trailers: return take_trailers(input, at);
      default: break;
    }
    if (at == input.size()) return {Step::Status::need_more, {}, at};
    state_ = after_framing_byte(input[at]);
    ++at;
  }
}

BodyDecoder::Step BodyDecoder::take_data(std::string_view input, std::size_t at) {
  auto data = input.substr(at);
  if (state_ != State::until_close) {
    data =
        data.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(data.size(), remaining_)));
    remaining_ -= data.size();
    if (remaining_ == 0) state_ = state_ == State::fixed ? State::done : State::chunk_return;
  }
  auto const status = data.empty() ? Step::Status::need_more : Step::Status::data;
  return {status, data, at + data.size()};
}

BodyDecoder::State BodyDecoder::after_framing_byte(char c) {
  switch (state_) {
    case State::size_begin:
    case State::size: return after_size_digit(c);
    case State::extension: return after_extension_byte(c);
    case State::size_line_feed:
      if (c != '\n') return State::failed;
      return remaining_ == 0 ? State::trailers : State::chunk;
    case State::chunk_return: return c == '\r' ? State::chunk_line_feed : State::failed;
    case State::chunk_line_feed: return c == '\n' ? State::size_begin : State::failed;
    default: return State::failed;
  }
}

BodyDecoder::State BodyDecoder::after_size_digit(char c) {
  if (int const digit = hex_digit(c); digit >= 0) {
    if (state_ == State::size_begin) {
      remaining_ = size_digits_ = 0;
      chunk_extension_bytes_ = 0;
    }
    if (++size_digits_ > max_size_digits) return State::failed;
    remaining_ = remaining_ * 16 + static_cast<unsigned>(digit);
    return State::size;
  }
  if (state_ == State::size_begin) return State::failed;
  if (c == '\r') return State::size_line_feed;
  return c == ';' ? after_extension_byte(c) : State::failed;
}

BodyDecoder::State BodyDecoder::after_extension_byte(char c) {
  if (c == '\r') return State::size_line_feed;
  auto const byte = static_cast<unsigned char>(c);
  if ((byte < 0x20 && c != '\t') || byte == 0x7f) return State::failed;
  ++chunk_extension_bytes_;
  ++message_extension_bytes_;
  bool const is_too_long = chunk_extension_bytes_ > max_chunk_extension ||
                           message_extension_bytes_ > max_message_extension;
  return is_too_long ? State::failed : State::extension;
}

BodyDecoder::Step BodyDecoder::take_trailers(std::string_view input, std::size_t at) {
  auto const rest = input.substr(at);
  // One byte more than allowed tells a section that is too long from one that is not finished.
  auto const had = trailer_block_.size();
  trailer_block_.append(rest.substr(0, max_trailer_bytes + 1 - had));
  std::size_t size = 2;
  if (!trailer_block_.starts_with("\r\n")) {
    auto const found = trailer_scanner_.scan(trailer_block_, max_trailer_bytes + 1);
    if (found.status == HeadScanner::Result::Status::need_more) {
      return {Step::Status::need_more, {}, input.size()};
    }
    size = found.size;
    if (found.status != HeadScanner::Result::Status::complete) return fail();
  }
  trailer_block_.resize(size);
  if (size == 2) {
    trailer_block_.clear();
  } else if (size > max_trailer_bytes || !parse_trailers()) {
    return fail();
  }
  state_ = State::done;
  return {Step::Status::done, {}, at + size - had};
}

bool BodyDecoder::parse_trailers() {
  FieldSummary summary;
  if (parse_fields(trailer_block_, max_trailer_fields, underscores_, trailers_, summary)) {
    return false;
  }
  if (summary.hosts + summary.content_lengths + summary.transfer_encodings > 0) return false;
  trailers_.remove_if(is_too_late_for_trailers);
  return true;
}

BodyDecoder::Step BodyDecoder::fail() {
  state_ = State::failed;
  return {Step::Status::malformed, {}, 0};
}

}  // namespace tidegate::http
