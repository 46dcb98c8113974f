#include "gateway/upstream/cluster_state.h"

namespace tidegate::gateway {

ClusterStatePtr ClusterStates::of(std::string const& cluster) {
  std::lock_guard const lock(mutex_);
  auto& entry = states_[cluster];
  if (auto known = entry.lock()) return known;
  auto made = std::make_shared<ClusterState>();
  entry = made;
  if (states_.size() >= tidy_at_) {
    std::erase_if(states_, [](auto const& each) { return each.second.expired(); });
    tidy_at_ = 2 * states_.size() + 1;
  }
  return made;
}

}  // namespace tidegate::gateway
