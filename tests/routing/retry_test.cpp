#include "routing/retry.h"

#include <gtest/gtest.h>

#include <string>

#include "routing/compile_retry.h"
#include "tests/routing/support.h"

namespace tidegate::routing {
namespace {

using http::Failure;
using Kind = Failure::Kind;
using config::Severity;

RetryPolicy policy_of(std::string_view retry_on) {
  std::string_view unknown;
  RetryPolicy policy;
  policy.attempts = 2;
  policy.conditions = parse_retry_on(retry_on, unknown).value();
  return policy;
}

http::ResponseHead response(int status) {
  http::ResponseHead head;
  head.status = status;
  return head;
}

Failure failure(Kind kind, bool sent_nothing) {
  return {.kind = kind, .side = Failure::Side::upstream, .sent_nothing = sent_nothing};
}

TEST(ParseRetryOn, KnowsEveryWordAndTrimsBlanks) {
  std::string_view unknown;
  auto const conditions = parse_retry_on(
      " 5xx, gateway-error,reset ,reset-before-request,connect-failure,refused-stream,"
      "retriable-4xx,retriable-status-codes,retriable-headers,envoy-ratelimited,cancelled,"
      "deadline-exceeded,internal,resource-exhausted,unavailable,http3-post-connect-failure",
      unknown);
  ASSERT_TRUE(conditions) << unknown;
  EXPECT_EQ(conditions->bits, 0xffffU);
  EXPECT_TRUE(conditions->status_codes.empty());
}

TEST(ParseRetryOn, NumberIsAStatusCodeAndSwitchesThePolicyOn) {
  std::string_view unknown;
  auto const conditions = parse_retry_on("reset,503, 429", unknown);
  ASSERT_TRUE(conditions);
  EXPECT_TRUE(conditions->has(RetryOn::retriable_status_codes));
  EXPECT_EQ(conditions->status_codes, (std::vector<int>{503, 429}));
}

TEST(ParseRetryOn, NamesTheUnknownWord) {
  for (std::string_view word : {"5XX", "resets", "42", "600", "5xx reset", "503x", "-1"}) {
    std::string_view unknown;
    std::string const text = "reset," + std::string(word);
    EXPECT_FALSE(parse_retry_on(text, unknown)) << word;
    EXPECT_EQ(unknown, word);
  }
}

TEST(Retry, MatrixOfAnswersAndConditions) {
  struct Case {
    std::string_view retry_on;
    int status;
    bool expected;
  };
  for (Case const& c : {Case{"5xx", 500, true},
                        {"5xx", 599, true},
                        {"5xx", 499, false},
                        {"5xx", 200, false},
                        {"gateway-error", 502, true},
                        {"gateway-error", 503, true},
                        {"gateway-error", 504, true},
                        {"gateway-error", 500, false},
                        {"gateway-error", 505, false},
                        {"retriable-4xx", 409, true},
                        {"retriable-4xx", 404, false},
                        {"retriable-status-codes", 503, false},
                        {"503", 503, true},
                        {"503", 500, false},
                        {"404,429", 429, true},
                        {"reset,connect-failure,refused-stream", 503, false},
                        {"retriable-headers", 503, false}})
    EXPECT_EQ(policy_of(c.retry_on).retries(response(c.status)), c.expected)
        << c.retry_on << " " << c.status;
}

TEST(Retry, GrpcStatusCountsOnlyWithItsCondition) {
  struct Case {
    std::string_view retry_on, status;
    bool expected;
  };
  for (Case const& c : {Case{"cancelled", "1", true},
                        {"deadline-exceeded", "4", true},
                        {"resource-exhausted", "8", true},
                        {"internal", "13", true},
                        {"unavailable", "14", true},
                        {"unavailable", "13", false},
                        {"unavailable", "0", false},
                        {"unavailable", "14x", false},
                        {"5xx", "14", false}}) {
    http::ResponseHead head = response(200);
    head.headers.add("grpc-status", c.status);
    EXPECT_EQ(policy_of(c.retry_on).retries(head), c.expected) << c.retry_on << " " << c.status;
  }
}

TEST(Retry, OverloadedAndRatelimitedOriginsAreLeftAlone) {
  http::ResponseHead overloaded = response(503);
  overloaded.headers.add("x-envoy-overloaded", "true");
  EXPECT_FALSE(policy_of("5xx").retries(overloaded));
  http::ResponseHead limited = response(503);
  limited.headers.add("x-envoy-ratelimited", "true");
  EXPECT_FALSE(policy_of("5xx").retries(limited));
  EXPECT_TRUE(policy_of("envoy-ratelimited").retries(limited));
}

TEST(Retry, MatrixOfFailuresAndConditions) {
  struct Case {
    std::string_view retry_on;
    Kind kind;
    bool sent_nothing;
    bool expected;
  };
  for (Case const& c : {Case{"connect-failure", Kind::connect, true, true},
                        {"connect-failure", Kind::reset, false, false},
                        {"connect-failure", Kind::reset, true, false},
                        {"connect-failure", Kind::timeout, false, false},
                        {"refused-stream", Kind::refused, false, true},
                        {"refused-stream", Kind::reset, false, false},
                        {"reset-before-request", Kind::reset, true, true},
                        {"reset-before-request", Kind::closed, true, true},
                        {"reset-before-request", Kind::reset, false, false},
                        {"reset-before-request", Kind::timeout, true, true},
                        {"reset-before-request", Kind::timeout, false, false},
                        {"reset", Kind::reset, false, true},
                        {"reset", Kind::closed, false, true},
                        {"reset", Kind::timeout, false, true},
                        {"reset", Kind::connect, true, true},
                        {"reset", Kind::protocol, false, true},
                        {"gateway-error", Kind::timeout, false, true},
                        {"5xx", Kind::timeout, false, true},
                        {"5xx", Kind::closed, false, true},
                        {"5xx", Kind::overflow, true, false},
                        {"reset", Kind::cancelled, true, false},
                        {"503", Kind::reset, false, false},
                        {"retriable-4xx", Kind::connect, true, false}})
    EXPECT_EQ(policy_of(c.retry_on).retries(failure(c.kind, c.sent_nothing)), c.expected)
        << c.retry_on << " " << static_cast<int>(c.kind) << " " << c.sent_nothing;
}

TEST(Retry, NothingIsRetriedOnceTheAnswerBeganOrWhenTheClientFailed) {
  Failure begun = failure(Kind::reset, false);
  begun.response_started = true;
  EXPECT_FALSE(policy_of("5xx,reset").retries(begun));
  Failure of_client = failure(Kind::reset, true);
  of_client.side = Failure::Side::client;
  EXPECT_FALSE(policy_of("5xx,reset").retries(of_client));
}

TEST(Retry, NoAttemptsMeansNever) {
  RetryPolicy policy = policy_of("5xx,reset");
  policy.attempts = 0;
  EXPECT_FALSE(policy.retries(response(503)));
  EXPECT_FALSE(policy.retries(failure(Kind::reset, true)));
}

TEST(Retry, DefaultDoesNotRetryTimeoutsOrServerErrors) {
  RetryPolicy policy;
  policy.attempts = 2;
  policy.conditions = default_retry_conditions();
  EXPECT_FALSE(policy.retries(failure(Kind::timeout, false)));
  EXPECT_FALSE(policy.retries(failure(Kind::reset, false)));
  EXPECT_FALSE(policy.retries(response(503)));
  EXPECT_FALSE(policy.retries(response(500)));
  EXPECT_TRUE(policy.retries(failure(Kind::connect, true)));
  EXPECT_TRUE(policy.retries(failure(Kind::reset, true)));
  EXPECT_TRUE(policy.retries(failure(Kind::refused, false)));
}

TEST(Retry, BackoffStaysInItsWindowAndFillsIt) {
  struct Case {
    std::uint32_t n;
    long window;
  };
  RetryPolicy const policy;  // 25 ms, 250 ms
  for (Case const& c : {Case{0, 0}, {1, 25}, {2, 75}, {3, 175}, {4, 250}, {31, 250}, {1000, 250}}) {
    Random random(c.n);
    long longest = 0;
    long shortest = 1000;
    for (int i = 0; i < 5000; ++i) {
      long const pause = policy.backoff(c.n, random).count();
      ASSERT_GE(pause, 0);
      ASSERT_LT(pause, c.window == 0 ? 1 : c.window) << c.n;
      longest = std::max(longest, pause);
      shortest = std::min(shortest, pause);
    }
    EXPECT_EQ(shortest, 0);
    EXPECT_GE(longest, c.window - 2);
  }
}

TEST(Retry, BackoffOfAHugeBaseDoesNotOverflow) {
  RetryPolicy policy;
  policy.base_interval = milliseconds::max();
  policy.max_interval = milliseconds(10);
  Random random(1);
  for (std::uint32_t n = 1; n < 100; ++n) EXPECT_LT(policy.backoff(n, random).count(), 10);
}

struct CompiledRetries {
  RetryPolicy policy;
  test::Compiled found;
};

CompiledRetries compiled_retries(std::optional<config::istio::Retries> retries,
                                 milliseconds timeout = milliseconds{0}) {
  config::istio::HttpRoute route;
  route.retries = std::move(retries);
  if (route.retries) route.retries->origin = test::at(3, "spec.http[0].retries");
  CompiledRetries result;
  Report report(result.found.diagnostics);
  result.policy = compile_retries(route, timeout, report);
  return result;
}

TEST(CompileRetries, AbsentBlockIsTwoRetriesOnTheDefaultConditions) {
  RetryPolicy const policy = compiled_retries(std::nullopt).policy;
  EXPECT_EQ(policy.attempts, 2U);
  EXPECT_EQ(policy.conditions.bits, default_retry_conditions().bits);
  EXPECT_EQ(policy.per_try_timeout.count(), 0);
  EXPECT_EQ(policy.avoid_previous_hosts, std::nullopt);
}

TEST(CompileRetries, ZeroAttemptsSwitchesOff) {
  EXPECT_EQ(compiled_retries(config::istio::Retries{}).policy.attempts, 0U);
}

TEST(CompileRetries, BackoffSetsBaseAndTenTimesItAsTheCap) {
  config::istio::Retries retries;
  retries.attempts = 1;
  retries.backoff = milliseconds(40);
  retries.retry_ignore_previous_hosts = false;
  RetryPolicy const policy = compiled_retries(retries).policy;
  EXPECT_EQ(policy.base_interval, milliseconds(40));
  EXPECT_EQ(policy.max_interval, milliseconds(400));
  EXPECT_EQ(policy.avoid_previous_hosts, false);
}

TEST(CompileRetries, UnknownConditionIsAnErrorAtItsPlace) {
  config::istio::Retries retries;
  retries.attempts = 1;
  retries.retry_on = "5xx,sometimes";
  auto const [policy, found] = compiled_retries(retries);
  EXPECT_EQ(found.count(Severity::error, "spec.http[0].retries.retryOn", "\"sometimes\""), 1)
      << found.all();
}

TEST(CompileRetries, PerTryTimeoutThatHasNoEffectIsAWarning) {
  config::istio::Retries retries;
  retries.attempts = 3;
  retries.retry_on = "5xx";
  retries.per_try_timeout = milliseconds(1000);
  auto const path = "spec.http[0].retries.perTryTimeout";
  auto const has_warning = [&](milliseconds timeout) {
    return compiled_retries(retries, timeout).found.count(Severity::warning, path, "no effect");
  };
  EXPECT_EQ(has_warning(milliseconds(1000)), 1);
  EXPECT_EQ(has_warning(milliseconds(500)), 1);
  EXPECT_EQ(has_warning(milliseconds(1001)), 0);
  EXPECT_EQ(has_warning(milliseconds(0)), 0);
}

TEST(CompileRetries, PerTryTimeoutsThatAreNotRetriedAreNoticed) {
  config::istio::Retries retries;
  retries.attempts = 3;
  retries.per_try_timeout = milliseconds(1000);
  auto const path = "spec.http[0].retries.perTryTimeout";
  EXPECT_EQ(compiled_retries(retries).found.count(Severity::notice, path, "not retried"), 1);
  retries.retry_on = "reset";
  EXPECT_EQ(compiled_retries(retries).found.count(Severity::notice, path, "not retried"), 0);
}

}  // namespace
}  // namespace tidegate::routing
