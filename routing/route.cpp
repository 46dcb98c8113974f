#include "routing/route.h"

#include <utility>

namespace tidegate::routing {

void Targets::add(Cluster const& cluster, std::uint32_t weight,
                  std::shared_ptr<HeaderRules const> headers) {
  entries_.push_back({&cluster, weight, std::move(headers)});
  total_ += weight;
}

Targets::Entry const& Targets::pick(Random& random) const {
  if (entries_.size() == 1) return entries_.front();
  std::uint64_t draw = random.below(total_);
  for (Entry const& entry : entries_) {
    if (draw < entry.weight) return entry;
    draw -= entry.weight;
  }
  return entries_.front();  // every weight is 0: configuration rejects it
}

}  // namespace tidegate::routing
