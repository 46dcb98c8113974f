#include "routing/matcher.h"

#include <algorithm>
#include <optional>

#include "config/scalars.h"
#include "routing/request_field.h"

namespace tidegate::routing {

namespace {

using Kind = config::StringMatch::Kind;

/// The value of a field, several of them joined with a comma (RFC 9110 §5.3), cookies with `; `
/// (RFC 9113 §8.2.3). `joined` is only touched, and memory only allocated, when there are several.
std::optional<std::string_view> header_value(http::RequestHead const& request,
                                             std::string_view name, std::string& joined) {
  if (auto const pseudo = pseudo_header(request, name)) return pseudo;
  std::optional<std::string_view> value;
  for (http::Field const& field : request.headers) {
    if (!http::iequals(field.name, name)) continue;
    if (!value) {
      value = field.value;
      continue;
    }
    if (joined.empty()) joined = *value;
    joined += field.id == http::FieldId::cookie ? "; " : ",";
    joined += field.value;
    value = joined;
  }
  return value;
}

/// The first parameter with this name, not decoded (as in Envoy); `key` without `=` has the value
/// "".
std::optional<std::string_view> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    std::size_t const end = query.find('&');
    std::string_view const pair = query.substr(0, end);
    std::size_t const equals = pair.find('=');
    if (pair.substr(0, equals) == name)
      return equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return std::nullopt;
}

bool matches_header(http::RequestHead const& request, std::string_view name,
                    TextMatcher const& expected) {
  std::string joined;
  auto const value = header_value(request, name, joined);
  return value && expected.matches(*value);
}

/// Envoy's `invert_match` with `treat_missing_header_as_empty`, as Istio sets them.
bool matches_without(http::RequestHead const& request, std::string_view name,
                     TextMatcher const& unwanted) {
  std::string joined;
  auto const value = header_value(request, name, joined);
  if (unwanted.is_presence()) return !value;
  return !unwanted.matches(value.value_or(std::string_view{}));
}

}  // namespace

TextMatcher::TextMatcher(config::StringMatch const& match, Case letters, std::string& error)
    : kind_(match.kind), letters_(letters), value_(match.value) {
  if (kind_ == Kind::regex) regex_ = Regex::shared(value_, error);
}

std::string TextMatcher::literal_prefix() const {
  if (kind_ == Kind::regex) return regex_ ? regex_->literal_prefix() : std::string();
  return value_;
}

bool TextMatcher::matches(std::string_view text) const {
  switch (kind_) {
    case Kind::presence: return true;
    case Kind::exact:
      return letters_ == Case::sensitive ? text == value_ : http::iequals(text, value_);
    case Kind::prefix:
      if (letters_ == Case::sensitive) return text.starts_with(value_);
      return http::iequals(text.substr(0, value_.size()), value_);
    case Kind::regex: return regex_ && regex_->matches(text);
  }
  return false;
}

Matcher::Matcher(config::istio::HttpMatch const& match, config::Diagnostics& diagnostics) {
  using Case = TextMatcher::Case;
  auto const compiled = [&](config::StringMatch const& text, Case letters) {
    std::string error;
    TextMatcher matcher(text, letters, error);
    if (!error.empty()) diagnostics.error(text.origin.where, text.origin.path, error);
    return matcher;
  };
  auto const add = [&](std::optional<config::StringMatch> const& from, Case letters,
                       std::vector<TextMatcher>& to) {
    // Without a kind it is no condition: every request has a path, a method and an authority.
    if (from && from->kind != Kind::presence) to.push_back(compiled(*from, letters));
  };
  auto const add_all = [&](std::vector<std::pair<std::string, config::StringMatch>> const& from,
                           std::vector<Named>& to) {
    for (auto const& [name, text] : from)
      to.push_back({config::to_lower(name), compiled(text, Case::sensitive)});
  };

  add(match.uri, match.ignore_uri_case ? Case::insensitive : Case::sensitive, path_);
  add(match.scheme, Case::sensitive, scheme_);
  add(match.method, Case::sensitive, method_);
  add(match.authority, Case::sensitive, authority_);
  add_all(match.headers, headers_);
  add_all(match.without_headers, without_headers_);
  for (auto const& [name, text] : match.query_params)
    query_.push_back({name, compiled(text, Case::sensitive)});
}

bool Matcher::matches(http::RequestHead const& request) const {
  if (!path_.empty() && !path_.front().matches(request.path)) return false;
  if (!scheme_.empty() && !scheme_.front().matches(request.scheme)) return false;
  if (!method_.empty() && !method_.front().matches(request.method)) return false;
  if (!authority_.empty() && !authority_.front().matches(request.authority)) return false;
  for (Named const& header : headers_)
    if (!matches_header(request, header.name, header.value)) return false;
  for (Named const& header : without_headers_)
    if (!matches_without(request, header.name, header.value)) return false;
  return std::all_of(query_.begin(), query_.end(), [&](Named const& parameter) {
    auto const value = query_value(request.query, parameter.name);
    return value && parameter.value.matches(*value);
  });
}

bool Matcher::is_catch_all() const {
  if (!scheme_.empty() || !method_.empty() || !authority_.empty() || !headers_.empty() ||
      !without_headers_.empty() || !query_.empty())
    return false;
  if (path_.empty()) return true;
  TextMatcher const& path = path_.front();
  if (path.kind() == Kind::prefix) return path.value().empty() || path.value() == "/";
  return path.kind() == Kind::regex && path.value() == ".*";
}

}  // namespace tidegate::routing
