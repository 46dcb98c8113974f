#include <gtest/gtest.h>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

using namespace std::chrono_literals;

Settings settings(std::string_view yaml) {
  auto result = loaded(yaml);
  EXPECT_EQ(result.problems, std::vector<std::string>()) << yaml;
  return std::move(result.documents.settings);
}

TEST(Settings, DefaultsAreThoseOfTheStruct) {
  auto const defaults = settings("");
  EXPECT_EQ(defaults.gateway.workers, 0u);
  EXPECT_EQ(defaults.limits.header_bytes, 61440u);
  EXPECT_EQ(defaults.admin_address, "127.0.0.1:9901");
  EXPECT_EQ(defaults.gateway.drain_timeout, 30s);
  EXPECT_EQ(defaults.gateway.upgrades, std::vector<std::string>{"*"});
}

TEST(Settings, EveryFieldOfTheGatewayIsRead) {
  auto const all = settings(R"(gateway:
  name: edge-1
  workers: 4
  locality: us-east-1/us-east-1a
  labels: {istio: ingressgateway}
  bind: "::"
  port_map: {80: 8080, "443": 0}
  drain_timeout: 1m
  trusted_proxies: [10.0.0.0/8, "::1"]
  cluster_domain: k8s.local
  upgrades: [websocket, tcp]
)");
  EXPECT_EQ(all.gateway.name, "edge-1");
  EXPECT_EQ(all.gateway.workers, 4u);
  EXPECT_EQ(all.gateway.locality, "us-east-1/us-east-1a");
  EXPECT_EQ(all.gateway.labels, (Labels{{"istio", "ingressgateway"}}));
  EXPECT_EQ(all.gateway.bind, "::");
  EXPECT_EQ(all.gateway.port_map, (std::map<std::uint16_t, std::uint16_t>{{80, 8080}, {443, 0}}));
  EXPECT_EQ(all.gateway.drain_timeout, 60s);
  EXPECT_EQ(all.gateway.trusted_proxies, (std::vector<std::string>{"10.0.0.0/8", "::1"}));
  EXPECT_EQ(all.gateway.cluster_domain, "k8s.local");
  EXPECT_EQ(all.gateway.upgrades, (std::vector<std::string>{"websocket", "tcp"}));
}

TEST(Settings, EveryLimitIsRead) {
  auto const all = settings(R"(limits:
  header_bytes: 64k
  header_count: 50
  response_header_bytes: 1MiB
  body_bytes: 10GiB
  connections: 5
  requests_per_connection: 6
  retry_body_bytes: 0
  upstream_idle_connections: 7
  tls_handshake_timeout: 1s
  header_timeout: 2s
  request_timeout: 3s
  stream_idle_timeout: 4s
  connection_idle_timeout: 5s
  connect_timeout: 6s
  upstream_idle_timeout: 7s
  dns_refresh: 8s
)");
  EXPECT_EQ(all.limits.header_bytes, 65536u);
  EXPECT_EQ(all.limits.header_count, 50u);
  EXPECT_EQ(all.limits.response_header_bytes, 1048576u);
  EXPECT_EQ(all.limits.body_bytes, 10737418240u);
  EXPECT_EQ(all.limits.connections, 5u);
  EXPECT_EQ(all.limits.requests_per_connection, 6u);
  EXPECT_EQ(all.limits.retry_body_bytes, 0u);
  EXPECT_EQ(all.limits.upstream_idle_connections, 7u);
  EXPECT_EQ(all.limits.tls_handshake_timeout, 1s);
  EXPECT_EQ(all.limits.header_timeout, 2s);
  EXPECT_EQ(all.limits.request_timeout, 3s);
  EXPECT_EQ(all.limits.stream_idle_timeout, 4s);
  EXPECT_EQ(all.limits.connection_idle_timeout, 5s);
  EXPECT_EQ(all.limits.connect_timeout, 6s);
  EXPECT_EQ(all.limits.upstream_idle_timeout, 7s);
  EXPECT_EQ(all.limits.dns_refresh, 8s);
}

TEST(Settings, EveryFieldOfTheOtherSectionsIsRead) {
  auto const all = settings(R"(path: {merge_slashes: off, escaped_slashes: reject}
headers_with_underscores: allow
admin: {address: "0.0.0.0:1", token: t}
observability: {address: "[::]:0"}
access_log: {path: "off", format: json}
api: {timeout: 30s}
)");
  EXPECT_FALSE(all.path.merge_slashes);
  EXPECT_EQ(all.path.escaped_slashes, EscapedSlashes::reject);
  EXPECT_EQ(all.underscore_headers, UnderscoreHeaders::allow);
  EXPECT_EQ(all.admin_address, "0.0.0.0:1");
  EXPECT_EQ(all.admin_token, "t");
  EXPECT_EQ(all.observability_address, "[::]:0");
  EXPECT_EQ(all.access_log.path, "off");
  EXPECT_EQ(all.api.timeout, 30s);
}

