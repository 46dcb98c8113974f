#include <gtest/gtest.h>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

using namespace std::chrono_literals;

ApiSettings api(std::string_view fields) {
  std::string const yaml = "api: {" + std::string(fields) + "}\n";
  EXPECT_EQ(mistakes_of(yaml), "") << fields;
  return loaded(yaml).documents.settings.api;
}

TEST(ApiSettings, NothingLimitsUnlessToldSo) {
  EXPECT_EQ(api("").rate_limit.requests, 0u);
  EXPECT_EQ(api("rate_limit: 0").rate_limit.requests, 0u);
  EXPECT_TRUE(api("").cors_origins.empty());
}

TEST(ApiSettings, ANumberIsRequestsASecondOfTheGateway) {
  auto const limit = api("rate_limit: \"1000\"").rate_limit;
  EXPECT_EQ(limit.requests, 1000u);
  EXPECT_EQ(limit.per, 1s);
  EXPECT_EQ(limit.burst, 1000u);
  EXPECT_EQ(limit.by, RateLimit::By::gateway);
}

TEST(ApiSettings, TheLongFormSaysAllOfIt) {
  auto limit = api("rate_limit: {requests: 10, per: 1m, burst: 5, by: client}").rate_limit;
  EXPECT_EQ(limit.requests, 10u);
  EXPECT_EQ(limit.per, 1min);
  EXPECT_EQ(limit.burst, 5u);
  EXPECT_EQ(limit.by, RateLimit::By::client);
  limit = api("rate_limit: {requests: 10, by: 'header:X-Api-Key'}").rate_limit;
  EXPECT_EQ(limit.burst, 10u);
  EXPECT_EQ(limit.by, RateLimit::By::header);
  EXPECT_EQ(limit.header, "x-api-key");
  EXPECT_EQ(api("rate_limit: {requests: 1, by: host}").rate_limit.by, RateLimit::By::host);
}

TEST(ApiSettings, OriginsAreLowerCased) {
  EXPECT_EQ(
      api("cors_origins: ['https://App.example.com', 'http://localhost:3000', '*']").cors_origins,
      (std::vector<std::string>{"https://app.example.com", "http://localhost:3000", "*"}));
}

TEST(ApiSettings, MistakesAreNamed) {
  struct Case {
    std::string_view fields;
    std::string_view mistakes;
  };
  Case const cases[] = {
      {"rate_limit: x",
       "error f:1:19: api.rate_limit: expected a whole number, 0 to 4294967295; found \"x\"\n"},
      {"rate_limit: {per: 1s}", "error f:1:19: api.rate_limit: `requests` is missing\n"},
      {"rate_limit: {requests: 1, per: 0s}",
       "error f:1:38: api.rate_limit.per: expected a duration of at least 1ms; found \"0s\"\n"},
      {"rate_limit: {requests: 1, burst: 0}",
       "error f:1:40: api.rate_limit.burst: expected a whole number, 1 to 4294967295; found "
       "\"0\"\n"},
      {"rate_limit: {requests: 1, by: 'header:'}",
       "error f:1:37: api.rate_limit.by: expected gateway, host, client or header:NAME; found "
       "\"header:\"\n"},
      {"cors_origins: [app.example.com]",
       "error f:1:22: api.cors_origins[0]: expected an origin such as https://app.example.com, "
       "without a path, or *; found \"app.example.com\"\n"},
      {"cors_origins: ['https://a/']",
       "error f:1:22: api.cors_origins[0]: expected an origin such as https://app.example.com, "
       "without a path, or *; found \"https://a/\"\n"},
  };
  for (auto const& [fields, mistakes] : cases) {
    EXPECT_EQ(mistakes_of("api: {" + std::string(fields) + "}\n"), mistakes) << fields;
  }
}

TEST(Settings, TheStateDirectoryIsRead) {
  EXPECT_EQ(loaded("state: {directory: /var/lib/tidegate}\n").documents.settings.state_directory,
            "/var/lib/tidegate");
}

}  // namespace
}  // namespace tidegate::config
