#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "routing/load_balancing.h"
#include "routing/random.h"
#include "routing/schedule.h"

namespace tidegate::routing {

/// Chooses among hosts that are known by number, when no key decides. Choosing allocates nothing.
class Balancer {
 public:
  /// From now on there are as many hosts as `weights` (each above 0), which may change with every
  /// choice if `are_changing`. `random` decides whose turn is first, so that workers do not all
  /// begin with the same host.
  void reset(LoadBalancing::Method method, std::span<double const> weights, bool are_changing,
             Random& random) {
    method_ = method;
    count_ = weights.size();
    schedule_.clear();
    bool const are_equal =
        std::ranges::adjacent_find(weights, std::ranges::not_equal_to{}) == weights.end();
    uses_schedule_ = method != LoadBalancing::Method::random && (!are_equal || are_changing);
    auto const skipped = random.below(count_);
    turn_ = static_cast<std::size_t>(skipped);
    if (!uses_schedule_) return;
    for (double const weight : weights) schedule_.add(weight);
    for (std::size_t i = 0; i < skipped; ++i) {
      [[maybe_unused]] auto first =
          schedule_.next([&](std::size_t number) { return weights[number]; });
    }
  }

  /// The number of a host; there must be one. `hosts.weight(number)` is its weight now and
  /// `hosts.active(number)` how many requests it has under way.
  template <class Hosts>
  [[nodiscard]] std::size_t pick(Hosts const& hosts, Random& random) {
    using Method = LoadBalancing::Method;
    if (uses_schedule_) {
      return schedule_.next([&](std::size_t number) {
        double const weight = hosts.weight(number);
        return method_ == Method::least_request ? weight / (hosts.active(number) + 1.0) : weight;
      });
    }
    if (method_ == Method::round_robin) {
      if (++turn_ >= count_) turn_ = 0;
      return turn_;
    }
    auto const one = static_cast<std::size_t>(random.below(count_));
    if (method_ != Method::least_request) return one;
    auto const other = static_cast<std::size_t>(random.below(count_));
    return hosts.active(other) < hosts.active(one) ? other : one;
  }

 private:
  LoadBalancing::Method method_ = LoadBalancing::Method::least_request;
  Schedule schedule_;
  std::size_t count_ = 0;
  std::size_t turn_ = 0;
  bool uses_schedule_ = false;
};

}  // namespace tidegate::routing
