#include "gateway/upstream/host_picker.h"

#include <gtest/gtest.h>

#include <map>

#include "gateway/observe/metrics.h"
#include "gateway/upstream/upstream.h"
#include "routing/hash.h"

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;
using Method = routing::LoadBalancing::Method;

struct Picking : testing::Test {
  static routing::Cluster cluster(int hosts, Method method = Method::round_robin) {
    routing::Cluster made;
    made.balancing.method = method;
    made.balancing.table_size = 1021;
    for (int i = 1; i <= hosts; ++i) {
      auto& endpoint = made.endpoints.emplace_back();
      endpoint.address = "10.0.0." + std::to_string(i);
      endpoint.port = 80;
    }
    return made;
  }
  static routing::Cluster watched(int hosts, Method method = Method::round_robin) {
    auto made = cluster(hosts, method);
    made.outliers = routing::OutlierPolicy{.consecutive_5xx = 1, .max_ejection_percent = 100};
    return made;
  }
  void update(routing::Cluster const& to) { upstream.update(to, nullptr, {}); }
  std::string pick(HostWish const& wish = {}) {
    auto const host = upstream.pick(random, wish);
    return host ? host->text() : "none";
  }
  std::map<std::string, int> picks(int times) {
    std::map<std::string, int> drawn;
    for (int i = 0; i < times; ++i) ++drawn[pick()];
    return drawn;
  }
  void eject(std::size_t host) {
    upstream.hosts()[host]->report({AttemptResult::Kind::answered, 500});
  }
  void time_passes(milliseconds time) { loop.timers().advance(loop.now() + time); }

  EventLoop loop;
  BufferPool buffers;
  Metrics metrics;
  UpstreamContext context{loop, buffers, {}, metrics.add_worker(), {}};
  ClusterStatePtr state = std::make_shared<ClusterState>();
  Upstream upstream{context, state};
  routing::Random random{42};
};

TEST_F(Picking, AnEjectedHostGetsNothingUntilItsTimeIsOver) {
  update(watched(3));
  eject(1);
  auto const drawn = picks(100);
  EXPECT_EQ(drawn.count("10.0.0.2:80"), 0U);
  EXPECT_EQ(drawn.at("10.0.0.1:80"), 50);
  time_passes(31s);
  EXPECT_EQ(picks(99).at("10.0.0.2:80"), 33);
}

TEST_F(Picking, AnEjectionByAnotherWorkerCountsAsWell) {
  Upstream other(context, state);
  update(watched(2));
  other.update(watched(2), nullptr, {});
  EXPECT_EQ(picks(10).size(), 2U);
  other.hosts()[0]->report({AttemptResult::Kind::broken});
  EXPECT_EQ(picks(10), (std::map<std::string, int>{{"10.0.0.2:80", 10}}));
}

TEST_F(Picking, WhenAllAreEjectedThereIsNone) {
  update(watched(2));
  eject(0);
  eject(1);
  EXPECT_EQ(pick(), "none");
}

TEST_F(Picking, BelowTheHealthThatIsAskedForAllAreUsed) {
  struct Case {
    std::uint32_t min_health;
    std::size_t ejected;
    std::size_t used;  ///< of 10
  };
  for (auto const& c : {Case{0, 10, 0}, Case{50, 5, 5}, Case{50, 6, 10}, Case{100, 1, 9},
                        Case{100, 2, 8}, Case{100, 3, 10}, Case{30, 7, 3}, Case{30, 8, 10}}) {
    state = std::make_shared<ClusterState>();
    Upstream fresh(context, state);
    auto policy = watched(10);
    policy.outliers->min_health_percent = c.min_health;
    fresh.update(policy, nullptr, {});
    for (std::size_t i = 0; i < c.ejected; ++i)
      fresh.hosts()[i]->report({AttemptResult::Kind::broken});
    std::map<std::string, int> drawn;
    for (int i = 0; i < 100; ++i) {
      if (auto const host = fresh.pick(random, {})) ++drawn[host->text()];
    }
    EXPECT_EQ(drawn.size(), c.used) << c.ejected << " ejected, " << c.min_health << " %";
  }
}

