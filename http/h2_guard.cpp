#include "http/h2_guard.h"

#include <algorithm>

namespace tidegate::http {
namespace {

constexpr std::size_t preface_size = 24;  // "PRI * HTTP/2.0..."; the library compares it
constexpr std::size_t header_size = 9;
constexpr std::uint8_t end_stream = 0x1, end_headers = 0x4, padded = 0x8;

enum class Type : std::uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  push_promise = 5,
  ping = 6,
  goaway = 7,
  window_update = 8,
  continuation = 9,
};

constexpr H2Verdict calm(std::string_view reason) { return {H2Error::enhance_your_calm, reason}; }

H2Verdict charge(H2Bucket& bucket, std::string_view reason, H2Bucket::TimePoint now) {
  return bucket.take(now) ? H2Verdict{} : calm(reason);
}

}  // namespace

H2Guard::H2Guard(H2Limits const& limits, Preface preface)
    : block_limit_(4 * limits.header_bytes),
      continuation_limit_(limits.continuations),
      judged_after_(limits.early_resets_judged_after),
      resets_received_(limits.resets_received),
      resets_provoked_(limits.resets_provoked),
      refused_(limits.streams_refused),
      pings_(limits.pings),
      settings_(limits.settings),
      priorities_(limits.priorities),
      empty_data_(limits.empty_data),
      window_updates_(limits.window_updates),
      unknown_(limits.unknown_frames),
      skip_(preface == Preface::expected ? preface_size : 0),
      is_server_(preface == Preface::expected) {}

H2Verdict H2Guard::watch(std::string_view bytes, TimePoint now) {
  while (!bytes.empty()) {
    if (skip_ != 0) {
      auto const skipped = std::min(skip_, bytes.size());
      skip_ -= skipped;
      bytes.remove_prefix(skipped);
      continue;
    }
    bytes.remove_prefix(take_header(bytes));
    if (header_size_ < header_wanted_) return {};
    if (auto verdict = begin_frame(now)) return verdict;
    skip_ = frame_.size - std::min<std::size_t>(frame_.size, header_size_ - header_size);
    header_size_ = 0;
    header_wanted_ = header_size;
  }
  return {};
}

/// Collects nine bytes, and with padded DATA the length of the padding.
std::size_t H2Guard::take_header(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && header_size_ < header_wanted_) {
    header_[header_size_++] = static_cast<unsigned char>(bytes[used++]);
    if (header_size_ != header_size) continue;
    frame_.size = static_cast<std::uint32_t>(header_[0]) << 16 |
                  static_cast<std::uint32_t>(header_[1]) << 8 | header_[2];
    frame_.type = header_[3];
    frame_.flags = header_[4];
    bool const has_pad_length = frame_.type == static_cast<std::uint8_t>(Type::data) &&
                                (frame_.flags & padded) != 0 && frame_.size > 0;
    if (has_pad_length) header_wanted_ = header_size + 1;
  }
  return used;
}

H2Verdict H2Guard::begin_frame(TimePoint now) {
  switch (static_cast<Type>(frame_.type)) {
    case Type::data: return begin_data(now);
    case Type::headers:
    case Type::continuation: return begin_fields();
    case Type::priority: return charge(priorities_, "http2.priority_flood", now);
    case Type::settings: return charge(settings_, "http2.settings_flood", now);
    case Type::ping: return charge(pings_, "http2.ping_flood", now);
    case Type::window_update: return charge(window_updates_, "http2.window_update_flood", now);
    case Type::rst_stream:
      // An origin can reset no more streams than we open.
      if (!is_server_) return {};
      return charge(resets_received_, "http2.reset_flood", now);
    case Type::push_promise:  // a protocol error to either role: the library's
    case Type::goaway: break;
  }
  return charge(unknown_, "http2.unknown_frame_flood", now);
}

/// The library decodes a block to its end whatever it thinks of it: compressed bytes and frames are
/// bounded here.
H2Verdict H2Guard::begin_fields() {
  if (static_cast<Type>(frame_.type) == Type::headers) {
    block_bytes_ = block_frames_ = 0;
    ++blocks_;
  } else if (++block_frames_ > continuation_limit_) {
    return calm("http2.continuation_flood");
  }
  block_bytes_ += frame_.size;
  in_block_ = (frame_.flags & end_headers) == 0;
  return block_bytes_ > block_limit_ ? calm("http2.header_block_too_large") : H2Verdict{};
}

H2Verdict H2Guard::begin_data(TimePoint now) {
  std::size_t const padding = header_size_ > header_size ? header_[header_size] + 1U : 0;
  bool const is_empty = frame_.size <= padding && (frame_.flags & end_stream) == 0;
  return is_empty ? charge(empty_data_, "http2.empty_data_flood", now) : H2Verdict{};
}

H2Verdict H2Guard::stale_head(TimePoint now) {
  return charge(unknown_, "http2.stale_head_flood", now);
}

H2Verdict H2Guard::provoked_reset(H2Error error, TimePoint now) {
  if (error == H2Error::refused_stream) return charge(refused_, "http2.open_stream_flood", now);
  return charge(resets_provoked_, "http2.provoked_resets", now);
}

H2Verdict H2Guard::request_closed(Close how) {
  ++closed_;
  if (how == Close::complete) resets_received_.give(1);
  if (how == Close::early_reset) ++reset_early_;
  if (judged_after_ == 0) return {};
  auto const judged = std::max<std::uint64_t>(closed_, judged_after_);
  return 2 * reset_early_ >= judged ? calm("http2.premature_resets") : H2Verdict{};
}

void H2Guard::sent_data() {
  pings_.give(1);
  window_updates_.give(10);
}

}  // namespace tidegate::http
