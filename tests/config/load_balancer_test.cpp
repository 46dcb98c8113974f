#include <gtest/gtest.h>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

using namespace std::chrono_literals;
using istio::ConsistentHash;
using istio::LoadBalancer;

/// A rule whose loadBalancer stands in flow style in line 7, from column 20.
std::string with_balancer(std::string_view fields) {
  return resource("DestinationRule", "  host: a\n  trafficPolicy:\n    loadBalancer: {" +
                                         std::string(fields) + "}\n    outlierDetection: {}\n");
}

LoadBalancer balancer_of(std::string_view fields) {
  std::string const yaml = with_balancer(fields);
  EXPECT_EQ(mistakes_of(yaml), "") << fields;
  return loaded(yaml).documents.destination_rules.at(0).traffic_policy->load_balancer.value();
}

struct Case {
  std::string fields;
  std::string mistakes;  ///< without the path that they all have
};

template <std::size_t N>
void expect_mistakes(Case const (&cases)[N]) {
  std::string const path = "spec.trafficPolicy.loadBalancer";
  for (auto const& [fields, mistakes] : cases) {
    std::string text = mistakes_of(with_balancer(fields));
    for (auto at = text.find(path); at != text.npos; at = text.find(path))
      text.erase(at, path.size());
    EXPECT_EQ(text, mistakes) << fields;
  }
}

TEST(LoadBalancer, SimpleNamesAreIstios) {
  using Simple = LoadBalancer::Simple;
  EXPECT_EQ(balancer_of("").simple, Simple::least_request);
  EXPECT_EQ(balancer_of("simple: UNSPECIFIED").simple, Simple::least_request);
  EXPECT_EQ(balancer_of("simple: LEAST_CONN").simple, Simple::least_request);
  EXPECT_EQ(balancer_of("simple: LEAST_REQUEST").simple, Simple::least_request);
  EXPECT_EQ(balancer_of("simple: RANDOM").simple, Simple::random);
  EXPECT_EQ(balancer_of("simple: ROUND_ROBIN").simple, Simple::round_robin);
  EXPECT_EQ(balancer_of("simple: 4").simple, Simple::round_robin);
}

TEST(LoadBalancer, ConsistentHashesAreRead) {
  using Key = ConsistentHash::Key;
  auto const header = *balancer_of("consistentHash: {httpHeaderName: x-user}").consistent_hash;
  EXPECT_EQ(header.key, Key::header);
  EXPECT_EQ(header.name, "x-user");
  EXPECT_EQ(header.table, ConsistentHash::Table::ring);
  EXPECT_EQ(header.minimum_ring_size, 1024u);
  auto const query = *balancer_of(
                          "consistentHash: {httpQueryParameterName: u, ringHash: {minimumRingSize: "
                          "2048}}")
                          .consistent_hash;
  EXPECT_EQ(query.key, Key::query_parameter);
  EXPECT_EQ(query.minimum_ring_size, 2048u);
  auto const address =
      *balancer_of("consistentHash: {useSourceIp: true, maglev: {tableSize: 11}}").consistent_hash;
  EXPECT_EQ(address.key, Key::source_ip);
  EXPECT_EQ(address.table, ConsistentHash::Table::maglev);
  EXPECT_EQ(address.maglev_table_size, 11u);
  EXPECT_EQ(balancer_of("consistentHash: {useSourceIp: true, minimumRingSize: 9}")
                .consistent_hash->minimum_ring_size,
            9u);
}

TEST(LoadBalancer, CookiesAreRead) {
  auto const hash = *balancer_of(
                         "consistentHash: {httpCookie: {name: c, path: /p, ttl: 0s, attributes: "
                         "[{name: SameSite, value: Lax}, {name: Secure}]}}")
                         .consistent_hash;
  EXPECT_EQ(hash.key, ConsistentHash::Key::cookie);
  EXPECT_EQ(hash.cookie.name, "c");
  EXPECT_EQ(hash.cookie.path, "/p");
  EXPECT_EQ(hash.cookie.ttl, 0ms);
  ASSERT_EQ(hash.cookie.attributes.size(), 2u);
  EXPECT_EQ(hash.cookie.attributes[0].first, "SameSite");
  EXPECT_EQ(hash.cookie.attributes[0].second, "Lax");
  EXPECT_EQ(hash.cookie.attributes[1].second, "");
  EXPECT_EQ(balancer_of("consistentHash: {httpCookie: {name: c}}").consistent_hash->cookie.ttl,
            std::nullopt);
}

TEST(LoadBalancer, WarmupsAreRead) {
  auto const warmup =
      *balancer_of("warmup: {duration: 30s, minimumPercent: 5.5, aggression: 2}").warmup;
  EXPECT_EQ(warmup.duration, 30s);
  EXPECT_EQ(warmup.minimum_percent, 5.5);
  EXPECT_EQ(warmup.aggression, 2);
  EXPECT_EQ(balancer_of("warmupDurationSecs: 10s").warmup->duration, 10s);
  EXPECT_EQ(balancer_of("warmupDurationSecs: 10s").warmup->minimum_percent, 10);
}

