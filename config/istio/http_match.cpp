#include <algorithm>
#include <utility>

#include "config/istio/decode.h"
#include "config/scalars.h"

namespace tidegate::config::istio {
namespace {

constexpr NoEffect without_effect[] = {
    {"statPrefix", "it names statistics of Envoy's, which this gateway does not have"},
};

std::optional<StringMatch> read_match_field(Fields& fields, std::string_view name) {
  auto const field = fields.find(name);
  if (!field) return std::nullopt;
  return read_string_match(*field, Presence::is_rejected);
}

using NamedMatches = std::vector<std::pair<std::string, StringMatch>>;

/// A map from names to StringMatches, in the file's order.
NamedMatches read_named_matches(Fields& fields, std::string_view name) {
  NamedMatches matches;
  auto const field = fields.find(name);
  if (!field) return matches;
  for (Value const& value : field->entries()) {
    if (value.node().key.empty()) {
      value.error("the name is empty");
      continue;
    }
    auto match = read_string_match(value, Presence::is_allowed);
    if (match) matches.emplace_back(value.node().key, std::move(*match));
  }
  return matches;
}

/// Header names are case-insensitive. `@request.auth.claims.x` asks for JWT claims.
NamedMatches read_header_matches(Fields& fields, std::string_view name) {
  NamedMatches matches = read_named_matches(fields, name);
  for (auto& [header, match] : matches) {
    header = to_lower(header);
    if (!header.starts_with('@')) continue;
    fields.value().context().diagnostics.error(match.origin.where, match.origin.path,
                                               "not supported yet: " + match.origin.path);
  }
  return matches;
}

}  // namespace

HttpMatch read_http_match(Value const& value) {
  Fields fields(value);
  HttpMatch match;
  match.origin = value.origin();
  match.name = fields.text("name");
  match.uri = read_match_field(fields, "uri");
  match.method = read_match_field(fields, "method");
  match.authority = read_match_field(fields, "authority");
  match.headers = read_header_matches(fields, "headers");
  match.without_headers = read_header_matches(fields, "withoutHeaders");
  match.query_params = read_named_matches(fields, "queryParams");
  match.scheme = read_match_field(fields, "scheme");
  if (auto const port = fields.find("port")) {
    auto const number = port->integer(port_range);
    if (number) match.port = static_cast<std::uint32_t>(*number);
  }
  match.gateways = fields.sourced_texts("gateways");
  match.source_labels = fields.text_map("sourceLabels");
  match.source_namespace = fields.sourced_text("sourceNamespace");
  match.ignore_uri_case = fields.flag("ignoreUriCase");
  if (match.ignore_uri_case && match.uri && match.uri->kind == StringMatch::Kind::regex) {
    value.warning("ignoreUriCase has no effect on a regex; begin it with (?i)");
  }
  fields.report_no_effect(without_effect);
  fields.report_unknown();
  return match;
}

}  // namespace tidegate::config::istio
