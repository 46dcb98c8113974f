#include "routing/hash_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "routing/random.h"

namespace tidegate::routing {
namespace {

constexpr int kKeys = 20'000;

using Names = std::vector<std::string>;
using Build = HashTable (*)(std::span<HashedHost const>, std::uint64_t);

struct Kind {
  char const* name;
  Build build;
  std::uint64_t size;
  double tolerance;  ///< how far a host's share may be from its due
};

HashTable built(Kind const& kind, std::vector<HashedHost> const& hosts) {
  return kind.build(hosts, kind.size);
}

std::vector<HashedHost> hosts_of(Names const& names) {
  std::vector<HashedHost> hosts;
  for (auto const& name : names) hosts.push_back({name, 1});
  return hosts;
}

Names many(int count) {
  Names names;
  for (int i = 0; i < count; ++i) names.push_back("10.0.0." + std::to_string(i) + ":80");
  return names;
}

bool everybody(std::size_t /*host*/) { return true; }

struct HashTables : testing::TestWithParam<Kind> {
  /// Where each key leads, by name; the keys are the same every time.
  std::vector<std::string> leads(Names const& names) const {
    auto const hosts = hosts_of(names);
    auto const table = built(GetParam(), hosts);
    Random random(7);
    std::vector<std::string> found;
    for (int i = 0; i < kKeys; ++i) found.push_back(names[*table.find(random.next(), everybody)]);
    return found;
  }
};

TEST_P(HashTables, EachHostHasItsShareOfTheKeys) {
  std::vector<HashedHost> const hosts{{"a:1", 1}, {"b:1", 2}, {"c:1", 3}, {"d:1", 4}};
  auto const table = built(GetParam(), hosts);
  Random random(3);
  std::map<std::size_t, double> drawn;
  for (int i = 0; i < kKeys; ++i) drawn[*table.find(random.next(), everybody)] += 1.0 / kKeys;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    double const due = hosts[i].weight / 10.0;
    EXPECT_NEAR(drawn[i], due, due * GetParam().tolerance) << hosts[i].name;
  }
}

TEST_P(HashTables, WhenAHostGoesFewOtherKeysMove) {
  auto names = many(20);
  auto const before = leads(names);
  auto const gone = names[7];
  names.erase(names.begin() + 7);
  auto const after = leads(names);
  int moved = 0;
  for (int i = 0; i < kKeys; ++i) {
    auto const key = static_cast<std::size_t>(i);
    if (before[key] != gone && before[key] != after[key]) ++moved;
  }
  EXPECT_LT(moved, kKeys / 20) << "of those that led to a host that stays";
}

TEST_P(HashTables, TheOrderOfTheHostsDoesNotMatterMuch) {
  auto names = many(10);
  auto const before = leads(names);
  std::reverse(names.begin(), names.end());
  auto const after = leads(names);
  int moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i) moved += before[i] != after[i] ? 1 : 0;
  EXPECT_LT(moved, kKeys / 10);
}

TEST_P(HashTables, OnlyTheKeysOfHostsThatAreNotAcceptedGoElsewhereAndTheySpread) {
  auto const names = many(10);
  auto const hosts = hosts_of(names);
  auto const table = built(GetParam(), hosts);
  Random random(5);
  std::map<std::size_t, int> instead;
  for (int i = 0; i < kKeys; ++i) {
    auto const key = random.next();
    auto const usual = *table.find(key, everybody);
    auto const found = *table.find(key, [](std::size_t host) { return host != 4; });
    if (usual == 4) {
      ++instead[found];
    } else {
      ASSERT_EQ(found, usual);
    }
  }
  EXPECT_EQ(instead.count(4), 0U);
  EXPECT_GE(instead.size(), 8U) << "one neighbour takes over everything";
}

TEST_P(HashTables, WithoutHostsOrAcceptedHostsNothingIsFound) {
  EXPECT_FALSE(built(GetParam(), {}).find(1, everybody));
  Names const names{"a", "b"};  // the hosts are views of them
  auto const hosts = hosts_of(names);
  auto const nobody = [](std::size_t) { return false; };
  EXPECT_FALSE(built(GetParam(), hosts).find(1, nobody));
}

INSTANTIATE_TEST_SUITE_P(Both, HashTables,
                         testing::Values(Kind{"Ring", &HashTable::ring, 4096, 0.25},
                                         Kind{"Maglev", &HashTable::maglev, 65537, 0.05}),
                         [](auto const& tested) { return std::string(tested.param.name); });

TEST(HashRing, HasAtLeastTheSizeAskedForAndThePlacesOfTheLightestAreWhole) {
  std::vector<HashedHost> const hosts{{"a", 1}, {"b", 2}};
  EXPECT_EQ(HashTable::ring(hosts, 1024).size(), 1026U);
  EXPECT_EQ(HashTable::ring(hosts, 1).size(), 3U);
}

TEST(Maglev, IsAsLargeAsItWasAskedForAndHostsHaveEquallyManyPlaces) {
  auto const names = many(3);
  auto const table = HashTable::maglev(hosts_of(names), 251);
  ASSERT_EQ(table.size(), 251U);
  std::map<std::size_t, int> places;
  for (std::uint64_t hash = 0; hash < 251; ++hash) ++places[*table.find(hash, everybody)];
  for (auto const& [host, count] : places) EXPECT_NEAR(count, 251 / 3, 1) << names[host];
}

}  // namespace
}  // namespace tidegate::routing
