#include <gtest/gtest.h>

#include "tests/config/pem_files.h"
#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

using namespace std::chrono_literals;
using istio::ClientTls;
using istio::ConsistentHash;
using istio::LoadBalancer;
using istio::TrafficPolicy;

/// A rule whose trafficPolicy stands in flow style in line 6, from column 19.
std::string with_policy(std::string_view fields) {
  return resource("DestinationRule", "  host: a\n  trafficPolicy: {" + std::string(fields) + "}\n");
}

TrafficPolicy policy_of(std::string_view fields) {
  std::string const yaml = with_policy(fields);
  EXPECT_EQ(mistakes_of(yaml), "") << fields;
  return loaded(yaml).documents.destination_rules.at(0).traffic_policy.value();
}

struct Case {
  std::string fields;
  std::string mistakes;
};

template <std::size_t N>
void expect_mistakes(Case const (&cases)[N]) {
  for (auto const& [fields, mistakes] : cases) {
    EXPECT_EQ(mistakes_of(with_policy(fields)), mistakes) << fields;
  }
}

TEST(DestinationRule, SubsetsAreRead) {
  std::string const yaml = resource("DestinationRule",
                                    "  host: A.Default.svc.cluster.local\n"
                                    "  exportTo: [., b]\n"
                                    "  workloadSelector: {matchLabels: {app: c}}\n"
                                    "  subsets:\n"
                                    "  - {name: v1, labels: {version: v1}}\n"
                                    "  - {name: v1, labels: {version: v2}}\n"
                                    "  - {name: v3, trafficPolicy: {tls: {sni: b}}}\n"
                                    "  - {labels: {a: b}}\n");
  EXPECT_EQ(mistakes_of(yaml),
            "error f:10:5: spec.subsets[1]: another subset of this DestinationRule has the same "
            "name\n"
            "error f:12:5: spec.subsets[3]: `name` is missing\n");
  auto const rule = loaded(yaml).documents.destination_rules.at(0);
  EXPECT_EQ(rule.host.value, "a.default.svc.cluster.local");
  EXPECT_FALSE(rule.traffic_policy);
  EXPECT_EQ(rule.export_to, (std::vector<std::string>{".", "b"}));
  EXPECT_EQ(rule.workload_selector, (Labels{{"app", "c"}}));
  EXPECT_EQ(rule.subsets.at(0).labels, (Labels{{"version", "v1"}}));
  EXPECT_FALSE(rule.subsets.at(0).traffic_policy);
  EXPECT_EQ(rule.subsets.at(1).traffic_policy->tls->sni, "b");
}

TEST(DestinationRule, AConnectionPoolIsRead) {
  auto const pool = *policy_of(
                         "connectionPool: {tcp: {maxConnections: 1, connectTimeout: 30ms, "
                         "tcpKeepalive: {probes: 3, time: 7200s, interval: 75s}, "
                         "maxConnectionDuration: 1h, idleTimeout: 0s}, http: "
                         "{http1MaxPendingRequests: 2, http2_max_requests: \"3\", "
                         "maxRequestsPerConnection: 4, maxRetries: 5, idleTimeout: 6s, "
                         "h2UpgradePolicy: UPGRADE, maxConcurrentStreams: 7, http2KeepAlive: "
                         "{interval: 8s, timeout: 9s}}}")
                         .connection_pool;
  EXPECT_EQ(pool.max_connections, 1u);
  EXPECT_EQ(pool.connect_timeout, 30ms);
  EXPECT_EQ(pool.tcp_keepalive->probes, 3u);
  EXPECT_EQ(pool.tcp_keepalive->time, 2h);
  EXPECT_EQ(pool.tcp_keepalive->interval, 75s);
  EXPECT_EQ(pool.max_connection_duration, 1h);
  EXPECT_EQ(pool.tcp_idle_timeout, 0ms);
  EXPECT_EQ(pool.http1_max_pending_requests, 2u);
  EXPECT_EQ(pool.http2_max_requests, 3u);
  EXPECT_EQ(pool.max_requests_per_connection, 4u);
  EXPECT_EQ(pool.max_retries, 5u);
  EXPECT_EQ(pool.http_idle_timeout, 6s);
  EXPECT_EQ(pool.h2_upgrade, istio::H2UpgradePolicy::upgrade);
  EXPECT_EQ(pool.max_concurrent_streams, 7u);
  EXPECT_EQ(pool.http2_keepalive->interval, 8s);
  EXPECT_EQ(pool.http2_keepalive->timeout, 9s);
}

