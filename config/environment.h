#pragma once

#include <deque>
#include <span>
#include <string>

#include "config/load.h"
#include "config/node.h"

namespace tidegate::config {

/// The settings that `TIDEGATE_*` variables make: `TIDEGATE_API__RATE_LIMIT=500` is
/// `api.rate_limit: 500`. A level is a double underscore, case does not matter, an empty variable
/// is an unset field, and a value that begins with `[`, `{` or a quote is YAML. TIDEGATE_ENV
/// chooses the layer and is no setting. `names` keeps the texts that the nodes point to.
[[nodiscard]] Node settings_of(std::span<EnvironmentVariable const> variables,
                               std::deque<std::string>& names, Diagnostics& diagnostics);

}  // namespace tidegate::config
