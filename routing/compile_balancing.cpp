#include "routing/compile_balancing.h"

#include <algorithm>
#include <optional>
#include <string>

namespace tidegate::routing {
namespace {

using config::istio::ConsistentHash;
using config::istio::LoadBalancer;
using config::istio::OutlierDetection;
using Method = LoadBalancing::Method;

constexpr milliseconds kMaxEjectionTime{300'000};  // Envoy: max_ejection_time

Method method_of(LoadBalancer::Simple simple) {
  switch (simple) {
    case LoadBalancer::Simple::round_robin: return Method::round_robin;
    case LoadBalancer::Simple::random: return Method::random;
    case LoadBalancer::Simple::least_request: break;
  }
  return Method::least_request;
}

void use_hash(LoadBalancing& balancing, ConsistentHash const& hash) {
  bool const is_ring = hash.table == ConsistentHash::Table::ring;
  balancing.method = is_ring ? Method::ring : Method::maglev;
  balancing.table_size = is_ring ? hash.minimum_ring_size : hash.maglev_table_size;
  balancing.key = HashKey(hash);
}

LoadBalancing compile_balancer(LoadBalancer const& written) {
  LoadBalancing balancing;
  balancing.method = method_of(written.simple);
  if (written.consistent_hash) use_hash(balancing, *written.consistent_hash);
  bool const may_warm_up =
      balancing.method == Method::least_request || balancing.method == Method::round_robin;
  if (written.warmup && may_warm_up) {
    balancing.warmup = {.window = written.warmup->duration,
                        .minimum = written.warmup->minimum_percent / 100,
                        .aggression = written.warmup->aggression};
  }
  return balancing;
}

OutlierPolicy compile_outliers(OutlierDetection const& written) {
  OutlierPolicy policy;
  policy.consecutive_5xx = written.consecutive_5xx_errors;
  policy.consecutive_gateway = written.consecutive_gateway_errors;
  policy.consecutive_local = written.consecutive_local_origin_failures;
  policy.splits_local = written.split_external_local_origin_errors;
  policy.interval = written.interval;
  policy.base_ejection_time = written.base_ejection_time;
  policy.max_ejection_time = std::max(kMaxEjectionTime, written.base_ejection_time);
  policy.max_ejection_percent = written.max_ejection_percent;
  policy.min_health_percent = written.min_health_percent;
  policy.error_codes = written.http_error_codes;
  return policy;
}

/// Istio's default of 10 % is 0 hosts of 9, and Envoy does not round up: the policy does nothing,
/// without a word.
void check_ejections(Cluster const& cluster, OutlierDetection const& written, Report& report) {
  auto const percent = std::max<std::uint32_t>(written.max_ejection_percent, 1);
  auto const needed = (100 + percent - 1) / percent;
  auto const count = cluster.endpoints.size();
  if (count == 0 || count >= needed) return;
  auto const place = below(written.origin, "maxEjectionPercent");
  auto const limit = std::to_string(percent) + "% of fewer than " + std::to_string(needed) +
                     " endpoints is not one whole endpoint, so none is ever ejected; ";
  if (cluster.discovery == Cluster::Discovery::dns) {
    return report.notice(place, limit + "if " + cluster.service +
                                    " resolves to fewer addresses, write maxEjectionPercent: 100");
  }
  report.warning(place, limit + cluster.service + " has " + std::to_string(count) +
                            ": write maxEjectionPercent: 100");
}

}  // namespace

void apply_balancing(Cluster& cluster, config::istio::TrafficPolicy const& policy, Report& report) {
  if (policy.load_balancer) cluster.balancing = compile_balancer(*policy.load_balancer);
  cluster.retry_budget = policy.retry_budget;
  if (!policy.outlier_detection) return;
  cluster.outliers = compile_outliers(*policy.outlier_detection);
  check_ejections(cluster, *policy.outlier_detection, report);
}

}  // namespace tidegate::routing