TEST(DestinationRule, ALimitOfZeroIsNone) {
  auto const pool = *policy_of("connectionPool: {tcp: {maxConnections: 0}, http: {maxRetries: 0}}")
                         .connection_pool;
  EXPECT_EQ(pool.max_connections, std::nullopt);
  EXPECT_EQ(pool.max_retries, std::nullopt);
}

TEST(DestinationRule, ConnectionPoolsAreChecked) {
  Case const cases[] = {
      {"connectionPool: {}",
       "error f:6:35: spec.trafficPolicy.connectionPool: expected tcp, http or both\n"},
      {"connectionPool: {tcp: {connectTimeout: 0s}}",
       "error f:6:58: spec.trafficPolicy.connectionPool.tcp.connectTimeout: expected a duration of "
       "at least 1ms; found \"0s\"\n"},
      {"connectionPool: {tcp: {maxConnections: -1}}",
       "error f:6:58: spec.trafficPolicy.connectionPool.tcp.maxConnections: expected a whole "
       "number, 0 to 2147483647; found \"-1\"\n"},
      {"connectionPool: {http: {useClientProtocol: true, h2UpgradePolicy: 2}}",
       "error f:6:42: spec.trafficPolicy.connectionPool.http: useClientProtocol and "
       "h2UpgradePolicy: UPGRADE exclude each other\n"},
  };
  expect_mistakes(cases);
}

TEST(DestinationRule, OutlierDetectionHasIstiosDefaults) {
  auto const detection = *policy_of("outlierDetection: {}").outlier_detection;
  EXPECT_EQ(detection.consecutive_5xx_errors, 5u);
  EXPECT_EQ(detection.consecutive_gateway_errors, 0u);
  EXPECT_EQ(detection.interval, 10s);
  EXPECT_EQ(detection.base_ejection_time, 30s);
  EXPECT_EQ(detection.max_ejection_percent, 10u);
  EXPECT_EQ(detection.min_health_percent, 0u);
}

TEST(DestinationRule, OutlierDetectionIsRead) {
  auto const detection =
      *policy_of(
           "outlierDetection: {consecutive5xxErrors: 0, consecutiveGatewayErrors: 2, "
           "splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 3, interval: 4s, "
           "baseEjectionTime: 5s, maxEjectionPercent: 100, minHealthPercent: 6, "
           "outlierDetectionHttpErrorCodes: [500, 429]}")
           .outlier_detection;
  EXPECT_EQ(detection.consecutive_5xx_errors, 0u);
  EXPECT_EQ(detection.consecutive_gateway_errors, 2u);
  EXPECT_TRUE(detection.split_external_local_origin_errors);
  EXPECT_EQ(detection.consecutive_local_origin_failures, 3u);
  EXPECT_EQ(detection.interval, 4s);
  EXPECT_EQ(detection.base_ejection_time, 5s);
  EXPECT_EQ(detection.max_ejection_percent, 100u);
  EXPECT_EQ(detection.min_health_percent, 6u);
  EXPECT_EQ(detection.http_error_codes, (std::vector<int>{500, 429}));
}

TEST(DestinationRule, OutlierDetectionIsChecked) {
  Case const cases[] = {
      {"outlierDetection: {consecutiveErrors: 3}",
       "warning f:6:57: spec.trafficPolicy.outlierDetection.consecutiveErrors: has no effect: "
       "Istio ignores it; write consecutive5xxErrors or consecutiveGatewayErrors\n"},
      {"outlierDetection: {consecutiveLocalOriginFailures: 3}",
       "error f:6:70: spec.trafficPolicy.outlierDetection.consecutiveLocalOriginFailures: needs "
       "splitExternalLocalOriginErrors: true\n"},
      {"outlierDetection: {maxEjectionPercent: 101}",
       "error f:6:58: spec.trafficPolicy.outlierDetection.maxEjectionPercent: expected a whole "
       "number, 0 to 100; found \"101\"\n"},
      {"outlierDetection: {interval: 0s}",
       "error f:6:48: spec.trafficPolicy.outlierDetection.interval: expected a duration of at "
       "least 1ms; found \"0s\"\n"},
  };
  expect_mistakes(cases);
}

