#include "routing/policies/cors.h"

#include <algorithm>

namespace tidegate::routing {

namespace {

std::string joined(std::vector<std::string> const& list) {
  std::string text;
  for (std::string const& item : list) text += (text.empty() ? "" : ",") + item;
  return text;
}

void set(http::Headers& headers, std::string_view name, std::string_view value) {
  if (!value.empty()) headers.set(name, value);
}

Reply preflight_reply() { return {.status = 200, .details = "cors_response"}; }

}  // namespace

Cors::Cors(config::istio::CorsPolicy const& policy, Report& report)
    : methods_(joined(policy.allow_methods)),
      headers_(joined(policy.allow_headers)),
      exposed_headers_(joined(policy.expose_headers)),
      max_age_(policy.max_age ? std::to_string(policy.max_age->count()) : ""),
      allows_credentials_(policy.allow_credentials),
      ignores_unmatched_preflights_(policy.unmatched_preflights ==
                                    config::istio::CorsPolicy::UnmatchedPreflights::ignore) {
  for (config::StringMatch const& match : policy.allow_origins) {
    std::string error;
    origins_.emplace_back(match, TextMatcher::Case::sensitive, error);
    if (!error.empty()) report.error(match.origin, error);
    if (origins_.back().is_presence() && allows_credentials_) {
      report.warning(match.origin,
                     "every website may read what the user's own cookies show: with "
                     "allowCredentials, list the origins that are trusted");
    }
  }
}

std::shared_ptr<Cors const> Cors::for_origins(std::vector<std::string> const& origins,
                                              Report& report) {
  using Kind = config::StringMatch::Kind;
  config::istio::CorsPolicy policy;
  policy.allow_credentials = std::find(origins.begin(), origins.end(), "*") == origins.end();
  for (std::string const& origin : origins) {
    policy.allow_origins.push_back({origin == "*" ? Kind::presence : Kind::exact, origin, {}});
  }
  policy.allow_methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  auto cors = std::make_shared<Cors>(policy, report);
  cors->allows_requested_headers_ = true;
  return cors;
}

bool Cors::allows(std::string_view origin) const {
  return std::any_of(origins_.begin(), origins_.end(),
                     [origin](TextMatcher const& match) { return match.matches(origin); });
}

Verdict Cors::on_request(Context& context) const {
  auto const& request = context.request;
  auto const origin = request.headers.find(http::FieldId::origin).value_or("");
  if (origin.empty()) return Pass{};
  bool const is_preflight =
      request.method == "OPTIONS" &&
      !request.headers.find("access-control-request-method").value_or("").empty();
  if (!allows(origin)) {
    if (is_preflight && ignores_unmatched_preflights_) return preflight_reply();
    return Pass{};
  }
  context.findings.allowed_origin = origin;
  context.findings.is_preflight = is_preflight;
  if (!is_preflight) return Pass{};
  context.findings.requested_headers =
      request.headers.find("access-control-request-headers").value_or("");
  return preflight_reply();
}

void Cors::on_answer(Findings const& findings, http::ResponseHead& head) const {
  if (findings.allowed_origin.empty()) return;
  auto& headers = head.headers;
  headers.set("access-control-allow-origin", findings.allowed_origin);
  if (allows_credentials_) headers.set("access-control-allow-credentials", "true");
  if (!findings.is_preflight) {
    set(headers, "access-control-expose-headers", exposed_headers_);
    return;
  }
  set(headers, "access-control-allow-methods", methods_);
  set(headers, "access-control-allow-headers",
      allows_requested_headers_ ? findings.requested_headers : headers_);
  set(headers, "access-control-max-age", max_age_);
}

}  // namespace tidegate::routing
