#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/resource.h"

namespace tidegate::config::istio {

/// Istio Destination (virtual_service.proto): a service, or a subset of it.
struct Destination {
  Sourced<std::string> host;
  Sourced<std::string> subset;        ///< empty = none
  std::optional<std::uint32_t> port;  ///< 1..65535
};

}  // namespace tidegate::config::istio
