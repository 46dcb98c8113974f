#pragma once

#include "config/settings.h"
#include "http/h2_limits.h"

namespace tidegate::gateway {

/// The limits of a session as `limits.http2` has them. What depends on the side (header sizes,
/// underscores, extended CONNECT) is left at its default.
[[nodiscard]] http::H2Limits h2_limits_of(config::Http2Limits const& settings);

}  // namespace tidegate::gateway
