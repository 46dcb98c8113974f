#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/head.h"
#include "routing/cluster.h"
#include "routing/matcher.h"
#include "routing/policy.h"
#include "routing/random.h"
#include "routing/retry.h"

namespace tidegate::routing {

/// Where a route's requests go, by weight. The choice is drawn per request (Envoy:
/// pickWeightedCluster).
class Targets {
 public:
  /// `weight` is ignored when this stays the only one; 0 = never chosen among several.
  void add(Cluster const& cluster, std::uint32_t weight);
  [[nodiscard]] Cluster const& pick(Random& random) const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }

  struct Entry {
    Cluster const* cluster;
    std::uint32_t weight;
  };
  [[nodiscard]] std::vector<Entry> const& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
  std::uint64_t total_ = 0;
};

/// One `http[]` entry of a VirtualService, with everything inherited already filled in.
struct Route {
  std::string name;  ///< `name` or `name.matchName`; empty when unnamed
  Matcher matcher;   ///< one of the entry's matches (an entry with several becomes several routes)
  Targets targets;   ///< never empty
  RetryPolicy retry;
  milliseconds timeout{0};                              ///< of all attempts together; 0 = none
  std::vector<std::shared_ptr<Policy const>> policies;  ///< in the order in which they run
};

}  // namespace tidegate::routing
