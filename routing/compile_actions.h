#pragma once

#include <memory>

#include "config/istio/http_route.h"
#include "config/settings.h"
#include "routing/actions.h"
#include "routing/report.h"

namespace tidegate::routing {

/// All that an `http[]` entry does besides passing requests on; null when that is nothing.
[[nodiscard]] std::shared_ptr<Actions const> compile_actions(config::istio::HttpRoute const& entry,
                                                             config::ApiSettings const& defaults,
                                                             Report& report);

}  // namespace tidegate::routing
