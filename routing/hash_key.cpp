#include "routing/hash_key.h"

#include <charconv>
#include <chrono>

#include "http/characters.h"
#include "routing/hash.h"

namespace tidegate::routing {
namespace {

using Found = std::optional<std::string_view>;

/// `rest` up to the next `separator`, which is taken from it.
std::string_view take(std::string_view& rest, char separator) {
  auto const end = rest.find(separator);
  auto const piece = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return piece;
}

/// The values of all fields of this name, one after the other.
std::optional<std::uint64_t> hash_of_header(http::RequestHead const& request,
                                            std::string_view name) {
  std::optional<std::uint64_t> hash;
  for (auto const& field : request.headers) {
    if (http::iequals(field.name, name)) hash = hash_of(field.value, hash.value_or(0));
  }
  return hash;
}

/// RFC 6265 §5.4. HTTP/2 clients may send a field for each cookie.
Found find_cookie(http::RequestHead const& request, std::string_view name) {
  for (auto const& field : request.headers) {
    if (!http::iequals(field.name, "cookie")) continue;
    for (auto rest = field.value; !rest.empty();) {
      auto value = take(rest, ';');
      if (http::trim(take(value, '=')) != name) continue;
      value = http::trim(value);
      bool const is_quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
      return is_quoted ? value.substr(1, value.size() - 2) : value;
    }
  }
  return std::nullopt;
}

Found find_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    auto value = take(query, '&');
    if (take(value, '=') == name) return value;
  }
  return std::nullopt;
}

/// RFC 6265 §4.1, as Envoy writes it.
std::string attributes_of(config::istio::HashCookie const& cookie) {
  using std::chrono::seconds;
  std::string text;
  auto const age = std::chrono::duration_cast<seconds>(cookie.ttl.value_or(seconds{0})).count();
  if (age > 0) text += "; Max-Age=" + std::to_string(age);
  if (!cookie.path.empty()) text += "; Path=" + cookie.path;
  text += "; HttpOnly";
  for (auto const& [name, value] : cookie.attributes) {
    text += "; " + name;
    if (!value.empty()) text += '=' + value;
  }
  return text;
}

}  // namespace

HashKey::HashKey(config::istio::ConsistentHash const& written)
    : kind_(written.key), name_(written.name) {
  if (kind_ != Kind::cookie) return;
  name_ = written.cookie.name;
  attributes_ = attributes_of(written.cookie);
  makes_cookies_ = written.cookie.ttl.has_value();
}

std::optional<std::uint64_t> HashKey::of(http::RequestHead const& request,
                                         std::string_view client) const {
  Found found;
  switch (kind_) {
    case Kind::header: return hash_of_header(request, name_);
    case Kind::cookie: found = find_cookie(request, name_); break;
    case Kind::query_parameter: found = find_parameter(request.query, name_); break;
    case Kind::source_ip: found = client; break;
  }
  return found ? std::optional(hash_of(*found)) : std::nullopt;
}

HashKey::Cookie HashKey::make_cookie(std::string_view remote, std::string_view local,
                                     http::Arena& arena) const {
  char digits[16];
  auto const hash = hash_of(arena.concat({remote, local}));
  auto const end = std::to_chars(digits, digits + sizeof digits, hash, 16).ptr;
  std::string_view const value(digits, static_cast<std::size_t>(end - digits));
  return {arena.concat({name_, "=\"", value, "\"", attributes_}), hash_of(value)};
}

}  // namespace tidegate::routing
