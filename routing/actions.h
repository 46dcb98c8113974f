#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/istio/http_actions.h"
#include "routing/header_rules.h"
#include "routing/path_rewrite.h"
#include "routing/policy.h"

namespace tidegate::routing {

/// What a route does besides passing requests on. Most routes have none of it, and then no
/// `Actions` either.
struct Actions {
  std::optional<config::istio::Redirect> redirect;               ///< answers in place of an origin
  std::optional<config::istio::DirectResponse> direct_response;  ///< likewise
  std::optional<PathRewrite> rewrite;
  HeaderRules headers;
  std::vector<std::shared_ptr<AnswerPolicy const>> answer_policies;
};

}  // namespace tidegate::routing
