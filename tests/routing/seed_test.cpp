#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/routing/support.h"

/// From YAML to a snapshot, with the deployment that the gateway was made for.
namespace tidegate::routing {
namespace {

using namespace test;

/// The deployment's own Gateway and VirtualService, as the example ships them.
std::string istio_yaml() {
  std::ifstream file(TIDEGATE_SOURCE "/examples/free-deep-research/resources/istio.yaml");
  std::ostringstream text;
  text << file.rdbuf() << "---\n";
  return text.str();
}

constexpr std::string_view around_yaml = R"(
apiVersion: v1
kind: Secret
metadata: {name: fdr-tls-secret, namespace: free-deep-research}
type: kubernetes.io/tls
stringData: {tls.crt: the certificate, tls.key: the key}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: fdr-backend, namespace: free-deep-research}
spec:
  hosts: [fdr-backend]
  ports: [{number: 8080, name: http, protocol: HTTP}]
  resolution: STATIC
  endpoints:
  - {address: 127.0.0.1, ports: {http: 9001}, labels: {version: v1}}
  - {address: 127.0.0.1, ports: {http: 9002}, labels: {version: v2}}
---
gateway:
  port_map: {80: 8080, 443: 8443}
  labels: {istio: ingressgateway}
)";

Compiled compiled_text(std::string const& yaml) {
  Compiled result;
  Documents const documents = config::load_text("test.yaml", yaml, result.diagnostics);
  result.snapshot = compile(documents, result.diagnostics);
  return result;
}

std::string seed() { return istio_yaml() + std::string(around_yaml); }

/// `seed()` with one piece of text replaced.
std::string seed_with(std::string_view from, std::string_view to) {
  std::string text = seed();
  std::size_t const at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Seed, RedirectsPlainTextToTheMappedPort) {
  auto const result = compiled_text(seed());
  ASSERT_TRUE(result.snapshot) << result.all();
  ASSERT_EQ(result.snapshot->listeners.size(), 2U);
  Listener const& plain = result.snapshot->listeners[1];
  EXPECT_EQ(plain.port, 8080);
  VirtualHost const* host = plain.tables.front().find("api.freedeepresearch.org:8080");
  ASSERT_TRUE(host);
  EXPECT_TRUE(host->https_redirect);
  EXPECT_EQ(host->https_port, 8443);
}

TEST(Seed, ServesItsRouteOverTls) {
  auto const result = compiled_text(seed());
  ASSERT_TRUE(result.snapshot) << result.all();
  Listener const& tls = result.snapshot->listeners[0];
  ASSERT_TRUE(tls.is_tls);
  EXPECT_EQ(tls.port, 8443);
  EXPECT_EQ(tls.tls_servers.front().hosts, Strings{"api.freedeepresearch.org"});
  EXPECT_EQ(tls.tls_servers.front().certificates.front().certificate, "the certificate");
  VirtualHost const* host = tls.tables.front().find("API.FreeDeepResearch.org");
  ASSERT_TRUE(host);
  EXPECT_EQ(host->find(Request{.path = "/api/v2/x"}.head()), nullptr);
  Route const* found = host->find(Request{.path = "/api/v1/x"}.head());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->retry.attempts, 3U);
  EXPECT_EQ(found->retry.per_try_timeout, milliseconds(10'000));
  EXPECT_EQ(found->retry.conditions.bits, default_retry_conditions().bits);
  EXPECT_EQ(found->policies.size(), 1U);
  Cluster const& cluster = *found->targets.entries().front().cluster;
  EXPECT_EQ(cluster.name, "outbound|8080||fdr-backend");
  ASSERT_EQ(cluster.endpoints.size(), 2U);
  EXPECT_EQ(cluster.endpoints[1].port, 9002);
  EXPECT_EQ(cluster.endpoints[1].labels.at("version"), "v2");
}

TEST(Seed, SaysOnlyThatPerTryTimeoutsAreNotRetried) {
  auto const result = compiled_text(seed());
  ASSERT_EQ(result.diagnostics.all().size(), 1U) << result.all();
  EXPECT_EQ(result.count(Severity::notice, "spec.http[0].retries.perTryTimeout", "504"), 1);
}

TEST(Seed, WithoutServiceEntryGoesByDns) {
  auto const result = compiled_text(seed_with("hosts: [fdr-backend]", "hosts: [other]"));
  ASSERT_TRUE(result.snapshot) << result.all();
  Cluster const& cluster = *result.snapshot->clusters.front();
  EXPECT_EQ(cluster.discovery, Cluster::Discovery::dns);
  EXPECT_EQ(cluster.name, "outbound|8080||fdr-backend.free-deep-research.svc.cluster.local");
}

TEST(Seed, MistakesAreReportedAtTheirPlaces) {
  struct Case {
    std::string_view from, to, expected;
  };
  for (Case const& c :
       {Case{"  - fdr-gateway", "  - fdr-gatewya",
             "test.yaml:40:5: spec.gateways[0]: there is no Gateway fdr-gatewya"},
        {"credentialName: fdr-tls-secret", "credentialName: fdr-tls",
         "test.yaml:17:23: spec.servers[0].tls.credentialName: there is no Secret "
         "free-deep-research/fdr-tls;"},
        {"prefix: /api/v1/", "regex: /api/(v1",
         "test.yaml:44:16: spec.http[0].match[0].uri.regex: the regular expression does not "
         "compile"},
        {"number: 8080", "number: 8081",
         "spec.http[0].route[0].destination.port: ServiceEntry free-deep-research/fdr-backend has "
         "no port 8081; it has 8080"},
        {"host: fdr-backend", "subset: v9\n        host: fdr-backend",
         "test.yaml:47:17: spec.http[0].route[0].destination.subset: no DestinationRule"},
        {"attempts: 3", "attempts: 3\n      retryOn: 5xx,often",
         "spec.http[0].retries.retryOn: unknown condition \"often\""}}) {
    auto const result = compiled_text(seed_with(c.from, c.to));
    EXPECT_FALSE(result.snapshot);
    EXPECT_NE(result.all().find(c.expected), std::string::npos) << result.all();
  }
}

TEST(Seed, OneMistakeIsOneError) {
  for (auto const& [from, to] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"address: 127.0.0.1", "address: localhost"},
           {"address: 127.0.0.1", "address: a:80"},
           {"credentialName: fdr-tls-secret", ""},
           {"delay:", "abort: {percentage: {value: 1}, grpcStatus: BROKEN}\n      delay:"}}) {
    auto const result = compiled_text(seed_with(from, to));
    int errors = 0;
    for (auto const& diagnostic : result.diagnostics.all())
      errors += diagnostic.severity == Severity::error ? 1 : 0;
    EXPECT_EQ(errors, 1) << to << '\n' << result.all();
  }
}

}  // namespace
}  // namespace tidegate::routing
