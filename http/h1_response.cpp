#include "http/characters.h"
#include "http/h1_fields.h"
#include "http/h1_head.h"

namespace tidegate::http {
namespace {

constexpr ParseError codec_error{502, "http1.codec_error"};
constexpr ParseError too_large{502, "response_headers_too_large"};

/// An origin's error is not the client's: the same finding, another status.
ParseError as_upstream_error(ParseError error) { return {502, error.details}; }

bool is_text(std::string_view text) {
  char const* const end = text.data() + text.size();
  char const* at = find_control(text.data(), end);
  while (at != end && *at == '\t') at = find_control(at + 1, end);
  return at == end;
}

/// Reads `HTTP/1.x NNN reason CRLF` off the front. The blank before an empty reason may be missing:
/// widespread, and harmless.
bool read_status_line(std::string_view& text, ResponseHead& out) {
  auto const line_end = text.find("\r\n");
  if (line_end == std::string_view::npos) return false;
  auto const line = text.substr(0, line_end);
  text.remove_prefix(line_end + 2);

  if (line.starts_with("HTTP/1.1 ")) {
    out.version = Version::http11;
  } else if (line.starts_with("HTTP/1.0 ")) {
    out.version = Version::http10;
  } else {
    return false;
  }
  auto const code = line.substr(9, 3);
  if (code.size() != 3 || !is_all(CharClass::digit, code) || code.front() == '0') return false;
  out.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');

  auto const rest = line.substr(12);
  if (rest.empty()) return true;
  out.reason = rest.substr(1);
  return rest.front() == ' ' && is_text(out.reason);
}

/// RFC 9112 §6.3, points 1 and 2.
bool has_no_body(int status, std::string_view request_method) {
  return request_method == "HEAD" || status < 200 || status == 204 || status == 304;
}

}  // namespace

ParseError parse_response_head(std::string_view head, HeadLimits limits,
                               std::string_view request_method, ResponseHead& out) {
  if (head.size() > limits.bytes) return too_large;
  if (!read_status_line(head, out)) return codec_error;
  FieldSummary summary;
  if (auto error = parse_fields(head, limits.count, Underscores::allow, out.headers, summary)) {
    return as_upstream_error(error);
  }
  // Judged even where there is no body: an origin that contradicts itself is not to be trusted.
  if (auto error = read_framing(summary, out.version, out.framing)) return as_upstream_error(error);
  if (auto error = check_connection(summary, out.headers)) return as_upstream_error(error);
  if (has_no_body(out.status, request_method)) {
    out.framing = Framing::none();
  } else if (out.framing.kind == Framing::Kind::none) {
    out.framing = Framing::until_close();
  }
  return {};
}

}  // namespace tidegate::http
