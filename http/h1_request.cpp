#include "http/authority.h"
#include "http/characters.h"
#include "http/h1_fields.h"
#include "http/h1_head.h"

namespace tidegate::http {
namespace {

constexpr ParseError codec_error{400, "http1.codec_error"};
constexpr ParseError invalid_url{400, "http1.invalid_url"};
constexpr ParseError bad_host{400, "http1.invalid_host"};
constexpr ParseError missing_host{400, "missing_host_header"};
constexpr ParseError too_large{431, "request_headers_too_large"};
constexpr ParseError no_connect{501, "connect_not_supported"};
constexpr ParseError bad_version{505, "http1.version_not_supported"};

/// The text between its first character and the first that is not of the class.
std::string_view leading(CharClass of, std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is_a(of, text[size])) ++size;
  return text.substr(0, size);
}

/// Takes the expected text off the front; false if something else is there.
bool skip(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

/// Exactly `HTTP/1.0` or `HTTP/1.1`; other versions in the same form are unknown to us, the rest is
/// no HTTP. `HTTP/0.9` has no head at all: who writes one means something else.
ParseError read_version(std::string_view text, Version& out) {
  if (text == "HTTP/1.1") {
    out = Version::http11;
    return {};
  }
  if (text == "HTTP/1.0") {
    out = Version::http10;
    return {};
  }
  bool const is_version = text.size() == 8 && text.starts_with("HTTP/") && text[6] == '.' &&
                          is_a(CharClass::digit, text[5]) && is_a(CharClass::digit, text[7]);
  return is_version && text[5] != '0' ? bad_version : codec_error;
}

/// Reads `METHOD target HTTP/x.y CRLF` off the front of `text`.
ParseError read_request_line(std::string_view& text, RequestHead& out) {
  out.method = leading(CharClass::token, text);
  text.remove_prefix(out.method.size());
  if (out.method.empty() || !skip(text, " ")) return codec_error;

  out.target = leading(CharClass::target, text);
  text.remove_prefix(out.target.size());
  if (out.target.empty() || !skip(text, " ")) return invalid_url;

  auto const line_end = text.find('\r');
  if (line_end == std::string_view::npos) return codec_error;
  if (auto error = read_version(text.substr(0, line_end), out.version)) return error;
  text.remove_prefix(line_end);
  return skip(text, "\r\n") ? ParseError{} : codec_error;
}

/// Splits `http://authority/path` and leaves the origin-form in `out.target`.
ParseError read_absolute_form(RequestHead& out) {
  auto const scheme_end = out.target.find("://");
  if (scheme_end == std::string_view::npos) return invalid_url;
  auto const scheme = out.target.substr(0, scheme_end);
  if (!iequals(scheme, "http") && !iequals(scheme, "https")) return invalid_url;

  auto const rest = out.target.substr(scheme_end + 3);
  auto const path_begin = rest.find_first_of("/?");
  out.authority = rest.substr(0, path_begin);
  if (!is_valid_authority(out.authority)) return invalid_url;
  if (path_begin == std::string_view::npos) {
    out.target = out.method == "OPTIONS" ? "*" : "/";  // RFC 9112 §3.2.4
    return {};
  }
  out.target = rest.substr(path_begin);
  // `http://a?q` would need a slash of our own between; clients send it themselves.
  return out.target.front() == '/' ? ParseError{} : invalid_url;
}

/// The four forms of RFC 9112 §3.2. CONNECT's is refused with the method.
ParseError read_target(RequestHead& out) {
  if (out.method == "CONNECT") return no_connect;
  if (out.target.front() == '/') return {};
  if (out.target == "*") return out.method == "OPTIONS" ? ParseError{} : invalid_url;
  return read_absolute_form(out);
}

/// RFC 9112 §3.2: exactly one Host; HTTP/1.0 may do without. `out.authority` holds the target's.
ParseError read_host(FieldSummary const& summary, RequestHead& out) {
  if (summary.hosts > 1) return bad_host;
  if (summary.hosts == 0) {
    if (out.version != Version::http10) return missing_host;
    if (!out.authority.empty()) out.headers.add({"Host", out.authority, FieldId::host});
    return {};
  }
  if (summary.host.empty()) return missing_host;
  if (!is_valid_authority(summary.host)) return bad_host;
  if (!out.authority.empty() && !iequals(out.authority, summary.host)) return bad_host;
  out.authority = summary.host;
  return {};
}

}  // namespace

ParseError parse_request_head(std::string_view head, HeadLimits limits, Underscores underscores,
                              RequestHead& out) {
  if (head.size() > limits.bytes) return too_large;
  if (auto error = read_request_line(head, out)) return error;
  FieldSummary summary;
  if (auto error = parse_fields(head, limits.count, underscores, out.headers, summary)) {
    return error;
  }
  if (auto error = read_target(out)) return error;
  if (auto error = read_host(summary, out)) return error;
  if (auto error = check_connection(summary, out.headers)) return error;
  return read_framing(summary, out.version, out.framing);
}

}  // namespace tidegate::http
