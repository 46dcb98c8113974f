#include "http/uri.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "http/characters.h"

namespace tidegate::http {
namespace {

/// A path being rewritten in place: it never grows.
struct Buffer {
  char* text;
  std::size_t size;
  [[nodiscard]] std::string_view view() const { return {text, size}; }
};

/// A path of plain segments can be used as it is. Cautious: `/.well-known` is looked at closely.
bool is_plain(std::string_view path) {
  char before = 0;
  for (char c : path) {
    if (c == '%' || c == '\\') return false;
    if (before == '/' && (c == '/' || c == '.')) return false;
    before = c;
  }
  return true;
}

constexpr char upper_hex(int digit) { return "0123456789ABCDEF"[digit]; }

enum class Decoded : std::uint8_t { ok, bad, had_escaped_slash };

/// Decodes `path` into `out`, which has room for as many characters.
Decoded decode(std::string_view path, Escapes escaped_slashes, Buffer& out) {
  auto result = Decoded::ok;
  out.size = 0;
  auto const put = [&out](char c) { out.text[out.size++] = c; };
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      put(path[i] == '\\' ? '/' : path[i]);
      continue;
    }
    if (path.size() - i < 3) return Decoded::bad;
    int const high = hex_digit(path[i + 1]);
    int const low = hex_digit(path[i + 2]);
    i += 2;
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return Decoded::bad;
    char const c = static_cast<char>(high * 16 + low);
    bool const is_slash = c == '/' || c == '\\';
    if (is_slash && escaped_slashes == Escapes::reject) return Decoded::bad;
    if (is_slash && escaped_slashes != Escapes::keep) {
      result = Decoded::had_escaped_slash;
      put('/');
    } else if (is_a(CharClass::unreserved, c)) {
      put(c);
    } else {
      put('%');
      put(upper_hex(high));
      put(upper_hex(low));
    }
  }
  return result;
}

/// Would another reader find a dot segment in this one? Servlet containers cut `;parameters` off
/// before they resolve dots, others decode slashes late.
bool hides_dots(std::string_view segment) {
  for (std::size_t begin = 0; begin <= segment.size();) {
    auto const end =
        std::min({segment.find("%2F", begin), segment.find("%5C", begin), segment.size()});
    auto const piece = segment.substr(begin, end - begin);
    auto const name = piece.substr(0, std::min(piece.find(';'), piece.find("%3B")));
    bool const is_dots = name == "." || name == "..";
    if (is_dots && name.size() != segment.size()) return true;
    begin = end + 3;
  }
  return false;
}

/// Resolves `.` and `..` (RFC 3986 §5.2.4), but refuses to go above the root. An empty segment is
/// one like others, as in Envoy: `/a//../b` is `/a/b`.
bool resolve_dots(Buffer& path) {
  auto const all = path.view();
  std::size_t written = 1;  // always ends in a slash where a segment begins
  for (std::size_t begin = 1; begin <= all.size();) {
    auto const end = std::min(all.find('/', begin), all.size());
    auto const segment = all.substr(begin, end - begin);
    begin = end + 1;
    if (segment == ".") continue;
    if (segment == "..") {
      if (written == 1) return false;
      written = all.substr(0, written - 1).rfind('/') + 1;
      continue;
    }
    if (hides_dots(segment)) return false;
    std::copy(segment.begin(), segment.end(), path.text + written);
    written += segment.size();
    if (end < all.size()) path.text[written++] = '/';
  }
  path.size = written;
  return true;
}

void merge_slashes(Buffer& path) {
  char* const end = std::unique(path.text, path.text + path.size,
                                [](char a, char b) { return a == '/' && b == '/'; });
  path.size = static_cast<std::size_t>(end - path.text);
}

NormalPath rewrite(RequestHead& head, std::string_view raw_path, std::string_view tail,
                   PathRules rules, Arena& arena) {
  using Outcome = NormalPath::Outcome;
  Buffer path{arena.allocate(head.target.size()), 0};
  auto const decoded = decode(raw_path, rules.escaped_slashes, path);
  if (decoded == Decoded::bad || !resolve_dots(path)) return {Outcome::bad};
  if (rules.merge_slashes) merge_slashes(path);

  std::copy(tail.begin(), tail.end(), path.text + path.size);
  head.target = {path.text, path.size + tail.size()};
  head.path = path.view();
  head.query = tail.empty() ? tail : head.target.substr(path.size + 1);
  bool const shall_redirect = decoded == Decoded::had_escaped_slash &&
                              rules.escaped_slashes == Escapes::unescape_and_redirect;
  if (!shall_redirect) return {Outcome::ok};
  // `Location: //evil.example` would lead away from here.
  return {head.path.starts_with("//") ? Outcome::bad : Outcome::redirect};
}

}  // namespace

NormalPath normalize_target(RequestHead& head, PathRules rules, Arena& arena) {
  using Outcome = NormalPath::Outcome;
  if (head.target == "*") {
    head.path = head.target;
    head.query = {};
    return {Outcome::ok};
  }
  // HTTP/1 targets were checked when read; HTTP/2 lets more through.
  if (!head.target.starts_with('/') || !is_all(CharClass::target, head.target)) {
    return {Outcome::bad};
  }
  auto const question = std::min(head.target.find('?'), head.target.size());
  auto const path = head.target.substr(0, question);
  auto const tail = head.target.substr(question);
  if (!is_plain(path)) return rewrite(head, path, tail, rules, arena);
  head.path = path;
  head.query = tail.empty() ? tail : tail.substr(1);
  return {Outcome::ok};
}

}  // namespace tidegate::http
