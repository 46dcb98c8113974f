#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/http/relay.h"

// One HTTP/1 message: the first byte chooses its direction and where it is split in two, the rest
// are its bytes. What was accepted must not depend on the split, and what is written of it must be
// read again as the same message, to its last byte.
namespace tidegate::http::relay {
namespace {

void require(bool holds, char const* what) {
  if (holds) return;
  std::fputs(what, stderr);
  std::abort();
}

bool is_same(Headers const& a, Headers const& b) {
  if (a.size() != b.size()) return false;
  for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) {
    if (x->name != y->name || x->value != y->value || x->id != y->id) return false;
  }
  return true;
}

/// What was written may be more than what was read, by the fields that a proxy adds.
constexpr HeadLimits roomy{.bytes = 128 * 1024, .count = 200};

/// The fields that the writer does not write itself.
Headers without_own(Headers headers) {
  headers.remove(FieldId::connection);
  headers.remove(FieldId::content_length);
  headers.remove(FieldId::transfer_encoding);
  return headers;
}

/// Would any reader, however lenient, find another line end in what is written?
void require_clean_lines(std::string_view head) {
  for (std::size_t i = 0; i < head.size(); ++i) {
    require(head[i] != '\0', "NUL written");
    if (head[i] == '\r') require(i + 1 < head.size() && head[i + 1] == '\n', "bare CR written");
    if (head[i] == '\n') require(i > 0 && head[i - 1] == '\r', "bare LF written");
  }
}

template <class M>
void require_same_outcome(M const& a, M const& b) {
  require(a.verdict() == b.verdict(), "the split changes the verdict");
  require(a.status() == b.status(), "the split changes the status");
  if (a.verdict() != Verdict::forwarded) return;
  require(a.consumed() == b.consumed(), "the split changes the end");
  require(a.written() == b.written(), "the split changes the message");
}

void request(std::string_view bytes, std::size_t split) {
  for (auto forwarding : {Request::Forwarding::none, Request::Forwarding::edge}) {
    Request whole(forwarding);
    whole.feed(bytes);
    Request pieces(forwarding);
    pieces.feed(bytes.substr(0, split));
    pieces.feed(bytes.substr(split));
    require_same_outcome(whole, pieces);
    if (whole.verdict() != Verdict::forwarded) continue;
    require(whole.consumed() <= bytes.size(), "more used up than was there");

    auto const written = whole.written();
    auto const head_end = written.find("\r\n\r\n");
    require(head_end != std::string::npos, "a head without end was written");
    require_clean_lines(std::string_view(written).substr(0, head_end + 2));
    // HTTP/1.0 may lack a Host; an empty one is written then, and not read by ourselves.
    if (whole.head().authority.empty()) continue;
    Request again(Request::Forwarding::none);
    again.limit(roomy);
    again.feed(written);
    require(again.verdict() == Verdict::forwarded, "what was written is refused");
    require(again.consumed() == written.size(), "what was written is more than one message");
    require(again.written() == written, "what was written is read as something else");
    auto const& a = whole.head();
    auto const& b = again.head();
    require(a.method == b.method && a.target == b.target && a.authority == b.authority,
            "the request changed");
    require(a.framing.kind == b.framing.kind && a.framing.length == b.framing.length,
            "the framing changed");
    require(is_same(without_own(a.headers), without_own(b.headers)), "the fields changed");
  }
}

void response(std::string_view bytes, std::size_t split, std::string_view method) {
  Response whole(method);
  whole.feed(bytes);
  Response pieces(method);
  pieces.feed(bytes.substr(0, split));
  pieces.feed(bytes.substr(split));
  require_same_outcome(whole, pieces);
  if (whole.verdict() != Verdict::forwarded) return;

  auto const written = whole.written();
  require_clean_lines(std::string_view(written).substr(0, written.find("\r\n\r\n") + 2));
  Response again(method);
  again.limit(roomy);
  again.feed(written);
  require(again.verdict() == Verdict::forwarded, "what was written is refused");
  require(again.consumed() == written.size(), "what was written is more than one message");
  require(again.head().status == whole.head().status, "the status changed");
  require(is_same(without_own(whole.head().headers), without_own(again.head().headers)),
          "the fields changed");
}

}  // namespace
}  // namespace tidegate::http::relay

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace tidegate::http::relay;
  if (size == 0) return 0;
  std::string_view const bytes(reinterpret_cast<char const*>(data) + 1, size - 1);
  std::size_t const split = bytes.size() * (data[0] >> 2U) / 63;
  switch (data[0] & 3U) {
    case 0:
    case 1: request(bytes, split); break;
    case 2: response(bytes, split, "GET"); break;
    default: response(bytes, split, "HEAD"); break;
  }
  return 0;
}
