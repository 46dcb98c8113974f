#include "config/istio/decode.h"

#include <algorithm>
#include <utility>

#include "config/istio/not_served.h"
#include "config/names.h"
#include "config/scalars.h"

namespace tidegate::config::istio {
namespace {

constexpr std::size_t max_regex_bytes = 1024;  // istio: validation.go, validateStringRegexp

constexpr std::array<std::pair<std::string_view, Protocol>, 12> protocols{{
    {"http", Protocol::http},
    {"http2", Protocol::http2},
    {"grpc", Protocol::grpc},
    {"grpc-web", Protocol::grpc_web},
    {"https", Protocol::https},
    {"tls", Protocol::tls},
    {"tcp", Protocol::tcp},
    {"mongo", Protocol::other},
    {"redis", Protocol::other},
    {"mysql", Protocol::other},
    {"udp", Protocol::other},
    {"http_proxy", Protocol::other},
}};

}  // namespace

std::optional<Protocol> parse_protocol(std::string_view text) {
  std::string const name = to_lower(text);
  auto const found = std::find_if(protocols.begin(), protocols.end(),
                                  [&](auto const& known) { return known.first == name; });
  if (found == protocols.end()) return std::nullopt;
  return found->second;
}

std::vector<Sourced<std::string>> read_hosts(std::optional<Value> const& list) {
  std::vector<Sourced<std::string>> hosts;
  if (!list) return hosts;
  for (Value const& value : list->items()) {
    auto const text = value.text();
    if (!text) continue;
    std::string host = to_lower(*text);
    if (!is_host_pattern(host)) {
      value.expected("a host such as www.example.com, *.example.com or *");
      continue;
    }
    hosts.push_back({std::move(host), value.origin()});
  }
  return hosts;
}

std::optional<StringMatch> read_string_match(Value const& value, Presence presence) {
  bool const allows_presence = presence == Presence::is_allowed;
  bool const is_empty =
      value.node().is_null() || (value.node().is_map() && value.node().children.empty());
  StringMatch match{StringMatch::Kind::presence, "", value.origin()};
  if (is_empty && allows_presence) return match;

  constexpr std::array<std::pair<std::string_view, StringMatch::Kind>, 3> kinds{{
      {"exact", StringMatch::Kind::exact},
      {"prefix", StringMatch::Kind::prefix},
      {"regex", StringMatch::Kind::regex},
  }};
  std::size_t given = 0;
  Fields fields(value);
  for (auto const& [name, kind] : kinds) {
    auto const field = fields.find(name);
    if (!field) continue;
    ++given;
    auto text = field->text();
    if (!text) return std::nullopt;
    if (kind == StringMatch::Kind::regex && text->size() > max_regex_bytes) {
      field->error("a regex may have at most 1024 bytes");
      return std::nullopt;
    }
    match = {kind, std::move(*text), field->origin()};
  }
  fields.report_unknown();
  if (given != 1) {
    if (value.node().is_map()) value.error("expected exactly one of exact, prefix and regex");
    return std::nullopt;
  }
  if (allows_presence && match.kind == StringMatch::Kind::regex && match.value == "*") {
    match.kind = StringMatch::Kind::presence;
    match.value.clear();
  }
  return match;
}

std::vector<std::string> read_export_to(Fields& fields) {
  std::vector<std::string> names;
  auto const list = fields.find("exportTo");
  if (!list) return names;
  for (Value const& value : list->items()) {
    auto name = value.text();
    if (!name) continue;
    if (*name != "*" && *name != "." && *name != "~" && !is_dns_label(*name)) {
      value.expected("a namespace, `.` for this one, `*` for all or `~` for none");
      continue;
    }
    names.push_back(std::move(*name));
  }
  bool const is_everywhere =
      std::all_of(names.begin(), names.end(), [](std::string const& name) { return name == "*"; });
  if (is_everywhere) names.clear();
  if (not_served::narrow_exports && !names.empty()) list->not_supported(Severity::warning);
  return names;
}

}  // namespace tidegate::config::istio
