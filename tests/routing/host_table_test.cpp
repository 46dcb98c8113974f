#include "routing/host_table.h"

#include <gtest/gtest.h>

#include <array>

#include "routing/snapshot.h"

namespace tidegate::routing {
namespace {

HostTable table_of(std::initializer_list<std::string_view> patterns) {
  HostTable table;
  std::uint32_t number = 0;
  for (std::string_view pattern : patterns) EXPECT_TRUE(table.add(pattern, number++)) << pattern;
  return table;
}

TEST(HostTable, ExactBeatsLongestSuffixBeatsStar) {
  HostTable const table = table_of({"*", "*.foo.com", "*.b.foo.com", "a.b.foo.com"});
  struct Case {
    std::string_view host;
    std::uint32_t expected;
  };
  for (Case const& c : {Case{"a.b.foo.com", 3}, Case{"x.b.foo.com", 2}, Case{"b.foo.com", 1},
                        Case{"y.foo.com", 1}, Case{"y.z.foo.com", 1}, Case{"foo.com", 0},
                        Case{"xfoo.com", 0}, Case{"", 0}, Case{"com", 0}})
    EXPECT_EQ(table.find(c.host), c.expected) << c.host;
}

TEST(HostTable, WildcardMatchesAnyDepthButNotTheBareDomain) {
  HostTable const table = table_of({"*.foo.com"});
  EXPECT_EQ(table.find("a.foo.com"), 0U);
  EXPECT_EQ(table.find("a.b.c.foo.com"), 0U);
  EXPECT_EQ(table.find("foo.com"), std::nullopt);
  EXPECT_EQ(table.find(".foo.com"), std::nullopt);
  EXPECT_EQ(table.find("afoo.com"), std::nullopt);
  EXPECT_EQ(table.find("a.foo.com.evil"), std::nullopt);
}

TEST(HostTable, FirstOfEqualPatternsStays) {
  HostTable table = table_of({"a.test", "*.test", "*"});
  EXPECT_FALSE(table.add("a.test", 9));
  EXPECT_FALSE(table.add("*.test", 9));
  EXPECT_FALSE(table.add("*", 9));
  EXPECT_EQ(table.find("a.test"), 0U);
  EXPECT_EQ(table.find("b.test"), 1U);
  EXPECT_EQ(table.find("b"), 2U);
}

TEST(HostTable, EmptyUntilSomethingIsAdded) {
  EXPECT_TRUE(HostTable{}.empty());
  EXPECT_FALSE(table_of({"*"}).empty());
  EXPECT_FALSE(table_of({"*.a"}).empty());
  EXPECT_FALSE(table_of({"a"}).empty());
}

TEST(HostTable, OfTenThousandPatternsEachIsFound) {
  HostTable table;
  auto const name = [](std::uint32_t i) { return "customer-" + std::to_string(i) + ".test"; };
  for (std::uint32_t i = 0; i < 10'000; ++i)
    EXPECT_TRUE(table.add((i % 2 == 0 ? "*." : "") + name(i), i));
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(table.add((i % 2 == 0 ? "*." : "") + name(i), 0));
    EXPECT_EQ(table.find((i % 2 == 0 ? "www." : "") + name(i)), i);
    EXPECT_EQ(table.find((i % 2 == 0 ? "" : "www.") + name(i)), std::nullopt);
  }
}

TEST(HostTable, NameOfManyLabelsStillFindsItsSuffix) {
  HostTable const table = table_of({"*.foo.com"});
  std::string host;
  for (int i = 0; i < 20'000; ++i) host += "a.";
  EXPECT_EQ(table.find(host + "foo.com"), 0U);
  EXPECT_EQ(table.find(host + "bar.com"), std::nullopt);
}

TEST(HostTable, CoversWhatANarrowerPatternCovers) {
  struct Case {
    std::string_view pattern, narrower;
    bool expected;
  };
  for (Case const& c :
       {Case{"*", "a.b", true}, Case{"*", "*", true}, Case{"*", "*.b", true},
        Case{"*.b", "*", false}, Case{"*.b", "a.b", true}, Case{"*.b", "*.b", true},
        Case{"*.b", "*.a.b", true}, Case{"*.a.b", "*.b", false}, Case{"*.b", "b", false},
        Case{"*.b", "ab", false}, Case{"a.b", "a.b", true}, Case{"a.b", "*.b", false}})
    EXPECT_EQ(covers(c.pattern, c.narrower), c.expected) << c.pattern << " " << c.narrower;
}

TEST(HostTable, HostOfDropsPortAndTrailingDotAndCase) {
  struct Case {
    std::string_view authority, expected;
  };
  std::array<char, 64> buffer;
  for (Case const& c :
       {Case{"A.Test", "a.test"}, Case{"a.test:8443", "a.test"}, Case{"a.test:", "a.test"},
        Case{"a.test.", "a.test"}, Case{"a.test.:80", "a.test"},
        Case{"[2001:DB8::1]", "[2001:db8::1]"}, Case{"[::1]:443", "[::1]"},
        Case{"127.0.0.1:80", "127.0.0.1"}, Case{"", ""}, Case{".", "."}, Case{"a:b", "a:b"}})
    EXPECT_EQ(host_of(c.authority, buffer.data()), c.expected) << c.authority;
}

TEST(RouteTable, FindIgnoresCaseAndPortAndTooLongNames) {
  RouteTable table;
  table.hosts.resize(2);
  table.hosts[0].name = "a.test";
  table.hosts[1].name = "*";
  table.index.add("a.test", 0);
  EXPECT_EQ(table.find("A.TEST:8080"), &table.hosts[0]);
  EXPECT_EQ(table.find("b.test"), nullptr);
  std::string const long_name = std::string(70'000, 'a') + ".test";
  EXPECT_EQ(table.find(long_name), nullptr);
  table.index.add("*", 1);
  EXPECT_EQ(table.find(long_name), &table.hosts[1]);
}

}  // namespace
}  // namespace tidegate::routing
