#pragma once

#include <optional>
#include <string_view>

#include "http/head.h"

namespace tidegate::routing {

/// Envoy's pseudo-headers: `:method`, `:path` (with the query), `:authority`, which `host` is
/// another name of, and `:scheme`. Nothing for any other name.
[[nodiscard]] std::optional<std::string_view> pseudo_header(http::RequestHead const& request,
                                                            std::string_view name);

}  // namespace tidegate::routing
