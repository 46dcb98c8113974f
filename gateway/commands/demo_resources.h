#pragma once

#include <string_view>

namespace tidegate::gateway {

/// examples/free-deep-research/resources/istio.yaml, as CMake found it.
[[nodiscard]] std::string_view demo_istio_yaml();

}  // namespace tidegate::gateway
