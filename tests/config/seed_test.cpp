#include <gtest/gtest.h>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

using namespace std::chrono_literals;

// As an operator wrote it, unchanged.
constexpr char const* deployment = R"(# Istio Gateway Configuration
apiVersion: networking.istio.io/v1beta1
kind: Gateway
metadata:
  name: fdr-gateway
  namespace: free-deep-research
spec:
  selector:
    istio: ingressgateway
  servers:
  - port:
      number: 443
      name: https
      protocol: HTTPS
    tls:
      mode: SIMPLE
      credentialName: fdr-tls-secret
    hosts:
    - api.freedeepresearch.org
  - port:
      number: 80
      name: http
      protocol: HTTP
    hosts:
    - api.freedeepresearch.org
    tls:
      httpsRedirect: true

---
# Virtual Service Configuration
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata:
  name: fdr-virtualservice
  namespace: free-deep-research
spec:
  hosts:
  - api.freedeepresearch.org
  gateways:
  - fdr-gateway
  http:
  - match:
    - uri:
        prefix: /api/v1/
    route:
    - destination:
        host: fdr-backend
        port:
          number: 8080
    fault:
      delay:
        percentage:
          value: 0.1
        fixedDelay: 5s
    retries:
      attempts: 3
      perTryTimeout: 10s
)";

constexpr char const* settings = R"(# Base configuration (config/base.yaml)
database:
  pool_size: 10
  timeout: 30s
  ssl_mode: require

redis:
  pool_size: 20
  timeout: 5s
  cluster_mode: false

api:
  rate_limit: 1000
  timeout: 30s
  cors_origins: []

---
# Production overrides (config/production.yaml)
database:
  pool_size: 50
  ssl_mode: require
  read_replicas: 3

redis:
  cluster_mode: true
  sentinel_enabled: true

api:
  rate_limit: 10000
  cors_origins: ["https://app.freedeepresearch.org"]
)";

TEST(Seed, ResourcesAreReadWithoutAnyProblem) { EXPECT_EQ(problems_of(deployment), ""); }

TEST(Seed, GatewayIsUnderstood) {
  auto const documents = loaded(deployment).documents;
  ASSERT_EQ(documents.gateways.size(), 1u);
  auto const& gateway = documents.gateways[0];
  EXPECT_EQ(gateway.metadata.name, "fdr-gateway");
  EXPECT_EQ(gateway.metadata.name_space, "free-deep-research");
  EXPECT_EQ(gateway.selector, (Labels{{"istio", "ingressgateway"}}));
  ASSERT_EQ(gateway.servers.size(), 2u);

  auto const& https = gateway.servers[0];
  EXPECT_EQ(https.port.number, 443u);
  EXPECT_EQ(https.port.protocol, istio::Protocol::https);
  EXPECT_EQ(https.port.name, "https");
  EXPECT_TRUE(https.has_tls);
  EXPECT_EQ(https.tls.mode, istio::TlsMode::simple);
  ASSERT_EQ(https.tls.credential_names.size(), 1u);
  EXPECT_EQ(https.tls.credential_names[0].value, "fdr-tls-secret");
  EXPECT_EQ(https.tls.credential_names[0].origin.where.line, 17);
  EXPECT_EQ(https.tls.credential_names[0].origin.where.column, 23);
  ASSERT_EQ(https.hosts.size(), 1u);
  EXPECT_EQ(https.hosts[0].value, "api.freedeepresearch.org");
  EXPECT_EQ(https.hosts[0].origin.path, "spec.servers[0].hosts[0]");

  auto const& http = gateway.servers[1];
  EXPECT_EQ(http.port.number, 80u);
  EXPECT_EQ(http.port.protocol, istio::Protocol::http);
  EXPECT_TRUE(http.tls.https_redirect);
}

TEST(Seed, VirtualServiceIsUnderstood) {
  auto const documents = loaded(deployment).documents;
  ASSERT_EQ(documents.virtual_services.size(), 1u);
  auto const& service = documents.virtual_services[0];
  EXPECT_EQ(service.metadata.where.line, 31);
  ASSERT_EQ(service.gateways.size(), 1u);
  EXPECT_EQ(service.gateways[0].value, "fdr-gateway");
  ASSERT_EQ(service.http.size(), 1u);

  auto const& route = service.http[0];
  ASSERT_EQ(route.match.size(), 1u);
  ASSERT_TRUE(route.match[0].uri);
  EXPECT_EQ(route.match[0].uri->kind, StringMatch::Kind::prefix);
  EXPECT_EQ(route.match[0].uri->value, "/api/v1/");
  ASSERT_EQ(route.route.size(), 1u);
  EXPECT_EQ(route.route[0].destination.host.value, "fdr-backend");
  EXPECT_EQ(route.route[0].destination.port, 8080u);
  EXPECT_FALSE(route.timeout);
  ASSERT_TRUE(route.retries);
  EXPECT_EQ(route.retries->attempts, 3u);
  EXPECT_EQ(route.retries->per_try_timeout, 10s);
  ASSERT_TRUE(route.fault && route.fault->delay);
  EXPECT_EQ(route.fault->delay->percentage, 1000u);  // 0.1 %, not 10 %
  EXPECT_EQ(route.fault->delay->fixed_delay, 5s);
  EXPECT_FALSE(route.fault->abort);
}

TEST(Seed, SettingsOfTheApplicationAreNamedOnceAndIgnored) {
  auto const result = loaded(settings);
  EXPECT_EQ(result.documents.settings.api.rate_limit.requests, 10'000u);
  EXPECT_EQ(result.documents.settings.api.timeout, 30s);
  EXPECT_EQ(result.documents.settings.api.cors_origins,
            std::vector<std::string>{"https://app.freedeepresearch.org"});
  EXPECT_EQ(result.problems, (std::vector<std::string>{
                                 "warning f:29:15: not supported yet: api.rate_limit",
                                 "notice f:3:3: database: not a setting of the gateway; ignored",
                                 "notice f:8:3: redis: not a setting of the gateway; ignored",
                             }));
}

}  // namespace
}  // namespace tidegate::config
