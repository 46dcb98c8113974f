#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/head.h"
#include "routing/actions.h"
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
  void add(Cluster const& cluster, std::uint32_t weight,
           std::shared_ptr<HeaderRules const> headers = nullptr);

  struct Entry {
    Cluster const* cluster;
    std::uint32_t weight;
    std::shared_ptr<HeaderRules const> headers;  ///< null = none of its own
  };
  [[nodiscard]] Entry const& pick(Random& random) const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::vector<Entry> const& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
  std::uint64_t total_ = 0;
};

/// Where copies of a share of a route's requests go.
struct MirrorTarget {
  Cluster const* cluster;
  std::uint32_t millionths;  ///< 1'000'000 is every one
};

/// One `http[]` entry of a VirtualService, with everything inherited already filled in.
struct Route {
  std::string name;  ///< `name` or `name.matchName`; empty when unnamed
  Matcher matcher;   ///< one of the entry's matches (an entry with several becomes several routes)
  Targets targets;   ///< empty only where the route itself answers
  RetryPolicy retry;
  milliseconds timeout{0};                              ///< of all attempts together; 0 = none
  std::vector<std::shared_ptr<Policy const>> policies;  ///< in the order in which they run
  std::vector<MirrorTarget> mirrors;
  std::shared_ptr<Actions const> actions;  ///< null where requests are only passed on
};

}  // namespace tidegate::routing
