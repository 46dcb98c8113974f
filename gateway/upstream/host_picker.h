#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gateway/upstream/host.h"
#include "routing/balancer.h"
#include "routing/hash_table.h"
#include "routing/load_balancing.h"
#include "routing/outlier_policy.h"

namespace tidegate::gateway {

/// What a request asks of the host that it goes to.
struct HostWish {
  std::span<HostPtr const> avoid = {};     ///< were tried already
  std::optional<std::uint64_t> hash = {};  ///< of its key
};

/// Chooses one of a cluster's hosts for each attempt: by the cluster's method among those that are
/// healthy, or among all when too few are (Envoy: panic_threshold.rst). One a worker.
class HostPicker {
 public:
  /// These are the hosts from now on. Their order may be any.
  void update(std::vector<HostPtr> const& hosts, routing::Cluster const& cluster,
              OutlierDetector const& outliers);
  /// Null when there is no host, or none that may be used. A host to avoid is taken only when there
  /// is no other (Istio's previous-hosts predicate gives up after five draws; this one does not).
  [[nodiscard]] HostPtr pick(routing::Random& random, HostWish const& wish, TimePoint now);

 private:
  struct View;
  struct Hashed {
    std::string name;
    std::uint32_t weight;
    bool operator==(Hashed const&) const = default;
  };

  void look_again(routing::Random& random, TimePoint now);
  [[nodiscard]] bool is_up_to_date(TimePoint now) const;
  [[nodiscard]] bool panics(std::size_t healthy) const;
  void reset_balancer(routing::Random& random, TimePoint now);
  void build_table();
  [[nodiscard]] Host* find(std::uint64_t hash, HostWish const& wish) const;
  [[nodiscard]] Host* draw(routing::Random& random, HostWish const& wish, TimePoint now);

  std::vector<HostPtr> hosts_;
  routing::LoadBalancing balancing_;
  std::optional<routing::OutlierPolicy> policy_;
  OutlierDetector const* outliers_ = nullptr;
  std::vector<Host*> usable_;
  std::vector<std::uint8_t> is_usable_;  ///< by number in `hosts_`
  routing::Balancer balancer_;           ///< over `usable_`
  routing::HashTable table_;             ///< over `hosts_`
  std::vector<Hashed> hashed_;           ///< what `table_` was made of
  std::uint64_t generation_ = 0;         ///< of the detector, when it was last looked at
  TimePoint warming_until_{};
  bool is_stale_ = true;
  bool is_warming_ = false;
};

}  // namespace tidegate::gateway
