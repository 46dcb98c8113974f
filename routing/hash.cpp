#include "routing/hash.h"

#include <xxhash.h>

namespace tidegate::routing {

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
  return XXH64(text.data(), text.size(), seed);
}

}  // namespace tidegate::routing
