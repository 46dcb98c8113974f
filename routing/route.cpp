#include "routing/route.h"

namespace tidegate::routing {

void Targets::add(Cluster const& cluster, std::uint32_t weight) {
  entries_.push_back({&cluster, weight});
  total_ += weight;
}

Cluster const& Targets::pick(Random& random) const {
  if (entries_.size() == 1) return *entries_.front().cluster;
  std::uint64_t draw = random.below(total_);
  for (Entry const& entry : entries_) {
    if (draw < entry.weight) return *entry.cluster;
    draw -= entry.weight;
  }
  return *entries_.front().cluster;  // every weight is 0: configuration rejects it
}

}  // namespace tidegate::routing
