#pragma once

#include <cstdint>
#include <string_view>

namespace tidegate::routing {

/// xxHash64, the hash of Envoy's tables.
[[nodiscard]] std::uint64_t hash_of(std::string_view text, std::uint64_t seed = 0);

}  // namespace tidegate::routing