TEST(Settings, RangesAndTypesAreChecked) {
  struct Case {
    std::string_view yaml;
    std::string_view problems;
  };
  Case const cases[] = {
      {"gateway: {workers: auto}", ""},
      {"gateway: {workers: 1025}",
       "error f:1:20: gateway.workers: expected a whole number, 1 to 1024; found \"1025\"\n"},
      {"gateway: {port_map: {0: 1}}",
       "error f:1:25: gateway.port_map.0: expected a Gateway's port as the key, 1 to 65535\n"},
      {"gateway: {port_map: {80: 65536}}",
       "error f:1:26: gateway.port_map.80: expected a whole number, 0 to 65535; found \"65536\"\n"},
      {"gateway: {trusted_proxies: [a]}",
       "error f:1:29: gateway.trusted_proxies[0]: expected an IP address or CIDR such as "
       "10.0.0.0/8; found \"a\"\n"},
      {"gateway: {bind: localhost}",
       "error f:1:17: gateway.bind: expected an IP address; found \"localhost\"\n"},
      {"limits: {header_bytes: 1}",
       "error f:1:24: limits.header_bytes: expected a size such as 64KiB, 1024 to 16777216 bytes; "
       "found \"1\"\n"},
      {"limits: {header_timeout: 0s}",
       "error f:1:26: limits.header_timeout: expected a duration of at least 1ms; found \"0s\"\n"},
      {"limits: {header_byte: 1}",
       "warning f:1:10: limits.header_byte: unknown field, ignored; did you mean "
       "`header_bytes`?\n"},
      {"limits: 5", "error f:1:9: limits: expected a mapping; found \"5\"\n"},
      {"admin: {address: '0.0.0.0:9901'}",
       "error f:1:8: admin: an admin address that is not loopback needs a token\n"},
      {"admin: {address: 9901}",
       "error f:1:18: admin.address: expected IP:PORT such as 127.0.0.1:9901 or [::1]:9901; found "
       "\"9901\"\n"},
      {"access_log: {format: text}",
       "error f:1:22: access_log.format: expected json; found \"text\"\n"},
      {"path: {escaped_slashes: KEEP}",
       "error f:1:25: path.escaped_slashes: expected keep, reject, unescape_and_redirect or "
       "unescape_and_forward; found \"KEEP\"\n"},
      {"regions: {a: b}", "warning f:1:10: not supported yet: regions\n"},
      {"features: {beta: true}",
       "notice f:1:11: features: not a setting of the gateway; ignored\n"},
      {"state: {directory: x}", "warning f:1:8: not supported yet: state\n"},
      {"limts: {}", "warning f:1:1: limts: unknown field, ignored; did you mean `limits`?\n"},
      {"database: {url: '${env:NOT_SET}'}",
       "notice f:1:11: database: not a setting of the gateway; ignored\n"},
      {"gateway: {dataplane: 1}", "warning f:1:11: gateway.dataplane: unknown field, ignored\n"},
      {"api: {timeout: 1s}\n---\napi: {rateLimit: 1}\n",
       "warning f:3:18: not supported yet: api.rateLimit\n"},
      {"api: {rateLimit: 1, rate_limit: 2}\n",
       "warning f:1:33: api.rate_limit: given twice; `rateLimit` counts\n"
       "warning f:1:18: not supported yet: api.rateLimit\n"},
  };
  for (auto const& [yaml, problems] : cases) EXPECT_EQ(problems_of(yaml), problems) << yaml;
}

TEST(Settings, DocumentsMergeInOrder) {
  auto const merged = settings(
      "gateway: {name: a, port_map: {80: 8080}, trusted_proxies: [10.0.0.1]}\n"
      "limits: {connections: 5}\n"
      "---\n"
      "gateway: {portMap: {443: 8443}, trusted_proxies: [], name: null}\n"
      "limits:\n");
  EXPECT_EQ(merged.gateway.name, "");
  EXPECT_EQ(merged.gateway.port_map,
            (std::map<std::uint16_t, std::uint16_t>{{80, 8080}, {443, 8443}}));
  EXPECT_TRUE(merged.gateway.trusted_proxies.empty());
  EXPECT_EQ(merged.limits.connections, 5u);  // an empty section takes nothing away
}

TEST(Settings, AProblemNamesThePlaceOfTheLayerThatWon) {
  EXPECT_EQ(problems_of("gateway: {workers: x}\n---\ngateway:\n  workers: y\n"),
            "error f:4:12: gateway.workers: expected a whole number, 1 to 1024; found \"y\"\n");
}

}  // namespace
}  // namespace tidegate::config
