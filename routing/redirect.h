#pragma once

#include <cstdint>
#include <string_view>

#include "config/istio/http_actions.h"
#include "http/arena.h"
#include "http/head.h"
#include "routing/matcher.h"

namespace tidegate::routing {

/// Where `redirect` leads a request that fitted `condition` (Envoy: RouteEntryImplBase::newUri).
/// `port` is the listener's.
[[nodiscard]] std::string_view location_of(config::istio::Redirect const& redirect,
                                           http::RequestHead const& request,
                                           TextMatcher const* condition, std::uint16_t port,
                                           http::Arena& arena);

}  // namespace tidegate::routing
