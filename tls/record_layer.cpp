#include "tls/record_layer.h"

#include <algorithm>
#include <array>

#include "tls/aead.h"
#include "tls/flood.h"

namespace tidegate::tls {
namespace {

using Kind = RecordLayer::Opened::Kind;

constexpr unsigned alert_type = 21;
constexpr unsigned handshake_type = 22;
constexpr unsigned data_type = 23;
constexpr char key_update_message = 24;
constexpr std::size_t most_parts = 8;  // of one record, its type included

static_assert(RecordLayer::overhead == RecordLayer::header_size + 1 + tag_size);

unsigned byte_at(std::span<char const> bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

/// The length that a record's header says.
std::size_t size_in(std::span<char const> header) {
  return byte_at(header, 3) << 8U | byte_at(header, 4);
}

std::span<unsigned char> as_bytes(std::span<char> bytes) {
  return {reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()};
}

void write_header(std::size_t sealed_size, std::span<char> to) {
  to[0] = static_cast<char>(data_type);
  to[1] = 3;
  to[2] = 3;
  to[3] = static_cast<char>(sealed_size >> 8U);
  to[4] = static_cast<char>(sealed_size & 0xffU);
}

/// The parts of one record: up to `size` bytes of what follows the first `skip`, and the type.
class Gathered {
 public:
  Gathered(std::span<std::string_view const> parts, std::size_t skip, std::size_t size) {
    for (auto part : parts) {
      auto const gone = std::min(skip, part.size());
      skip -= gone;
      part = part.substr(gone, size - size_);
      if (part.empty()) continue;
      if (count_ == parts_.size() - 1) break;
      parts_[count_++] = part;
      size_ += part.size();
    }
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<std::string_view const> typed(char const& type) {
    parts_[count_] = {&type, 1};
    return std::span(parts_).first(count_ + 1);
  }

 private:
  std::array<std::string_view, most_parts> parts_{};
  std::size_t count_ = 0;
  std::size_t size_ = 0;
};

/// `content` with its type as one record at `to`; the bytes written.
std::size_t seal_record(TrafficKeys& keys, unsigned type, Gathered& content, std::span<char> to) {
  char const type_byte = static_cast<char>(type);
  write_header(content.size() + 1 + tag_size, to);
  auto const out = as_bytes(to);
  seal(keys, out.first(RecordLayer::header_size), content.typed(type_byte),
       out.data() + RecordLayer::header_size);
  return content.size() + RecordLayer::overhead;
}

}  // namespace

RecordLayer::RecordLayer(Start const& start)
    : read_(start.suite, start.client_secret, 0),
      write_(start.suite, start.server_secret, start.records_sent),
      records_per_key_(start.records_per_key) {}

RecordLayer::Opened RecordLayer::fail(char const* text, std::optional<Alert> alert) {
  complaint_ = {text, alert};
  return {Kind::failed};
}

std::size_t RecordLayer::missing(std::span<char const> bytes) {
  if (bytes.size() < header_size) return header_size - bytes.size();
  std::size_t const size = header_size + size_in(bytes);
  if (size > longest_record) return 0;
  return size - std::min(size, bytes.size());
}

RecordLayer::Opened RecordLayer::open(std::span<char> bytes) {
  if (complaint_.text != nullptr) return {Kind::failed};
  if (bytes.size() < header_size) return {Kind::incomplete};
  if (byte_at(bytes, 0) != data_type)
    return fail("a record that is not encrypted", Alert::unexpected_message);
  if (byte_at(bytes, 1) != 3 || byte_at(bytes, 2) != 3)
    return fail("a record of another version", Alert::decode_error);
  std::size_t const size = size_in(bytes);
  if (header_size + size > longest_record)
    return fail("a record that is too long", Alert::record_overflow);
  if (size < tag_size) return fail("a record that is too short", Alert::decode_error);
  if (bytes.size() < header_size + size) return {Kind::incomplete};

  auto const header = as_bytes(bytes).first(header_size);
  if (!tls::open(read_, header, as_bytes(bytes).subspan(header_size, size)))
    return fail("a record that was tampered with", Alert::bad_record_mac);
  auto inner = bytes.subspan(header_size, size - tag_size);
  if (inner.size() > longest_plaintext + 1)
    return fail("a record with too much in it", Alert::record_overflow);
  while (!inner.empty() && inner.back() == 0) inner = inner.first(inner.size() - 1);
  if (inner.empty()) return fail("a record without a type", Alert::unexpected_message);
  return take(byte_at(inner, inner.size() - 1), inner.first(inner.size() - 1), header_size + size);
}

RecordLayer::Opened RecordLayer::take(unsigned type, std::span<char> content, std::size_t used) {
  switch (type) {
    case data_type:
      if (content.empty()) return take_nothing(used);
      bytes_read_ += content.size();
      return {Kind::data, used, content};
    case alert_type: return take_alert(content, used);
    case handshake_type: return take_handshake(content, used);
    default: return fail("a record of an unexpected type", Alert::unexpected_message);
  }
}

/// Every alert is fatal, whatever its level says, but these two (RFC 8446 §6, §6.1).
RecordLayer::Opened RecordLayer::take_alert(std::span<char const> content, std::size_t used) {
  if (content.empty()) return fail("an empty alert", Alert::unexpected_message);
  if (content.size() != 2) return fail("a malformed alert", Alert::decode_error);
  switch (static_cast<Alert>(byte_at(content, 1))) {
    case Alert::close_notify: return {Kind::closed, used};
    case Alert::user_canceled: return take_nothing(used);
    default: return fail("a fatal alert from the peer", std::nullopt);
  }
}

/// A KeyUpdate, which must be alone in its record, for the next one has another key (RFC 8446
/// §5.1). One cut into several records would be allowed; nobody does that, and it is refused.
RecordLayer::Opened RecordLayer::take_handshake(std::span<char const> content, std::size_t used) {
  constexpr std::array<char, 4> start{key_update_message, 0, 0, 1};
  if (content.size() != start.size() + 1 ||
      !std::equal(start.begin(), start.end(), content.begin()))
    return fail("a handshake message after the handshake", Alert::unexpected_message);
  unsigned const request = byte_at(content, start.size());
  if (request > 1) return fail("a KeyUpdate that asks for neither", Alert::illegal_parameter);
  read_.update();
  owes_key_update_ = owes_key_update_ || request == 1;
  return take_nothing(used);
}

RecordLayer::Opened RecordLayer::take_nothing(std::size_t used) {
  ++events_;
  if (is_flood(events_, bytes_read_)) return fail(flood_complaint, Alert::unexpected_message);
  return {Kind::nothing, used};
}

std::size_t RecordLayer::seal_control(unsigned type, std::string_view content, std::span<char> to) {
  Gathered gathered(std::span(&content, 1), 0, content.size());
  return seal_record(write_, type, gathered, to);
}

std::size_t RecordLayer::seal_key_update(std::span<char> to) {
  constexpr std::array<char, 5> not_requested{key_update_message, 0, 0, 1, 0};
  std::size_t const bytes =
      seal_control(handshake_type, {not_requested.data(), not_requested.size()}, to);
  write_.update();
  owes_key_update_ = false;
  return bytes;
}

RecordLayer::Sealed RecordLayer::seal(std::span<std::string_view const> parts, std::size_t skip,
                                      std::span<char> to) {
  Sealed sealed;
  if (owes_key_update_ || write_.sequence() >= records_per_key_) sealed.bytes = seal_key_update(to);
  while (to.size() - sealed.bytes >= longest_own_record) {
    Gathered content(parts, skip + sealed.plain, longest_plaintext);
    if (content.size() == 0) break;
    sealed.bytes += seal_record(write_, data_type, content, to.subspan(sealed.bytes));
    sealed.plain += content.size();
    if (content.size() < longest_plaintext) break;
  }
  return sealed;
}

std::size_t RecordLayer::plain_within(std::size_t unsent, std::size_t plain) {
  if (unsent == 0 || plain == 0) return 0;
  std::size_t const last = (plain - 1) % longest_plaintext + 1;
  std::size_t const before_last = unsent - std::min(unsent, last + overhead);
  std::size_t const full = (before_last + longest_own_record - 1) / longest_own_record;
  return std::min(plain, last + full * longest_plaintext);  // a KeyUpdate in front holds nothing
}

std::size_t RecordLayer::seal_alert(Alert alert, std::span<char> to) {
  bool const is_warning = alert == Alert::close_notify;
  std::array<char, 2> const content{static_cast<char>(is_warning ? 1 : 2),
                                    static_cast<char>(alert)};
  return seal_control(alert_type, {content.data(), content.size()}, to);
}

}  // namespace tidegate::tls
