#include <gtest/gtest.h>

#include <cmath>

#include "routing/compile_retry.h"
#include "routing/policies/fault_abort.h"
#include "routing/policies/fault_delay.h"
#include "tests/routing/support.h"

namespace tidegate::routing {
namespace {

using config::Severity;

/// How many of `draws` requests a policy touches, and how many draws below its share there were.
struct Counts {
  int touched = 0;
  int expected = 0;
};

Counts count(Policy const& policy, std::uint32_t millionths, int draws) {
  http::RequestHead const request;
  Random random(99), same(99);
  Context context{request, random};
  Counts counts;
  for (int i = 0; i < draws; ++i) {
    counts.touched += std::holds_alternative<Pass>(policy.on_request(context)) ? 0 : 1;
    counts.expected += same.below(1'000'000) < millionths ? 1 : 0;
  }
  return counts;
}

TEST(FaultDelay, HoldsBackForItsTimeWithItsFlag) {
  http::RequestHead const request;
  Random random(1);
  Context context{request, random};
  Verdict const verdict =
      FaultDelay(1'000'000, std::chrono::milliseconds(5000)).on_request(context);
  ASSERT_TRUE(std::holds_alternative<Delay>(verdict));
  EXPECT_EQ(std::get<Delay>(verdict).duration, std::chrono::milliseconds(5000));
  EXPECT_EQ(std::get<Delay>(verdict).flags, http::Flag::delay_injected);
}

TEST(FaultAbort, AnswersWithEnvoysBodyFlagAndDetails) {
  http::RequestHead const request;
  Random random(1);
  Context context{request, random};
  Verdict const verdict = FaultAbort(1'000'000, 503).on_request(context);
  ASSERT_TRUE(std::holds_alternative<Reply>(verdict));
  Reply const& reply = std::get<Reply>(verdict);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body, "fault filter abort");
  EXPECT_EQ(reply.details, "fault_filter_abort");
  EXPECT_EQ(reply.flags, http::Flag::fault_injected);
  EXPECT_EQ(reply.grpc_status, -1);
}

TEST(Fault, AllIsEveryRequestAndNoneIsNone) {
  for (std::uint32_t millionths : {0U, 1'000'000U}) {
    int const all = millionths == 0 ? 0 : 10'000;
    EXPECT_EQ(count(FaultAbort(millionths, 500), millionths, 10'000).touched, all);
    EXPECT_EQ(
        count(FaultDelay(millionths, std::chrono::milliseconds(1)), millionths, 10'000).touched,
        all);
  }
}

TEST(Fault, SharesAreExactToOneMillionth) {
  for (std::uint32_t millionths : {1U, 2U, 1000U, 500'000U, 999'999U}) {
    Counts const counts = count(FaultAbort(millionths, 500), millionths, 3'000'000);
    EXPECT_EQ(counts.touched, counts.expected) << millionths;
    EXPECT_NEAR(counts.touched, 3.0 * millionths, 5 + 5.0 * std::sqrt(3.0 * millionths));
  }
}

TEST(GrpcStatus, IsKnownByItsNameAlone) {
  EXPECT_EQ(grpc_status_of("UNAVAILABLE")->code, 14);
  EXPECT_EQ(grpc_status_of("UNAVAILABLE")->http_status, 503);
  EXPECT_EQ(grpc_status_of("OK")->code, 0);
  EXPECT_EQ(grpc_status_of("UNAUTHENTICATED")->code, 16);
  EXPECT_FALSE(grpc_status_of("unavailable"));
  EXPECT_FALSE(grpc_status_of("14"));
  EXPECT_FALSE(grpc_status_of(""));
}

struct CompiledFaults {
  std::vector<std::shared_ptr<Policy const>> policies;
  test::Compiled found;
};

CompiledFaults compiled_faults(config::istio::Fault fault) {
  config::istio::HttpRoute route = test::route("r");
  route.fault = std::move(fault);
  CompiledFaults result;
  Report report(result.found.diagnostics);
  result.policies = compile_faults(route, report);
  return result;
}

TEST(CompileFaults, DelayComesBeforeAbortAndEachIsDrawnForItself) {
  config::istio::Fault fault;
  fault.delay = {1'000'000, std::chrono::milliseconds(5)};
  fault.abort = {1'000'000, 418, ""};
  auto const policies = compiled_faults(fault).policies;
  ASSERT_EQ(policies.size(), 2U);
  http::RequestHead const request;
  Random random(3), untouched(3);
  Context context{request, random};
  EXPECT_TRUE(std::holds_alternative<Delay>(policies[0]->on_request(context)));
  EXPECT_TRUE(std::holds_alternative<Reply>(policies[1]->on_request(context)));
  (void)untouched.next();
  (void)untouched.next();
  EXPECT_EQ(random.next(), untouched.next());  // two draws were made
}

TEST(CompileFaults, NoPercentageIsNoPolicy) {
  config::istio::Fault fault;
  fault.delay = {0, std::chrono::milliseconds(5)};
  fault.abort = {0, 500, ""};
  EXPECT_TRUE(compiled_faults(fault).policies.empty());
  EXPECT_TRUE(compiled_faults({}).policies.empty());
}

TEST(CompileFaults, GrpcStatusBecomesItsCodeAndAnHttpStatus) {
  config::istio::Fault fault;
  fault.abort = {1'000'000, 0, "RESOURCE_EXHAUSTED"};
  auto const policies = compiled_faults(fault).policies;
  ASSERT_EQ(policies.size(), 1U);
  http::RequestHead const request;
  Random random(3);
  Context context{request, random};
  Reply const reply = std::get<Reply>(policies[0]->on_request(context));
  EXPECT_EQ(reply.grpc_status, 8);
  EXPECT_EQ(reply.status, 429);
}

TEST(CompileFaults, UnknownGrpcStatusIsAnErrorEvenAtZeroPercent) {
  config::istio::Fault fault;
  fault.abort = {0, 0, "BROKEN"};
  auto const result = compiled_faults(fault);
  EXPECT_EQ(result.found.count(Severity::error, "spec.http[0].fault.abort.grpcStatus", "BROKEN"), 1)
      << result.found.all();
}

}  // namespace
}  // namespace tidegate::routing
