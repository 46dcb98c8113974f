#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/istio/http_actions.h"
#include "routing/matcher.h"
#include "routing/policy.h"
#include "routing/report.h"

namespace tidegate::routing {

/// Istio CorsPolicy (Fetch §3.2; Envoy: cors_filter.cc): answers preflights, and tells browsers who
/// may read what the origin answers.
class Cors final : public AnswerPolicy {
 public:
  Cors(config::istio::CorsPolicy const& policy, Report& report);
  /// What websites of these origins need to use an API: every usual method and the headers that
  /// they ask for; with credentials unless every origin is meant (`*`).
  [[nodiscard]] static std::shared_ptr<Cors const> for_origins(
      std::vector<std::string> const& origins, Report& report);

  [[nodiscard]] Verdict on_request(Context& context) const override;
  void on_answer(Findings const& findings, http::ResponseHead& head) const override;

 private:
  [[nodiscard]] bool allows(std::string_view origin) const;

  std::vector<TextMatcher> origins_;
  std::string methods_, headers_, exposed_headers_, max_age_;  ///< as they are written; empty: not
  bool allows_credentials_;
  bool ignores_unmatched_preflights_;
  bool allows_requested_headers_ = false;
};

}  // namespace tidegate::routing
