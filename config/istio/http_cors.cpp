#include <algorithm>
#include <string_view>
#include <utility>

#include "config/istio/decode.h"
#include "config/names.h"

namespace tidegate::config::istio {
namespace {

using UnmatchedPreflights = CorsPolicy::UnmatchedPreflights;

constexpr std::string_view methods[] = {"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
                                        "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"};
constexpr std::string_view preflight_names[] = {"UNSPECIFIED", "FORWARD", "IGNORE"};

/// Envoy takes the exact text `*` for every origin.
StringMatch origin_match(StringMatch match) {
  bool const is_any = match.kind == StringMatch::Kind::exact && match.value == "*";
  if (is_any) match = {StringMatch::Kind::presence, "", std::move(match.origin)};
  return match;
}

std::vector<StringMatch> read_origins(Fields& fields) {
  std::vector<StringMatch> origins;
  auto const list = fields.find("allowOrigins");
  auto const deprecated = fields.find("allowOrigin");
  if (list && deprecated) {
    deprecated->warning("deprecated, ignored because `allowOrigins` is given as well");
  } else if (deprecated) {
    deprecated->warning("deprecated; write allowOrigins: [{exact: …}]");
    for (Value const& value : deprecated->items()) {
      auto text = value.text();
      if (!text) continue;
      origins.push_back(origin_match({StringMatch::Kind::exact, std::move(*text), value.origin()}));
    }
  }
  if (!list) return origins;
  for (Value const& value : list->items()) {
    auto match = read_string_match(value, Presence::is_rejected);
    if (match) origins.push_back(origin_match(std::move(*match)));
  }
  return origins;
}

std::vector<std::string> read_methods(Fields& fields) {
  std::vector<std::string> list;
  for (Value const& value : fields.items("allowMethods")) {
    auto method = value.text();
    if (!method) continue;
    bool const is_known =
        std::find(std::begin(methods), std::end(methods), *method) != std::end(methods);
    if (is_known) {
      list.push_back(std::move(*method));
    } else {
      value.expected("a method such as GET, or *");
    }
  }
  return list;
}

std::vector<std::string> read_header_names(Fields& fields, std::string_view name) {
  std::vector<std::string> names;
  for (Value const& value : fields.items(name)) {
    auto header = value.text();
    if (!header) continue;
    if (is_header_name(*header)) {
      names.push_back(std::move(*header));
    } else {
      value.expected("the name of a header");
    }
  }
  return names;
}

std::optional<std::chrono::seconds> read_max_age(Fields& fields) {
  auto const field = fields.find("maxAge");
  auto const age = field ? field->duration(Zero::is_allowed) : std::nullopt;
  if (!age) return std::nullopt;
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(*age);
  if (seconds != *age) field->expected("a duration of whole seconds");
  return seconds;
}

}  // namespace

CorsPolicy read_cors_policy(Value const& value) {
  Fields fields(value);
  CorsPolicy cors;
  cors.origin = value.origin();
  cors.allow_origins = read_origins(fields);
  cors.allow_methods = read_methods(fields);
  cors.allow_headers = read_header_names(fields, "allowHeaders");
  cors.expose_headers = read_header_names(fields, "exposeHeaders");
  cors.max_age = read_max_age(fields);
  cors.allow_credentials = fields.flag("allowCredentials");
  if (auto const field = fields.find("unmatchedPreflights")) {
    bool const is_ignored = field->index_in(preflight_names) == std::size_t{2};
    cors.unmatched_preflights =
        is_ignored ? UnmatchedPreflights::ignore : UnmatchedPreflights::forward;
  }
  fields.report_unknown();
  return cors;
}

}  // namespace tidegate::config::istio
