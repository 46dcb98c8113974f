#include <gtest/gtest.h>

#include "tests/routing/services_support.h"

/// From a DestinationRule's trafficPolicy to what a cluster does.
namespace tidegate::routing {
namespace {

using namespace test;
using namespace std::chrono_literals;
using config::istio::ConsistentHash;
using config::istio::LoadBalancer;
using config::istio::OutlierDetection;
using config::istio::TrafficPolicy;
using Method = LoadBalancing::Method;

Compiled compiled_with(TrafficPolicy policy, int endpoints = 1,
                       Resolution resolution = Resolution::fixed) {
  std::vector<WorkloadEntry> workloads;
  for (int i = 1; i <= endpoints; ++i) workloads.push_back(workload("10.0.0." + std::to_string(i)));
  auto with_policy = rule("origin", {});
  with_policy.traffic_policy = std::move(policy);
  return compiled(
      leading_to(to("origin"), {service_entry({"origin"}, resolution, workloads)}, {with_policy}));
}

TrafficPolicy with(OutlierDetection detection) {
  detection.origin = at(7, "spec.trafficPolicy.outlierDetection");
  TrafficPolicy policy;
  policy.outlier_detection = std::move(detection);
  return policy;
}

TrafficPolicy with(LoadBalancer balancer) {
  TrafficPolicy policy;
  policy.load_balancer = std::move(balancer);
  return policy;
}

TEST(BalancingPolicy, WithoutARuleItIsLeastRequestAndNobodyIsWatched) {
  auto const result = compiled(leading_to(to("origin"), {}));
  Cluster const& cluster = only_cluster(result);
  EXPECT_EQ(cluster.balancing.method, Method::least_request);
  EXPECT_FALSE(cluster.outliers);
  EXPECT_FALSE(cluster.retry_budget);
}

TEST(BalancingPolicy, EachMethod) {
  LoadBalancer round_robin, random, ring, maglev;
  round_robin.simple = LoadBalancer::Simple::round_robin;
  random.simple = LoadBalancer::Simple::random;
  ring.consistent_hash = ConsistentHash();
  maglev.consistent_hash = ConsistentHash();
  maglev.consistent_hash->table = ConsistentHash::Table::maglev;
  struct Case {
    LoadBalancer written;
    Method method;
    std::uint64_t size;
  };
  for (auto const& c : {Case{{}, Method::least_request, 0},
                        Case{round_robin, Method::round_robin, 0}, Case{random, Method::random, 0},
                        Case{ring, Method::ring, 1024}, Case{maglev, Method::maglev, 65537}}) {
    auto const result = compiled_with(with(c.written));
    Cluster const& cluster = only_cluster(result);
    EXPECT_EQ(cluster.balancing.method, c.method);
    EXPECT_EQ(cluster.balancing.table_size, c.size);
  }
}

TEST(BalancingPolicy, WarmUpIsForMethodsWithWeights) {
  LoadBalancer balancer;
  balancer.warmup = {.duration = 60s, .minimum_percent = 20, .aggression = 2};
  auto const result = compiled_with(with(balancer));
  auto const& warmup = only_cluster(result).balancing.warmup;
  ASSERT_TRUE(warmup);
  EXPECT_EQ(warmup->window, 60s);
  EXPECT_EQ(warmup->minimum, 0.2);
  EXPECT_EQ(warmup->aggression, 2);
  balancer.simple = LoadBalancer::Simple::random;
  auto const at_random = compiled_with(with(balancer));
  EXPECT_FALSE(only_cluster(at_random).balancing.warmup);
}

TEST(BalancingPolicy, AnEmptyOutlierDetectionHasIstiosDefaults) {
  auto const result = compiled_with(with(OutlierDetection()));
  auto const& outliers = only_cluster(result).outliers;
  ASSERT_TRUE(outliers);
  EXPECT_EQ(outliers->consecutive_5xx, 5U);
  EXPECT_EQ(outliers->consecutive_gateway, 0U);
  EXPECT_FALSE(outliers->splits_local);
  EXPECT_EQ(outliers->interval, 10s);
  EXPECT_EQ(outliers->base_ejection_time, 30s);
  EXPECT_EQ(outliers->max_ejection_time, 300s);
  EXPECT_EQ(outliers->max_ejection_percent, 10U);
  EXPECT_EQ(outliers->min_health_percent, 0U);
}

TEST(BalancingPolicy, AnEjectionMayLastAsLongAsItsBase) {
  OutlierDetection detection;
  detection.base_ejection_time = 1h;
  auto const result = compiled_with(with(detection));
  EXPECT_EQ(only_cluster(result).outliers->max_ejection_time, 1h);
}

TEST(BalancingPolicy, APercentageOfTooFewEndpointsIsReportedWithItsRemedy) {
  struct Case {
    std::uint32_t percent;
    int endpoints;
    bool is_reported;
  };
  for (auto const& c :
       {Case{10, 9, true}, Case{10, 10, false}, Case{30, 3, true}, Case{30, 4, false},
        Case{50, 1, true}, Case{50, 2, false}, Case{100, 1, false}}) {
    OutlierDetection detection;
    detection.max_ejection_percent = c.percent;
    auto const result = compiled_with(with(detection), c.endpoints);
    EXPECT_EQ(
        result.count(Severity::warning, "spec.trafficPolicy.outlierDetection.maxEjectionPercent",
                     "write maxEjectionPercent: 100"),
        c.is_reported ? 1 : 0)
        << c.percent << " % of " << c.endpoints << ": " << result.all();
  }
}

TEST(BalancingPolicy, HowManyAddressesANameHasIsNotKnownSoThatIsANotice) {
  auto const result = compiled_with(with(OutlierDetection()), 1, Resolution::dns);
  EXPECT_EQ(result.count(Severity::notice, "spec.trafficPolicy.outlierDetection.maxEjectionPercent",
                         "if origin resolves to fewer addresses"),
            1)
      << result.all();
}

}  // namespace
}  // namespace tidegate::routing
