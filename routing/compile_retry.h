#pragma once

#include <memory>
#include <vector>

#include "config/istio/virtual_service.h"
#include "routing/policy.h"
#include "routing/report.h"
#include "routing/retry.h"

namespace tidegate::routing {

/// The retries of a route with everything inherited. `timeout` is the route's own, 0 = none.
///
/// No block at all: two retries on Istio's default conditions. `attempts: 0`, or a block without
/// `attempts`: none.
[[nodiscard]] RetryPolicy compile_retries(config::istio::HttpRoute const& route,
                                          milliseconds timeout, Report& report);

/// The faults of a route as policies: the delay before the abort, each drawn for itself. A fault
/// of 0 % is none.
[[nodiscard]] std::vector<std::shared_ptr<Policy const>> compile_faults(
    config::istio::HttpRoute const& route, Report& report);

}  // namespace tidegate::routing
