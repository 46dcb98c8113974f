#include "routing/route.h"

#include <gtest/gtest.h>

#include <map>

#include "routing/snapshot.h"
#include "tests/routing/support.h"

namespace tidegate::routing {
namespace {

TEST(Targets, AloneIsAlwaysPickedWhateverItsWeight) {
  Cluster const only;
  Targets targets;
  EXPECT_TRUE(targets.empty());
  targets.add(only, 0);
  Random random(1);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(targets.pick(random).cluster, &only);
}

TEST(Targets, SharesFollowTheWeights) {
  Cluster const stable, canary, off;
  Targets targets;
  targets.add(stable, 90);
  targets.add(off, 0);
  targets.add(canary, 10);
  Random random(2024);
  std::map<Cluster const*, int> picked;
  for (int i = 0; i < 100'000; ++i) ++picked[targets.pick(random).cluster];
  EXPECT_NEAR(picked[&stable], 90'000, 400);  // four standard deviations
  EXPECT_EQ(picked[&off], 0);
  EXPECT_EQ(picked[&stable] + picked[&canary], 100'000);
}

TEST(Targets, WeightsNeedNotSumUpToAHundredAndMayBeHuge) {
  Cluster const a, b;
  Targets targets;
  targets.add(a, 0xffffffffU);
  targets.add(b, 0xffffffffU);
  Random random(5);
  int first = 0;
  for (int i = 0; i < 10'000; ++i) first += targets.pick(random).cluster == &a ? 1 : 0;
  EXPECT_NEAR(first, 5000, 200);
}

TEST(Targets, SeededRandomGivesTheSameChoices) {
  Cluster const a, b;
  Targets targets;
  targets.add(a, 1);
  targets.add(b, 1);
  Random one(11), same(11);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(targets.pick(one).cluster, targets.pick(same).cluster);
}

TEST(VirtualHost, FirstMatchingRouteWins) {
  config::Diagnostics diagnostics;
  std::vector<Route> routes;
  for (std::string const path : {"/a/b", "/a"}) {
    Route route;
    route.name = path;
    route.matcher = Matcher(test::uri(test::prefix(path)), diagnostics);
    routes.push_back(route);
  }
  VirtualHost host;
  host.routes = RouteList(std::move(routes));
  EXPECT_EQ(host.find(test::Request{.path = "/a/b/c"}.head()), &host.routes[0]);
  EXPECT_EQ(host.find(test::Request{.path = "/a/c"}.head()), &host.routes[1]);
  EXPECT_EQ(host.find(test::Request{.path = "/c"}.head()), nullptr);
}

}  // namespace
}  // namespace tidegate::routing
