#pragma once

#include "config/settings.h"
#include "config/value.h"

namespace tidegate::config {

/// The settings, all layers merged: types, ranges, and what is not served yet.
[[nodiscard]] Settings read_settings(Value const& value);

// Sections that have a file of their own.
[[nodiscard]] GatewaySettings read_gateway_settings(Value const& value);
[[nodiscard]] Limits read_limits(Value const& value);
[[nodiscard]] ApiSettings read_api_settings(Value const& value);
[[nodiscard]] Http2Limits read_http2_limits(Value const& value);

}  // namespace tidegate::config
