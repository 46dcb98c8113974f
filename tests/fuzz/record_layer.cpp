#include "tls/record_layer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tls/aead.h"

// A client's records and what becomes of them on the way. The input is a list of steps: sound
// records with any content and type, changes to their bytes, and bytes that are no record. Until
// the first change the opener must give exactly what the client sealed; behind it nothing; and
// where the bytes are split must not matter.
namespace tidegate::tls {
namespace {

using Kind = RecordLayer::Opened::Kind;

void require(bool holds, char const* what) {
  if (holds) return;
  std::fputs(what, stderr);
  std::abort();
}

constexpr std::array<unsigned char, TrafficKeys::longest_secret> secret{1, 2, 3};

struct Steps {
  std::string_view rest;

  [[nodiscard]] unsigned byte() {
    if (rest.empty()) return 0;
    auto const value = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    return value;
  }
  [[nodiscard]] std::string_view bytes(std::size_t size) {
    auto const taken = rest.substr(0, size);
    rest.remove_prefix(taken.size());
    return taken;
  }
};

/// What the client sends, and what of it the opener may give.
struct Wire {
  std::string bytes;
  std::string data;         ///< of sound records before anything else
  bool is_altered = false;  ///< `bytes` go on behind what the client sealed
};

void seal_record(TrafficKeys& keys, std::string_view content, char type, std::size_t padding,
                 std::string& to) {
  std::string inner(content);
  inner += type;
  inner.append(padding, '\0');
  auto const size = inner.size() + tag_size;
  std::string record{23, 3, 3, static_cast<char>(size >> 8U), static_cast<char>(size & 0xffU)};
  record.resize(RecordLayer::header_size + size);
  auto* const out = reinterpret_cast<unsigned char*>(record.data());
  std::string_view const part = inner;
  seal(keys, {out, RecordLayer::header_size}, std::span(&part, 1), out + RecordLayer::header_size);
  to += record;
}

/// False when nothing that follows could be opened.
bool take_step(Steps& steps, TrafficKeys& keys, Wire& wire) {
  constexpr char key_update[] = {24, 0, 0, 1, 0};
  unsigned const step = steps.byte();
  auto const content = steps.bytes(steps.byte() * (step & 8U ? 64U : 1U));
  std::size_t const start = wire.bytes.size();
  switch (step & 7U) {
    case 0:
    case 1:
    case 2:
      seal_record(keys, content, 23, step & 0xf0U, wire.bytes);
      wire.data += content;
      return true;
    case 3:
      seal_record(keys, {key_update, sizeof key_update}, 22, step & 0xf0U, wire.bytes);
      keys.update();
      return true;
    case 4:  // anything inside a sound record; it may end the connection or be ignored
      seal_record(keys, content, static_cast<char>(steps.byte()), 0, wire.bytes);
      return false;
    case 5: {  // one byte changed on the way
      seal_record(keys, content, 23, 0, wire.bytes);
      auto& victim = wire.bytes[start + steps.byte() % (wire.bytes.size() - start)];
      auto const change = static_cast<char>(steps.byte());
      victim = static_cast<char>(victim ^ (change != 0 ? change : 1));
      wire.is_altered = true;
      return false;
    }
    default:
      wire.bytes += content;
      wire.is_altered = true;
      return false;
  }
}

struct Outcome {
  std::string data;
  Kind last = Kind::incomplete;
};

Outcome open_all(Suite suite, std::string bytes, std::size_t piece) {
  auto const own = std::span(secret).first(secret_size(suite));
  RecordLayer layer({suite, own, own});
  Outcome outcome;
  std::size_t begin = 0;
  for (std::size_t end = 0; end < bytes.size();) {
    end = std::min(bytes.size(), end + piece);
    while (begin < end) {
      auto const rest = std::span(bytes).subspan(begin, end - begin);
      bool const is_short = RecordLayer::missing(rest) != 0;
      auto const opened = layer.open(rest);
      outcome.last = opened.kind;
      require(!is_short || opened.kind == Kind::incomplete || opened.kind == Kind::failed,
              "a record that is not whole was opened");
      if (opened.kind == Kind::closed || opened.kind == Kind::failed) return outcome;
      if (opened.kind == Kind::incomplete) break;
      require(opened.used != 0 && opened.used <= rest.size(), "more used than was there");
      require(opened.data.size() <= RecordLayer::longest_plaintext, "too much in one record");
      outcome.data.append(opened.data.begin(), opened.data.end());
      begin += opened.used;
    }
  }
  return outcome;
}

void run(Steps steps) {
  auto const head = steps.byte();
  auto const suite = static_cast<Suite>(head % 3);
  std::size_t const piece = 1 + head / 3;
  TrafficKeys keys(suite, std::span(secret).first(secret_size(suite)), 0);
  Wire wire;
  bool is_sound = true;
  for (int count = 0; is_sound && !steps.rest.empty() && count < 100; ++count)
    is_sound = take_step(steps, keys, wire);
  auto const whole = open_all(suite, wire.bytes, wire.bytes.size());
  auto const pieces = open_all(suite, wire.bytes, piece);
  require(whole.data == pieces.data && whole.last == pieces.last, "the split changes the outcome");
  require(whole.data.compare(0, wire.data.size(), wire.data) == 0, "sound data was lost");
  if (is_sound || wire.is_altered)
    require(whole.data == wire.data, "data that the client did not send");
  if (is_sound) require(whole.last != Kind::failed, "sound records were refused");
}

}  // namespace
}  // namespace tidegate::tls

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace tidegate::tls;
  run(Steps{{reinterpret_cast<char const*>(data), size}});
  return 0;
}
