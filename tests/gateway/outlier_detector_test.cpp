#include "gateway/upstream/outlier_detector.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;
using Kind = AttemptResult::Kind;
using Reason = OutlierDetector::Reason;

constexpr AttemptResult kBroken{Kind::broken};
constexpr AttemptResult kLate{Kind::timed_out};

AttemptResult answered(int status) { return {Kind::answered, status}; }

struct Outliers : testing::Test {
  Outliers() { policy.max_ejection_percent = 100; }

  HostHealth& host(std::string const& name = "a") {
    auto& known = hosts[name];
    if (!known) known = detector.host(name);
    return *known;
  }
  /// Whether the last of so many results ejects.
  bool ejects(AttemptResult result, int times, std::string const& name = "a") {
    std::optional<OutlierDetector::Ejection> last;
    for (int i = 0; i < times; ++i) last = detector.report(policy, host(name), result, now);
    return last.has_value();
  }
  /// Sweeps at every interval, as workers do.
  void pass(milliseconds time) {
    for (milliseconds passed{0}; passed < time; passed += policy.interval) {
      now += policy.interval;
      detector.sweep(policy, now);
    }
  }

  OutlierDetector detector;
  routing::OutlierPolicy policy;
  std::map<std::string, HostHealthPtr> hosts;
  TimePoint now = TimePoint{} + 1h;
};

TEST_F(Outliers, TheFifthErrorInARowEjects) {
  EXPECT_FALSE(ejects(answered(500), 4));
  EXPECT_FALSE(host().is_ejected());
  auto const ejection = detector.report(policy, host(), answered(503), now);
  ASSERT_TRUE(ejection);
  EXPECT_EQ(ejection->reason, Reason::consecutive_5xx);
  EXPECT_EQ(ejection->duration, 30s);
  EXPECT_TRUE(host().is_ejected());
}

TEST_F(Outliers, ASuccessInBetweenBeginsAnew) {
  EXPECT_FALSE(ejects(answered(500), 4));
  EXPECT_FALSE(ejects(answered(404), 1));
  EXPECT_FALSE(ejects(answered(500), 4));
  EXPECT_TRUE(ejects(answered(500), 1));
}

TEST_F(Outliers, WhatCountsAsAnError) {
  struct Case {
    char const* what;
    AttemptResult result;
    bool is_5xx, is_gateway, is_local;
  };
  for (auto const& c :
       {Case{"200", answered(200), false, false, false},
        Case{"499", answered(499), false, false, false},
        Case{"500", answered(500), true, false, false},
        Case{"501", answered(501), true, false, false},
        Case{"502", answered(502), true, true, false},
        Case{"503", answered(503), true, true, false},
        Case{"504", answered(504), true, true, false},
        Case{"505", answered(505), true, false, false}, Case{"broken", kBroken, true, true, true},
        Case{"late", kLate, true, true, true}}) {
    policy = {.consecutive_5xx = 1, .max_ejection_percent = 100};
    EXPECT_EQ(ejects(c.result, 1, std::string("5xx ") + c.what), c.is_5xx) << c.what;
    policy.consecutive_5xx = 0;
    policy.consecutive_gateway = 1;
    EXPECT_EQ(ejects(c.result, 1, std::string("gateway ") + c.what), c.is_gateway) << c.what;
    policy.splits_local = true;
    policy.consecutive_local = 1;
    EXPECT_EQ(ejects(c.result, 1, std::string("split ") + c.what), c.is_gateway || c.is_local)
        << c.what;
    policy.consecutive_gateway = 0;
    EXPECT_EQ(ejects(c.result, 1, std::string("local ") + c.what), c.is_local) << c.what;
  }
}

TEST_F(Outliers, AnotherErrorInterruptsARowOfGatewayErrors) {
  policy.consecutive_5xx = 0;
  policy.consecutive_gateway = 2;
  EXPECT_FALSE(ejects(answered(502), 1));
  EXPECT_FALSE(ejects(answered(500), 1));
  EXPECT_FALSE(ejects(answered(502), 1));
  EXPECT_TRUE(ejects(answered(504), 1));
}

TEST_F(Outliers, SplitFailuresAreForgottenWhenTheHostAnswersAtAll) {
  policy.splits_local = true;
  policy.consecutive_local = 2;
  EXPECT_FALSE(ejects(kBroken, 1));
  EXPECT_FALSE(ejects(answered(500), 1));
  EXPECT_FALSE(ejects(kBroken, 1));
  EXPECT_TRUE(ejects(kBroken, 1));
}

TEST_F(Outliers, OwnCodesReplaceThe5xx) {
  policy.consecutive_5xx = 1;
  policy.error_codes = {429};
  EXPECT_FALSE(ejects(answered(500), 1));
  EXPECT_TRUE(ejects(answered(429), 1));
}

