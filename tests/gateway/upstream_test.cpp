#include "gateway/upstream/upstream.h"

#include <gtest/gtest.h>

#include <map>

#include "gateway/observe/metrics.h"

namespace tidegate::gateway {
namespace {

struct UpstreamTest : testing::Test {
  routing::Cluster cluster(
      std::vector<routing::Endpoint> endpoints,
      routing::Cluster::Discovery discovery = routing::Cluster::Discovery::fixed) {
    routing::Cluster made;
    made.discovery = discovery;
    made.endpoints = std::move(endpoints);
    return made;
  }
  static routing::Endpoint endpoint(std::string address, std::uint32_t weight = 1) {
    routing::Endpoint made;
    made.address = std::move(address);
    made.port = 80;
    made.weight = weight;
    return made;
  }
  std::map<std::string, int> draw(Upstream& upstream, int times) {
    std::map<std::string, int> drawn;
    for (int i = 0; i < times; ++i) ++drawn[upstream.pick(random, {})->text()];
    return drawn;
  }

  EventLoop loop;
  BufferPool buffers;
  Metrics metrics;
  UpstreamContext context{loop, buffers, {}, metrics.add_worker(), {}};
  ClusterStatePtr state = std::make_shared<ClusterState>();
  routing::Random random{42};
};

TEST_F(UpstreamTest, WithoutHostsThereIsNothingToPick) {
  Upstream upstream(context, state);
  upstream.update(cluster({}), nullptr, {});
  EXPECT_EQ(upstream.pick(random, {}), nullptr);
}

TEST_F(UpstreamTest, EveryHostIsPicked) {
  Upstream upstream(context, state);
  upstream.update(cluster({endpoint("10.0.0.1"), endpoint("10.0.0.2"), endpoint("10.0.0.3")}),
                  nullptr, {});
  auto const drawn = draw(upstream, 3000);
  for (auto const* host : {"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"})
    EXPECT_GT(drawn.at(host), 800) << host;
}

TEST_F(UpstreamTest, WeightsDecideHowOften) {
  Upstream upstream(context, state);
  upstream.update(cluster({endpoint("10.0.0.1", 9), endpoint("10.0.0.2", 1)}), nullptr, {});
  auto const drawn = draw(upstream, 10'000);
  EXPECT_NEAR(drawn.at("10.0.0.2:80"), 1000, 150);
}

TEST_F(UpstreamTest, AHostThatWasTriedIsAvoidedWhileThereIsAnother) {
  Upstream upstream(context, state);
  upstream.update(cluster({endpoint("10.0.0.1"), endpoint("10.0.0.2")}), nullptr, {});
  std::vector<HostPtr> const tried{upstream.hosts().front()};
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(upstream.pick(random, {.avoid = tried})->text(), "10.0.0.2:80");
  EXPECT_NE(upstream.pick(random, {.avoid = upstream.hosts()}), nullptr)
      << "all were tried: any of them again";
}

TEST_F(UpstreamTest, AnUpdateKeepsTheHostsThatStay) {
  Upstream upstream(context, state);
  upstream.update(cluster({endpoint("10.0.0.1"), endpoint("10.0.0.2")}), nullptr, {});
  auto const kept = upstream.hosts()[1];
  upstream.update(cluster({endpoint("10.0.0.2"), endpoint("10.0.0.3")}), nullptr, {});
  ASSERT_EQ(upstream.hosts().size(), 2U);
  EXPECT_EQ(upstream.hosts()[0], kept);
}

TEST_F(UpstreamTest, AnAddressNamedTwiceIsOneHostWithTheWeightOfBoth) {
  Upstream upstream(context, state);
  auto const twice =
      cluster({endpoint("10.0.0.1", 2), endpoint("10.0.0.2", 3), endpoint("10.0.0.1", 4)});
  for (int updates = 0; updates < 3; ++updates) {
    upstream.update(twice, nullptr, {});
    ASSERT_EQ(upstream.hosts().size(), 2U);
    EXPECT_EQ(upstream.hosts()[0]->endpoint().weight, 6U);
  }
}

TEST_F(UpstreamTest, EveryAddressOfANameIsAHost) {
  Upstream upstream(context, state);
  DnsTable const dns{{"backend", {"10.0.0.1", "fd00::1"}}};
  upstream.update(cluster({endpoint("backend")}, routing::Cluster::Discovery::dns), nullptr, dns);
  ASSERT_EQ(upstream.hosts().size(), 2U);
  EXPECT_EQ(upstream.hosts()[1]->text(), "[fd00::1]:80");
}

TEST_F(UpstreamTest, AFallbackNameServesWhenTheFirstDoesNotResolve) {
  Upstream upstream(context, state);
  auto in_cluster = cluster({endpoint("backend")}, routing::Cluster::Discovery::dns);
  in_cluster.fallback_names = {"backend.ns.svc.cluster.local"};
  upstream.update(in_cluster, nullptr, {{"backend.ns.svc.cluster.local", {"10.0.0.9"}}});
  ASSERT_EQ(upstream.hosts().size(), 1U);
  EXPECT_EQ(upstream.hosts()[0]->text(), "10.0.0.9:80");
}

}  // namespace
}  // namespace tidegate::gateway
