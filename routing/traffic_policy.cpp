#include "routing/traffic_policy.h"

#include <algorithm>

namespace tidegate::routing {
namespace {

using config::istio::PortPolicy;
using config::istio::TrafficPolicy;

TrafficPolicy const* port_policy(TrafficPolicy const& policy, std::uint16_t port) {
  auto const found = std::ranges::find(policy.port_level_settings, port, &PortPolicy::port);
  return found != policy.port_level_settings.end() ? &found->policy : nullptr;
}

/// The blocks that a port may have of its own.
void replace_port_blocks(TrafficPolicy& policy, TrafficPolicy const& by) {
  policy.load_balancer = by.load_balancer;
  policy.connection_pool = by.connection_pool;
  policy.outlier_detection = by.outlier_detection;
  policy.tls = by.tls;
}

template <class Block>
void override_with(Block& block, Block const& by) {
  if (by) block = by;
}

}  // namespace

TrafficPolicy effective_policy(TrafficPolicy const* rule, TrafficPolicy const* subset,
                               std::uint16_t port) {
  TrafficPolicy policy;
  if (rule != nullptr) {
    policy = *rule;
    if (auto const* own = port_policy(*rule, port)) replace_port_blocks(policy, *own);
  }
  policy.port_level_settings.clear();
  if (subset == nullptr) return policy;
  override_with(policy.load_balancer, subset->load_balancer);
  override_with(policy.connection_pool, subset->connection_pool);
  override_with(policy.outlier_detection, subset->outlier_detection);
  override_with(policy.tls, subset->tls);
  override_with(policy.proxy_protocol, subset->proxy_protocol);
  override_with(policy.retry_budget, subset->retry_budget);
  if (auto const* own = port_policy(*subset, port)) replace_port_blocks(policy, *own);
  return policy;
}

}  // namespace tidegate::routing
