#pragma once

#include "config/istio/http_actions.h"
#include "routing/header_rules.h"
#include "routing/report.h"

namespace tidegate::routing {

/// `headers` of a route or destination. Reports what cannot be done; that is left out.
[[nodiscard]] HeaderRules compile_headers(config::istio::Headers const& headers, Report& report);

}  // namespace tidegate::routing
