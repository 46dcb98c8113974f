#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "gateway/upstream/claim.h"
#include "gateway/upstream/outlier_detector.h"

namespace tidegate::gateway {

/// What all workers know of a cluster together. Lives as long as one of them has the cluster, over
/// reloads.
struct ClusterState {
  UseCount connections{0};
  UseCount pending{0};   ///< requests that wait for a connection
  UseCount requests{0};  ///< under way; counted where a limit asks for it
  UseCount retries{0};   ///< likewise
  OutlierDetector outliers;
};

using ClusterStatePtr = std::shared_ptr<ClusterState>;

/// The state of every cluster, by its name. Locked when a configuration is published and when
/// metrics are read.
class ClusterStates {
 public:
  [[nodiscard]] ClusterStatePtr of(std::string const& cluster);

  /// Calls `visit(name, state)` for each.
  template <class Visit>
  void for_each(Visit const& visit) const {
    std::lock_guard const lock(mutex_);
    for (auto const& [name, weak] : states_) {
      if (auto const state = weak.lock()) visit(name, *state);
    }
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::weak_ptr<ClusterState>> states_;
  std::size_t tidy_at_ = 64;  ///< when to forget those that are gone
};

}  // namespace tidegate::gateway
