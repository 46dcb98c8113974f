#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "routing/hash_key.h"

namespace tidegate::routing {

using std::chrono::milliseconds;

/// A host that has just come, or come back, gets a share that grows to its own.
struct Warmup {
  milliseconds window{0};
  double minimum = 0.1;  ///< of its weight, from the beginning
  double aggression = 1;

  /// What part of its weight a host has after this time, in (0, 1] (Envoy: slow_start.rst).
  [[nodiscard]] double factor(milliseconds since) const;
};

/// How one of a cluster's hosts is chosen for a request.
struct LoadBalancing {
  enum class Method : std::uint8_t {
    least_request,  ///< of two drawn at random; by weight/(active + 1) where weights differ
    round_robin,    ///< in proportion to the weights
    random,         ///< whatever the weights, as in Envoy
    ring,           ///< by `key`
    maglev,         ///< by `key`
  };
  Method method = Method::least_request;
  HashKey key;
  std::uint64_t table_size = 0;  ///< a ring: at least; Maglev: exactly
  std::optional<Warmup> warmup;  ///< only with least_request and round_robin

  /// Does the same key lead to the same host?
  [[nodiscard]] bool is_consistent() const {
    return method == Method::ring || method == Method::maglev;
  }
};

}  // namespace tidegate::routing
