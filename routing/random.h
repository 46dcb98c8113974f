#pragma once

#include <cstdint>

namespace tidegate::routing {

/// xoshiro256++ (Blackman, Vigna): fast, not for secrets. One a worker; a test seeds it and knows
/// what comes.
class Random {
 public:
  explicit Random(std::uint64_t seed);
  /// Uniform over all 64-bit values.
  [[nodiscard]] std::uint64_t next();
  /// Uniform in [0, limit); 0 when `limit` is 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit);

 private:
  std::uint64_t state_[4];
};

}  // namespace tidegate::routing
