#include <string_view>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "config/names.h"
#include "config/scalars.h"
#include "config/settings_reader.h"

namespace tidegate::config {
namespace {

// Serving one of these deletes it here.
std::vector<NotServed> const api_not_served = {{"rate_limit"}};

// In the order of the enum; `header:NAME` is the fourth.
constexpr std::string_view by_names[] = {"gateway", "host", "client"};

void read_by(Value const& value, RateLimit& limit) {
  constexpr std::string_view header_prefix = "header:";
  auto const text = value.text();
  if (!text) return;
  for (std::size_t i = 0; i < std::size(by_names); ++i) {
    if (*text != by_names[i]) continue;
    limit.by = static_cast<RateLimit::By>(i);
    return;
  }
  std::string name = to_lower(*text);
  bool const has_name =
      name.starts_with(header_prefix) && is_header_name(name.substr(header_prefix.size()));
  if (!has_name) return value.expected("gateway, host, client or header:NAME");
  limit.by = RateLimit::By::header;
  limit.header = name.substr(header_prefix.size());
}

/// A number of requests a second, or a mapping that says all of it.
RateLimit read_rate_limit(Value const& value) {
  RateLimit limit;
  if (!value.node().is_map()) {
    limit.requests = static_cast<std::uint32_t>(value.integer(uint32_range).value_or(0));
    limit.burst = limit.requests;
    return limit;
  }
  Fields fields(value);
  if (auto const requests = fields.require("requests")) {
    limit.requests = static_cast<std::uint32_t>(requests->integer(uint32_range).value_or(0));
  }
  limit.per = fields.duration("per", Zero::is_rejected).value_or(limit.per);
  limit.burst = fields.integer("burst", limit.requests, Range{1, uint32_range.max});
  if (auto const by = fields.find("by")) read_by(*by, limit);
  fields.report_unknown();
  return limit;
}

/// `scheme://host[:port]`, as browsers send it.
bool is_origin(std::string_view text) {
  if (text == "*") return true;
  auto const scheme_end = text.find("://");
  if (scheme_end == text.npos || scheme_end == 0) return false;
  auto const rest = text.substr(scheme_end + 3);
  return !rest.empty() && rest.find_first_of("/?#@* ") == rest.npos;
}

std::vector<std::string> read_origins(Fields& fields) {
  std::vector<std::string> origins;
  for (Value const& value : fields.items("cors_origins")) {
    auto const text = value.text();
    if (!text) continue;
    std::string origin = to_lower(*text);
    if (is_origin(origin)) {
      origins.push_back(std::move(origin));
    } else {
      value.expected("an origin such as https://app.example.com, without a path, or *");
    }
  }
  return origins;
}

}  // namespace

ApiSettings read_api_settings(Value const& value) {
  Fields fields(value);
  ApiSettings api;
  if (auto const limit = fields.find("rate_limit")) api.rate_limit = read_rate_limit(*limit);
  api.timeout = fields.duration("timeout", Zero::is_allowed).value_or(api.timeout);
  api.cors_origins = read_origins(fields);
  fields.report_not_served(api_not_served);
  fields.report_unknown();
  return api;
}

}  // namespace tidegate::config