TEST_F(Outliers, TheShareOfEjectedHostsIsNotRoundedUp) {
  struct Case {
    int hosts;
    std::uint32_t percent;
    int ejected;
  };
  for (auto const& c : {Case{9, 10, 0}, Case{10, 10, 1}, Case{1, 99, 0}, Case{1, 100, 1},
                        Case{3, 50, 1}, Case{4, 50, 2}, Case{20, 10, 2}}) {
    OutlierDetector cluster;
    policy.consecutive_5xx = 1;
    policy.max_ejection_percent = c.percent;
    std::vector<HostHealthPtr> all;
    for (int i = 0; i < c.hosts; ++i) all.push_back(cluster.host(std::to_string(i)));
    for (auto const& each : all) cluster.report(policy, *each, answered(500), now);
    EXPECT_EQ(cluster.counts().ejected, static_cast<std::size_t>(c.ejected))
        << c.hosts << " hosts, " << c.percent << " %";
  }
}

TEST_F(Outliers, AHostThatHadToStayIsJudgedByItsNextErrors) {
  policy.max_ejection_percent = 50;
  host("a");
  host("b");
  EXPECT_TRUE(ejects(answered(500), 5, "b"));
  EXPECT_FALSE(ejects(answered(500), 5));
  pass(30s);
  EXPECT_FALSE(host("b").is_ejected());
  EXPECT_FALSE(ejects(answered(500), 4));
  EXPECT_TRUE(ejects(answered(500), 1));
}

TEST_F(Outliers, AnEjectedHostComesBackAtTheFirstSweepAfterItsTime) {
  EXPECT_TRUE(ejects(answered(500), 5));
  EXPECT_TRUE(detector.sweep(policy, now + 29s).empty());
  EXPECT_TRUE(detector.sweep(policy, now + 35s).empty()) << "an interval has not passed";
  EXPECT_EQ(detector.sweep(policy, now + 39s), std::vector<std::string>{"a"});
  EXPECT_FALSE(host().is_ejected());
}

TEST_F(Outliers, EachEjectionInARowLastsLongerUpToTheLimit) {
  std::vector<milliseconds> durations;
  for (int i = 0; i < 13; ++i) {
    for (int n = 0; n < 4; ++n) detector.report(policy, host(), answered(500), now);
    auto const ejection = detector.report(policy, host(), answered(500), now);
    ASSERT_TRUE(ejection);
    durations.push_back(ejection->duration);
    pass(ejection->duration);
    ASSERT_FALSE(host().is_ejected());
  }
  EXPECT_EQ(durations[0], 30s);
  EXPECT_EQ(durations[1], 60s);
  EXPECT_EQ(durations[9], 300s);
  EXPECT_EQ(durations[12], 300s);
}

TEST_F(Outliers, GoodHealthShortensTheNextEjection) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(ejects(answered(500), 5));
    pass(300s);
  }
  policy.interval = 10s;
  EXPECT_TRUE(ejects(answered(500), 5)) << "after 300 s of 10 s each";
  pass(30s);
  EXPECT_FALSE(host().is_ejected()) << "as if it were its first";
}

TEST_F(Outliers, ErrorsFromBeforeTheEjectionAreForgotten) {
  policy.consecutive_gateway = 3;
  EXPECT_TRUE(ejects(answered(502), 3));
  pass(30s);
  EXPECT_FALSE(ejects(answered(500), 4));
  EXPECT_TRUE(ejects(answered(500), 1));
}

TEST_F(Outliers, WithoutAPolicyEverybodyComesBack) {
  EXPECT_TRUE(ejects(answered(500), 5));
  detector.forgive();
  EXPECT_FALSE(host().is_ejected());
}

TEST_F(Outliers, TheGenerationTellsThatSomethingChanged) {
  auto const before = detector.generation();
  EXPECT_FALSE(ejects(answered(500), 4));
  EXPECT_EQ(detector.generation(), before);
  EXPECT_TRUE(ejects(answered(500), 1));
  auto const ejected = detector.generation();
  EXPECT_NE(ejected, before);
  pass(30s);
  EXPECT_NE(detector.generation(), ejected);
}

TEST_F(Outliers, AHostIsOneForAllWorkersAndForgottenWhenTheLastLetsGo) {
  auto const worker = detector.host("a");
  EXPECT_EQ(worker, detector.host("a"));
  EXPECT_TRUE(ejects(answered(500), 5));
  EXPECT_TRUE(worker->is_ejected());
  EXPECT_EQ(detector.counts().hosts, 1U);
  hosts.clear();
  EXPECT_TRUE(detector.host("a")->is_ejected()) << "a worker still has it";
}

TEST_F(Outliers, ErrorsOfSeveralThreadsAreCountedTogetherAndEjectOnce) {
  policy.consecutive_5xx = 1000;
  auto& shared = host();
  std::atomic<int> ejections{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 250; ++i) {
        if (detector.report(policy, shared, answered(500), now)) ++ejections;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ejections, 1);
  EXPECT_TRUE(shared.is_ejected());
}

}  // namespace
}  // namespace tidegate::gateway
