#include "gateway/upstream/origin.h"

#include <algorithm>

namespace tidegate::gateway {

std::uint32_t Origin::retry_limit() const {
  if (!retry_budget) return pool.max_retries.value_or(unlimited);
  double const under_way = state->requests.load(std::memory_order_relaxed) +
                           static_cast<double>(state->pending.load(std::memory_order_relaxed));
  auto const share = static_cast<std::uint32_t>(under_way * retry_budget->percent / 100);
  return std::max(share, retry_budget->min_retry_concurrency);
}

}  // namespace tidegate::gateway
