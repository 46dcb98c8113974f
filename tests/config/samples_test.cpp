#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

/// A file that the fuzzer starts from: every kind with every field, as users write them.
Loaded sample(std::string const& name) {
  std::ifstream file(TIDEGATE_SOURCE "/tests/fuzz/corpus/config/" + name);
  std::stringstream text;
  text << file.rdbuf();
  Loaded result = loaded(text.str());
  for (std::string const& problem : result.problems) {
    EXPECT_FALSE(problem.starts_with("error") && problem.find("not supported yet") == problem.npos)
        << problem;
    EXPECT_EQ(problem.find("unknown field"), problem.npos) << problem;
  }
  return result;
}

TEST(Samples, TrafficPoliciesOfThreeVersionsAreUnderstood) {
  auto const documents = sample("traffic_policy.yaml").documents;
  ASSERT_EQ(documents.destination_rules.size(), 3u);
  auto const& reviews = documents.destination_rules[0];
  EXPECT_EQ(reviews.traffic_policy->connection_pool->max_retries, 3u);
  EXPECT_EQ(reviews.subsets.at(1).traffic_policy->port_level_settings.at(0).port, 443u);
  auto const& google = documents.destination_rules[1];
  EXPECT_EQ(google.traffic_policy->port_level_settings.at(0).policy.tls->sni, "www.googleapis.com");
  auto const& partner = documents.destination_rules[2];
  EXPECT_EQ(partner.traffic_policy->tls->mode, istio::ClientTls::Mode::mutual);
}

TEST(Samples, EveryActionOfAnHttpRouteIsUnderstood) {
  auto const documents = sample("http_actions.yaml").documents;
  ASSERT_EQ(documents.virtual_services.size(), 2u);
  auto const& routes = documents.virtual_services[0].http;
  ASSERT_EQ(routes.size(), 8u);
  EXPECT_EQ(routes[0].redirect->code, 308);
  EXPECT_EQ(routes[3].direct_response->body, std::string("\0\1\2", 3));
  EXPECT_EQ(routes[4].delegate->name_space, "docs");
  EXPECT_EQ(routes[6].mirrors.at(0).percentage, 125'000u);
  EXPECT_EQ(routes[7].mirrors.at(0).percentage, 1'000u);
  EXPECT_TRUE(documents.virtual_services[1].hosts.empty());
}

TEST(Samples, WhatIsNotHttpIsUnderstood) {
  auto const documents = sample("tls_and_tcp.yaml").documents;
  EXPECT_EQ(documents.virtual_services.at(0).tls.at(0).match.size(), 2u);
  EXPECT_EQ(documents.virtual_services.at(0).tcp.at(0).match.at(0).port, 444u);
  EXPECT_EQ(documents.service_entries.at(0).resolution, istio::Resolution::dynamic_dns);
  EXPECT_EQ(documents.service_entries.at(1).endpoints.at(0).locality, "us/a");
  EXPECT_EQ(documents.secrets.at(0).ca_certificates, "x");
  EXPECT_EQ(documents.settings.api.rate_limit.header, "x-api-key");
}

}  // namespace
}  // namespace tidegate::config