TEST(LoadBalancer, LocalitiesAreRead) {
  auto const distribute =
      balancer_of("localityLbSetting: {distribute: [{from: us/a/*, to: {us/a/*: 80, eu: \"20\"}}]}")
          .locality->distribute;
  ASSERT_EQ(distribute.size(), 1u);
  EXPECT_EQ(distribute[0].from, "us/a/*");
  EXPECT_EQ(distribute[0].to.at(1), (std::pair<std::string, std::uint32_t>("eu", 20)));
  auto const failover = *balancer_of(
                             "localityLbSetting: {enabled: false, failover: [{from: us, to: eu}], "
                             "failoverPriority: [topology.istio.io/network, a=b]}")
                             .locality;
  EXPECT_FALSE(failover.is_enabled);
  EXPECT_EQ(failover.failover.at(0).to, "eu");
  EXPECT_EQ(failover.failover_priority.at(1), "a=b");
}

TEST(LoadBalancer, HashesAreChecked) {
  std::string const one_key =
      "error f:7:36: .consistentHash: expected exactly one of httpHeaderName, httpCookie, "
      "useSourceIp and httpQueryParameterName\n";
  Case const cases[] = {
      {"consistentHash: {}", one_key},
      {"consistentHash: {useSourceIp: false}", one_key},
      {"consistentHash: {useSourceIp: true, httpHeaderName: a}", one_key},
      {"consistentHash: {httpHeaderName: ''}",
       "error f:7:53: .consistentHash.httpHeaderName: expected a name; found \"\"\n"},
      {"consistentHash: {httpCookie: {ttl: 1s}}",
       "error f:7:49: .consistentHash.httpCookie: `name` is missing\n"},
      {"consistentHash: {useSourceIp: true, ringHash: {}, maglev: {}}",
       "error f:7:36: .consistentHash: ringHash and maglev exclude each other\n"},
      {"consistentHash: {useSourceIp: true, maglev: {tableSize: 12}}",
       "error f:7:76: .consistentHash.maglev.tableSize: expected a prime number; found \"12\"\n"},
      {"consistentHash: {useSourceIp: true, ringHash: {minimumRingSize: 8388609}}",
       "error f:7:84: .consistentHash.ringHash.minimumRingSize: expected a whole number, 0 to "
       "8388608; found \"8388609\"\n"},
      {"simple: RANDOM, consistentHash: {useSourceIp: true}",
       "error f:7:19: : simple and consistentHash exclude each other\n"},
  };
  expect_mistakes(cases);
}

TEST(LoadBalancer, TheRestIsChecked) {
  Case const cases[] = {
      {"simple: PASSTHROUGH",
       "warning f:7:28: .simple: PASSTHROUGH sends to the address that the client called, which is "
       "the gateway itself; LEAST_REQUEST is used\n"},
      {"warmup: {}", "error f:7:28: .warmup: `duration` is missing\n"},
      {"warmup: {duration: 1s, aggression: 0.5}",
       "error f:7:55: .warmup.aggression: expected a number from 1 on; found \"0.5\"\n"},
      {"warmup: {duration: 1s, minimumPercent: 101}",
       "error f:7:59: .warmup.minimumPercent: expected a percentage: 0 to 100; found \"101\"\n"},
      {"warmup: {duration: 1s}, warmupDurationSecs: 1s",
       "error f:7:64: .warmupDurationSecs: deprecated; `warmup` is given as well: keep that\n"},
      {"simple: RANDOM, warmup: {duration: 1s}",
       "warning f:7:19: : warmup has an effect with ROUND_ROBIN and LEAST_REQUEST only\n"},
      {"zoneAwareLbSetting: {}",
       "warning f:7:40: .zoneAwareLbSetting: has no effect: a gateway of its own knows no others "
       "to share zones with; use localityLbSetting\n"},
      {"localityLbSetting: {distribute: [{from: us, to: {us: 80, eu: 10}}]}",
       "error f:7:68: .localityLbSetting.distribute[0].to: the shares add up to 90, not to 100\n"},
      {"localityLbSetting: {distribute: [{from: us, to: {us/*: 50, us/a: 50}}]}",
       "error f:7:85: .localityLbSetting.distribute[0].to.us/a: another locality of this list "
       "covers the same endpoints\n"},
      {"localityLbSetting: {distribute: [{from: 'u*', to: {us: 100}}]}",
       "error f:7:60: .localityLbSetting.distribute[0].from: expected a locality: "
       "region[/zone[/subzone]], whose last part may be `*`; found \"u*\"\n"},
      {"localityLbSetting: {failover: [{from: us, to: us}]}",
       "error f:7:51: .localityLbSetting.failover[0]: a region cannot fail over to itself\n"},
      {"localityLbSetting: {failover: [{from: us/a, to: us}]}",
       "error f:7:58: .localityLbSetting.failover[0].from: expected a region; found \"us/a\"\n"},
      {"localityLbSetting: {distribute: [{from: us, to: {us: 100}}], failoverPriority: [a]}",
       "error f:7:39: .localityLbSetting: distribute excludes failover and failoverPriority\n"},
  };
  expect_mistakes(cases);
}

TEST(LoadBalancer, FailoverWithoutOutlierDetectionIsExplained) {
  EXPECT_EQ(mistakes_of(resource("DestinationRule",
                                 "  host: a\n  trafficPolicy: {loadBalancer: {localityLbSetting: "
                                 "{failover: [{from: a, to: b}]}}}\n")),
            "warning f:6:18: spec.trafficPolicy: failover needs to know which endpoints fail: add "
            "outlierDetection, or nothing fails over\n");
}

}  // namespace
}  // namespace tidegate::config
