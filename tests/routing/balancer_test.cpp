#include "routing/balancer.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace tidegate::routing {
namespace {

using Method = LoadBalancing::Method;

struct Hosts {
  std::vector<double> weights;
  std::vector<std::uint32_t> requests = std::vector<std::uint32_t>(weights.size());
  [[nodiscard]] double weight(std::size_t number) const { return weights[number]; }
  [[nodiscard]] std::uint32_t active(std::size_t number) const { return requests[number]; }
};

struct Balancing : testing::Test {
  Balancer balancer(Method method, Hosts const& hosts) {
    Balancer made;
    made.reset(method, hosts.weights, false, random);
    return made;
  }
  std::vector<int> picks(Balancer& from, Hosts const& hosts, int times) {
    std::vector<int> counts(hosts.weights.size());
    for (int i = 0; i < times; ++i) ++counts[from.pick(hosts, random)];
    return counts;
  }
  Random random{11};
};

TEST_F(Balancing, RoundRobinGoesRound) {
  Hosts const hosts{{1, 1, 1}};
  auto chosen = balancer(Method::round_robin, hosts);
  auto const first = chosen.pick(hosts, random);
  EXPECT_EQ(chosen.pick(hosts, random), (first + 1) % 3);
  EXPECT_EQ(chosen.pick(hosts, random), (first + 2) % 3);
  EXPECT_EQ(chosen.pick(hosts, random), first);
}

TEST_F(Balancing, RoundRobinHasExactSharesAndSpreadsThem) {
  Hosts const hosts{{5, 2, 1}};
  auto chosen = balancer(Method::round_robin, hosts);
  EXPECT_EQ(picks(chosen, hosts, 800), (std::vector{500, 200, 100}));
  int in_a_row = 0;
  for (int i = 0; i < 80; ++i) {
    in_a_row = chosen.pick(hosts, random) == 0 ? in_a_row + 1 : 0;
    EXPECT_LE(in_a_row, 3) << "the heaviest has all its turns at once";
  }
}

TEST_F(Balancing, WorkersBeginWithDifferentHosts) {
  Hosts const hosts{{1, 1, 1, 1}};
  Hosts const weighted{{1, 2, 3, 4}};
  std::map<std::size_t, int> first, first_weighted;
  for (int i = 0; i < 100; ++i) {
    auto plain = balancer(Method::round_robin, hosts);
    auto by_weight = balancer(Method::round_robin, weighted);
    ++first[plain.pick(hosts, random)];
    ++first_weighted[by_weight.pick(weighted, random)];
  }
  EXPECT_EQ(first.size(), 4U);
  EXPECT_GE(first_weighted.size(), 2U);
}

TEST_F(Balancing, LeastRequestTakesTheIdlerOfTwo) {
  Hosts hosts{{1, 1}};
  hosts.requests = {9, 0};
  auto chosen = balancer(Method::least_request, hosts);
  auto const counts = picks(chosen, hosts, 1000);
  EXPECT_NEAR(counts[0], 250, 60) << "only when both draws fall on it";
}

TEST_F(Balancing, LeastRequestWithWeightsCountsWhatIsUnderWay) {
  Hosts hosts{{2, 1}};
  auto idle = balancer(Method::least_request, hosts);
  EXPECT_EQ(picks(idle, hosts, 300), (std::vector{200, 100}));
  hosts.requests = {3, 0};  // 2 / 4 against 1 / 1
  auto busy = balancer(Method::least_request, hosts);
  auto const counts = picks(busy, hosts, 300);
  EXPECT_NEAR(counts[0], 100, 2);
  EXPECT_NEAR(counts[1], 200, 2);
}

TEST_F(Balancing, RandomLooksAtNothing) {
  Hosts hosts{{100, 1}};
  hosts.requests = {0, 50};
  auto chosen = balancer(Method::random, hosts);
  EXPECT_NEAR(picks(chosen, hosts, 1000)[1], 500, 80);
}

TEST_F(Balancing, AWeightThatGrowsCountsAtOnce) {
  Hosts hosts{{1, 1}};
  Balancer chosen;
  chosen.reset(Method::round_robin, hosts.weights, true, random);
  hosts.weights = {1, 0.1};
  auto const cold = picks(chosen, hosts, 110);
  EXPECT_NEAR(cold[1], 10, 2);
  hosts.weights = {1, 1};
  auto const warm = picks(chosen, hosts, 110);
  EXPECT_NEAR(warm[1], 50, 8) << "its last turn was given at the old weight";
}

TEST(WarmUp, FactorGrowsFromTheMinimumToOne) {
  using std::chrono::seconds;
  struct Case {
    double minimum, aggression;
    milliseconds since;
    double factor;
  };
  for (auto const& c : {Case{0.1, 1, seconds(0), 0.1}, Case{0.1, 1, seconds(1), 0.1},
                        Case{0.1, 1, seconds(50), 0.5}, Case{0.1, 2, seconds(25), 0.5},
                        Case{0.6, 1, seconds(50), 0.6}, Case{0.1, 1, seconds(100), 1},
                        Case{0.1, 1, seconds(900), 1}, Case{0, 1, seconds(0), 1e-4}}) {
    Warmup const warmup{seconds(100), c.minimum, c.aggression};
    EXPECT_NEAR(warmup.factor(c.since), c.factor, 1e-9) << c.since.count();
  }
}

}  // namespace
}  // namespace tidegate::routing
