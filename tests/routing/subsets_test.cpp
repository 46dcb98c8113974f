#include <gtest/gtest.h>

#include "tests/routing/services_support.h"

/// From a subset of a DestinationRule to its endpoints.
namespace tidegate::routing {
namespace {

using namespace test;

ServiceEntry two_versions(std::string host = "origin") {
  return service_entry({std::move(host)}, Resolution::fixed,
                       {workload("10.0.0.1", {{"version", "v1"}}),
                        workload("10.0.0.2", {{"version", "v2"}, {"zone", "b"}})});
}

TEST(Subsets, KeepTheEndpointsThatCarryAllLabels) {
  auto const result = compiled(
      leading_to(to("origin", 0, "v2"), {two_versions()},
                 {rule("origin", {{"v1", {{"version", "v1"}}}, {"v2", {{"version", "v2"}}}})}));
  EXPECT_EQ(only_cluster(result).name, "outbound|80|v2|origin");
  EXPECT_EQ(only_cluster(result).subset, "v2");
  EXPECT_EQ(addresses(only_cluster(result)), Strings{"10.0.0.2/80"});
}

TEST(Subsets, RuleMayNameTheServiceInAnyForm) {
  struct Case {
    std::string entry, rule;
  };
  std::string const full = "origin.default.svc.cluster.local";
  for (Case const& c : {Case{"origin", "origin"},
                        {"origin", full},
                        {full, "origin"},
                        {full, full},
                        {full, "*.default.svc.cluster.local"},
                        {full, "*.local"},
                        {full, "*"}}) {
    auto const result = compiled(leading_to(to("origin", 0, "v1"), {two_versions(c.entry)},
                                            {rule(c.rule, {{"v1", {{"version", "v1"}}}})}));
    EXPECT_EQ(addresses(only_cluster(result)), Strings{"10.0.0.1/80"}) << c.entry << " " << c.rule;
  }
}

TEST(Subsets, ExactRuleHidesWildcardsAndLongerWildcardsShorterOnes) {
  std::vector<DestinationRule> rules{
      rule("*.local", {{"v1", {{"version", "none"}}}, {"short", {}}}),
      rule("*.svc.cluster.local", {{"v1", {{"version", "v2"}}}, {"long", {}}})};
  auto const full = "origin.default.svc.cluster.local";
  auto const by_wildcard = compiled(leading_to(to(full, 0, "v1"), {two_versions(full)}, rules));
  EXPECT_EQ(addresses(only_cluster(by_wildcard)), Strings{"10.0.0.2/80"});
  for (std::string const later : {"a", "z"}) {  // rules are read by name: both orders
    rules[0].metadata.name = later;
    rules[1].metadata.name = "m";
    EXPECT_FALSE(compiled(leading_to(to(full, 0, "short"), {two_versions(full)}, rules)).snapshot);
    EXPECT_TRUE(compiled(leading_to(to(full, 0, "long"), {two_versions(full)}, rules)).snapshot);
  }
  rules.push_back(rule(full, {{"v1", {{"version", "v1"}}}}));
  auto const exactly = compiled(leading_to(to(full, 0, "v1"), {two_versions(full)}, rules));
  EXPECT_EQ(addresses(only_cluster(exactly)), Strings{"10.0.0.1/80"});
}

TEST(Subsets, SeveralRulesOfOneHostAddUpAndTheFirstOfANameCounts) {
  auto first = rule("origin", {{"v1", {{"version", "v1"}}}});
  auto second = rule("origin", {{"v1", {{"version", "v2"}}}, {"v2", {{"version", "v2"}}}});
  second.metadata.name = "z";
  for (std::string const subset : {"v1", "v2"}) {
    auto const result =
        compiled(leading_to(to("origin", 0, subset), {two_versions()}, {second, first}));
    EXPECT_EQ(addresses(only_cluster(result)),
              Strings{subset == "v1" ? "10.0.0.1/80" : "10.0.0.2/80"});
  }
}

TEST(Subsets, ShortRuleOfAnotherNamespaceIsNotMeant) {
  auto const result =
      compiled(leading_to(to("origin", 0, "v1"), {two_versions()},
                          {rule("origin", {{"v1", {{"version", "v1"}}}}, "elsewhere")}));
  EXPECT_FALSE(result.snapshot);
}

TEST(Subsets, UnknownSubsetIsAnErrorThatNamesTheOthers) {
  auto const path = "spec.http[0].route[0].destination.subset";
  auto const others = compiled(leading_to(to("origin", 0, "v9"), {two_versions()},
                                          {rule("origin", {{"v1", {}}, {"v2", {}}})}));
  EXPECT_FALSE(others.snapshot);
  EXPECT_EQ(others.count(Severity::error, path, "there is v1, v2"), 1) << others.all();
  EXPECT_EQ(others.diagnostics.all().front().where.line, 32);
  auto const none = compiled(leading_to(to("origin", 0, "v9"), {two_versions()}));
  EXPECT_EQ(none.count(Severity::error, path, "no DestinationRule"), 1) << none.all();
}

TEST(Subsets, UnknownSubsetOfAWeightlessTargetIsAnErrorToo) {
  Documents documents =
      documents_with({route("r", {}, {to("a", 80, "", 100), to("b", 80, "v9", 0)})});
  EXPECT_FALSE(compiled(documents).snapshot);
}

TEST(Subsets, WithoutEndpointIsAWarningAtTheSubset) {
  auto const result = compiled(leading_to(to("origin", 0, "v3"), {two_versions()},
                                          {rule("origin", {{"v3", {{"version", "v3"}}}})}));
  EXPECT_TRUE(only_cluster(result).endpoints.empty());
  EXPECT_EQ(result.count(Severity::warning, "spec.subsets[0]", "subset v3"), 1) << result.all();
}

TEST(Subsets, OfANameResolvedByDnsAreEmptyAndTheWarningNamesTheRemedy) {
  auto const result = compiled(
      leading_to(to("origin", 80, "v1"), {}, {rule("origin", {{"v1", {{"version", "v1"}}}})}));
  EXPECT_TRUE(only_cluster(result).endpoints.empty());
  EXPECT_EQ(result.count(Severity::warning, "spec.subsets[0]", "add a ServiceEntry"), 1)
      << result.all();
}

}  // namespace
}  // namespace tidegate::routing