TEST(DestinationRule, TheOtherBlocksAreRead) {
  using Version = istio::ProxyProtocolVersion::Version;
  auto const policy = policy_of(
      "proxyProtocol: {version: V2}, retryBudget: {percent: 12.5, "
      "minRetryConcurrency: 7, budgetInterval: 10s}");
  EXPECT_EQ(policy.proxy_protocol->version, Version::v2);
  EXPECT_EQ(policy.retry_budget->percent, 12.5);
  EXPECT_EQ(policy.retry_budget->min_retry_concurrency, 7u);
  EXPECT_EQ(policy.retry_budget->budget_interval, 10s);
  auto const defaults = policy_of("proxyProtocol: {}, retryBudget: {}");
  EXPECT_EQ(defaults.proxy_protocol->version, Version::v1);
  EXPECT_EQ(defaults.retry_budget->percent, 20);
  EXPECT_EQ(defaults.retry_budget->min_retry_concurrency, 3u);
}

TEST(DestinationRule, PortsHavePoliciesOfTheirOwn) {
  auto const policy = policy_of(
      "tls: {sni: all}, portLevelSettings: [{port: {number: 443}, tls: {mode: SIMPLE}}, "
      "{port: {number: 80}, loadBalancer: {simple: RANDOM}}]");
  EXPECT_EQ(policy.tls->sni, "all");
  ASSERT_EQ(policy.port_level_settings.size(), 2u);
  EXPECT_EQ(policy.port_level_settings[0].port, 443u);
  EXPECT_EQ(policy.port_level_settings[0].policy.tls->mode, ClientTls::Mode::simple);
  EXPECT_FALSE(policy.port_level_settings[1].policy.tls);
  EXPECT_EQ(policy.port_level_settings[1].policy.load_balancer->simple,
            LoadBalancer::Simple::random);
}

TEST(DestinationRule, PoliciesAreChecked) {
  Case const cases[] = {
      {"",
       "error f:6:18: spec.trafficPolicy: is empty; a trafficPolicy needs at least one field\n"},
      {"portLevelSettings: [{tls: {sni: a}}]",
       "error f:6:39: spec.trafficPolicy.portLevelSettings[0]: `port` is missing\n"},
      {"portLevelSettings: [{port: {number: 1}}]",
       "error f:6:39: spec.trafficPolicy.portLevelSettings[0]: expected loadBalancer, "
       "connectionPool, outlierDetection or tls\n"},
      {"portLevelSettings: [{port: {number: 1}, tls: {sni: a}}, {port: {number: 1}, tls: {sni: "
       "b}}]",
       "warning f:6:75: spec.trafficPolicy.portLevelSettings[1]: settings for this port are given "
       "before; those count\n"},
      {"portLevelSettings: [{port: {number: 1}, tls: {sni: a}, retryBudget: {}}]",
       "warning f:6:74: spec.trafficPolicy.portLevelSettings[0].retryBudget: unknown field, "
       "ignored\n"},
      {"proxyProtocol: {}, tunnel: {targetHost: a, targetPort: 1}",
       "error f:6:18: spec.trafficPolicy: proxyProtocol and tunnel exclude each other\n"},
      {"retryBudget: {percent: 101}",
       "error f:6:42: spec.trafficPolicy.retryBudget.percent: expected a percentage: 0 to 100; "
       "found \"101\"\n"},
      {"proxyProtocol: {version: V3}",
       "error f:6:44: spec.trafficPolicy.proxyProtocol.version: expected V1 or V2; found \"V3\"\n"},
  };
  expect_mistakes(cases);
}

