#pragma once

#include <string>

namespace tidegate::gateway {

/// The machine's name; empty when it has none.
[[nodiscard]] std::string const& host_name();

}  // namespace tidegate::gateway