TEST_F(Picking, EjectionsSurviveAReloadAndEndWithTheirPolicy) {
  update(watched(2));
  eject(0);
  update(watched(2));
  EXPECT_EQ(picks(10).size(), 1U);
  update(cluster(2));
  EXPECT_EQ(picks(10).size(), 2U);
}

TEST_F(Picking, ARetryAvoidsWhatWasTriedAndWhatIsEjected) {
  update(watched(3));
  eject(2);
  std::vector<HostPtr> const tried{upstream.hosts()[0]};
  for (int i = 0; i < 50; ++i) EXPECT_EQ(pick({.avoid = tried}), "10.0.0.2:80");
}

TEST_F(Picking, TheSameKeyLeadsToTheSameHost) {
  for (auto const method : {Method::ring, Method::maglev}) {
    update(cluster(5, method));
    std::map<std::string, int> used;
    for (std::uint64_t key = 0; key < 50; ++key) {
      auto const hash = routing::hash_of(std::to_string(key));
      auto const host = pick({.hash = hash});
      EXPECT_EQ(pick({.hash = hash}), host);
      ++used[host];
    }
    EXPECT_EQ(used.size(), 5U);
  }
}

TEST_F(Picking, WithoutItsKeyARequestGoesAnywhere) {
  update(cluster(4, Method::ring));
  EXPECT_EQ(picks(200).size(), 4U);
}

TEST_F(Picking, TheKeysOfAnEjectedHostGoElsewhereAndComeBack) {
  update(watched(4, Method::maglev));
  auto const hash = routing::hash_of("jane");
  auto const usual = pick({.hash = hash});
  for (std::size_t i = 0; i < 4; ++i) {
    if (upstream.hosts()[i]->text() == usual) eject(i);
  }
  EXPECT_NE(pick({.hash = hash}), usual);
  EXPECT_NE(pick({.hash = hash}), "none");
  time_passes(31s);
  EXPECT_EQ(pick({.hash = hash}), usual);
}

TEST_F(Picking, AKeyAvoidsWhatWasTriedOnlyWhileThereIsAnother) {
  update(cluster(2, Method::ring));
  auto const hash = routing::hash_of("jane");
  auto const usual = pick({.hash = hash});
  std::vector<HostPtr> const first{upstream.pick(random, {.hash = hash})};
  EXPECT_NE(pick({.avoid = first, .hash = hash}), usual);
  EXPECT_EQ(pick({.avoid = upstream.hosts(), .hash = hash}), usual);
}

TEST_F(Picking, AHostThatComesLaterWarmsUp) {
  auto warming = cluster(3);
  warming.balancing.warmup = routing::Warmup{.window = 100s};
  auto const first_two = [&] {
    auto two = warming;
    two.endpoints.pop_back();
    return two;
  }();
  update(first_two);
  EXPECT_EQ(picks(100).at("10.0.0.2:80"), 50) << "the first hosts are taken for warm";
  update(warming);
  EXPECT_NEAR(picks(210).at("10.0.0.3:80"), 10, 2);
  time_passes(50s);
  EXPECT_NEAR(picks(250).at("10.0.0.3:80"), 50, 4);
  time_passes(51s);
  EXPECT_EQ(picks(300).at("10.0.0.3:80"), 100);
}

TEST_F(Picking, AHostThatComesBackWarmsUp) {
  auto warming = watched(2);
  warming.balancing.warmup = routing::Warmup{.window = 100s};
  update(warming);
  eject(0);
  EXPECT_EQ(picks(10).size(), 1U);
  time_passes(31s);
  EXPECT_NEAR(picks(220).at("10.0.0.1:80"), 20, 3);
  time_passes(101s);
  EXPECT_EQ(picks(100).at("10.0.0.1:80"), 50);
}

}  // namespace
}  // namespace tidegate::gateway