TEST(DestinationRule, TlsFilesAreRead) {
  PemFiles files;
  auto const tls =
      *policy_of("tls: {mode: MUTUAL, clientCertificate: " + files.add("cert", "CERT") +
                 ", privateKey: " + files.add("key", "KEY") +
                 ", caCertificates: " + files.add("ca", "CA") +
                 ", caCrl: " + files.add("crl", "CRL") + ", sni: s, subjectAltNames: [a, b]}")
           .tls;
  EXPECT_EQ(tls.mode, ClientTls::Mode::mutual);
  EXPECT_EQ(tls.certificate->certificate, "CERT");
  EXPECT_EQ(tls.certificate->key, "KEY");
  EXPECT_EQ(tls.ca_certificates, "CA");
  EXPECT_EQ(tls.ca_crl, "CRL");
  EXPECT_EQ(tls.sni, "s");
  EXPECT_EQ(tls.subject_alt_names, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(tls.is_servable());
}

TEST(DestinationRule, TlsTrustsTheSystemUnlessToldOtherwise) {
  EXPECT_EQ(policy_of("tls: {mode: SIMPLE}").tls->ca_certificates, "");
  EXPECT_EQ(policy_of("tls: {mode: SIMPLE, caCertificates: system}").tls->ca_certificates, "");
  EXPECT_EQ(policy_of("tls: {mode: 1, credentialName: ns/s}").tls->credential_name.value, "ns/s");
  EXPECT_EQ(policy_of("tls: {sni: s}").tls->mode, ClientTls::Mode::disable);
}

TEST(DestinationRule, MeshCertificatesAreNamedAndNotReplacedByNothing) {
  std::string const yaml = with_policy("tls: {mode: ISTIO_MUTUAL}");
  EXPECT_EQ(mistakes_of(yaml),
            "warning f:6:31: spec.trafficPolicy.tls.mode: ISTIO_MUTUAL needs the certificates of a "
            "mesh, which this gateway is not part of: these origins cannot be reached. Use MUTUAL "
            "with a certificate of your own, or SIMPLE\n");
  auto const tls = loaded(yaml).documents.destination_rules.at(0).traffic_policy->tls;
  EXPECT_FALSE(tls->is_servable());
}

TEST(DestinationRule, TlsIsChecked) {
  std::string const skips =
      "error f:6:24: spec.trafficPolicy.tls: insecureSkipVerify: true excludes caCertificates, "
      "subjectAltNames and, with mode SIMPLE, credentialName\n";
  Case const cases[] = {
      {"tls: {mode: MUTUAL}",
       "error f:6:24: spec.trafficPolicy.tls: mode MUTUAL needs a certificate: credentialName, or "
       "clientCertificate and privateKey\n"},
      {"tls: {mode: SIMPLE, credentialName: a, caCertificates: b}",
       "error f:6:24: spec.trafficPolicy.tls: credentialName excludes clientCertificate, "
       "privateKey, caCertificates and caCrl\n"},
      {"tls: {mode: SIMPLE, caCertificates: /no/ca}",
       "error f:6:55: spec.trafficPolicy.tls.caCertificates: cannot read /no/ca: No such file or "
       "directory\n"},
      {"tls: {mode: SIMPLE, privateKey: a}",
       "warning f:6:24: spec.trafficPolicy.tls: only mode MUTUAL shows a certificate; it is not "
       "used\n"},
      {"tls: {mode: SIMPLE, insecureSkipVerify: true, credentialName: a}", skips},
      {"tls: {mode: SIMPLE, insecureSkipVerify: true, subjectAltNames: [a]}", skips},
      {"tls: {mode: SIMPLE, insecureSkipVerify: true}",
       "warning f:6:24: spec.trafficPolicy.tls: insecureSkipVerify: true: whoever answers at the "
       "origin's address is believed\n"},
      {"tls: {mode: Simple}",
       "error f:6:31: spec.trafficPolicy.tls.mode: expected DISABLE, SIMPLE, MUTUAL or "
       "ISTIO_MUTUAL; found \"Simple\"\n"},
  };
  expect_mistakes(cases);
}

}  // namespace
}  // namespace tidegate::config
