#include <gtest/gtest.h>

#include "tests/routing/support.h"

/// Merging Gateways into listeners.
namespace tidegate::routing {
namespace {

using namespace test;

Documents with_gateways(std::vector<Gateway> gateways) {
  Documents documents;
  documents.gateways = std::move(gateways);
  return documents;
}

std::vector<std::string> host_names(RouteTable const& table) {
  std::vector<std::string> names;
  for (VirtualHost const& host : table.hosts) names.push_back(host.name);
  return names;
}

TEST(Gateways, PlainServersOfOnePortShareATable) {
  auto const result = compiled(with_gateways({gateway("one", {http_server(80, {"a.test"})}),
                                              gateway("two", {http_server(80, {"b.test"})})}));
  ASSERT_TRUE(result.snapshot) << result.all();
  ASSERT_EQ(result.snapshot->listeners.size(), 1U);
  Listener const& listener = result.snapshot->listeners.front();
  EXPECT_FALSE(listener.is_tls);
  ASSERT_EQ(listener.tables.size(), 1U);
  EXPECT_EQ(host_names(listener.tables.front()), (Strings{"a.test", "b.test"}));
}

TEST(Gateways, HttpsServersHaveATableEach) {
  auto const result = compiled(with_gateways({gateway(
      "gw", {https_server(443, {"a.test"}, 20), https_server(443, {"b.test", "*.b.test"}, 30)})}));
  ASSERT_TRUE(result.snapshot) << result.all();
  ASSERT_EQ(result.snapshot->listeners.size(), 1U);
  Listener const& listener = result.snapshot->listeners.front();
  EXPECT_TRUE(listener.is_tls);
  ASSERT_EQ(listener.tables.size(), 2U);
  ASSERT_EQ(listener.tls_servers.size(), 2U);
  EXPECT_EQ(listener.tls_servers[0].hosts, Strings{"a.test"});
  EXPECT_EQ(listener.tls_servers[1].hosts, (Strings{"b.test", "*.b.test"}));
  EXPECT_EQ(listener.tables[0].find("b.test"), nullptr);
  EXPECT_NE(listener.tables[1].find("b.test"), nullptr);
}

TEST(Gateways, HttpTwoAndGrpcPortsArePlainText) {
  Server grpc = http_server(80, {"b.test"});
  grpc.port.protocol = config::istio::Protocol::grpc;
  Server http2 = http_server(80, {"c.test"});
  http2.port.protocol = config::istio::Protocol::http2;
  auto const result =
      compiled(with_gateways({gateway("gw", {http_server(80, {"a.test"}), grpc, http2})}));
  ASSERT_TRUE(result.snapshot) << result.all();
  EXPECT_EQ(result.snapshot->listeners.front().tables.front().hosts.size(), 3U);
}

TEST(Gateways, HttpAndHttpsOnOnePortIsAnErrorThatNamesTheOther) {
  Server const plain = http_server(443, {"a.test"}, 11);
  auto const result =
      compiled(with_gateways({gateway("gw", {plain, https_server(443, {"b.test"}, 22)})}));
  EXPECT_FALSE(result.snapshot);
  EXPECT_EQ(result.count(Severity::error, "spec.servers[0].port.protocol", "test.yaml:11:1"), 1)
      << result.all();
}

TEST(Gateways, DifferentBindAddressesDoNotConflict) {
  Server plain = http_server(443, {"a.test"});
  plain.bind = "127.0.0.1";
  auto const result =
      compiled(with_gateways({gateway("gw", {plain, https_server(443, {"b.test"})})}));
  ASSERT_TRUE(result.snapshot) << result.all();
  ASSERT_EQ(result.snapshot->listeners.size(), 2U);
  EXPECT_EQ(result.snapshot->listeners[0].address, "127.0.0.1");
  EXPECT_EQ(result.snapshot->listeners[1].address, "0.0.0.0");
}

TEST(Gateways, BindWrittenOutIsTheSameAsTheDefault) {
  Server plain = http_server(80, {"a.test"});
  plain.bind = "0.0.0.0";
  auto const result =
      compiled(with_gateways({gateway("gw", {plain, http_server(80, {"b.test"})})}));
  ASSERT_TRUE(result.snapshot);
  EXPECT_EQ(result.snapshot->listeners.size(), 1U);
}

TEST(Gateways, DuplicateSniHostIsAnErrorThatNamesTheOtherPlace) {
  auto const result =
      compiled(with_gateways({gateway("one", {https_server(443, {"a.test"}, 21)}),
                              gateway("two", {https_server(443, {"a.test"}, 42)})}));
  EXPECT_FALSE(result.snapshot);
  EXPECT_EQ(result.count(Severity::error, "spec.servers[0].hosts[0]", "test.yaml:21:1"), 1)
      << result.all();
  EXPECT_EQ(result.diagnostics.all().front().where.line, 42);
}

TEST(Gateways, OneSniHostOnTwoPortsOrTwiceInOneServerIsFine) {
  auto const result = compiled(with_gateways({gateway(
      "gw", {https_server(443, {"x/a.test", "y/a.test"}), https_server(8443, {"a.test"})})}));
  ASSERT_TRUE(result.snapshot) << result.all();
  EXPECT_EQ(result.snapshot->listeners[0].tls_servers[0].hosts, Strings{"a.test"});
}

TEST(Gateways, PortMapChangesTheBoundPortOnly) {
  Documents documents =
      with_gateways({gateway("gw", {http_server(80, {"*"}), http_server(81, {"*"})})});
  documents.settings.gateway.port_map = {{80, 8080}};
  documents.settings.gateway.bind = "::1";
  auto const result = compiled(documents);
  ASSERT_TRUE(result.snapshot) << result.all();
  EXPECT_EQ(result.snapshot->listeners[0].declared_port, 80);
  EXPECT_EQ(result.snapshot->listeners[0].port, 8080);
  EXPECT_EQ(result.snapshot->listeners[0].address, "::1");
  EXPECT_EQ(result.snapshot->listeners[1].port, 81);
}

TEST(Gateways, TwoPortsMappedToOneIsAnError) {
  Documents documents =
      with_gateways({gateway("gw", {http_server(80, {"*"}), http_server(8080, {"*"}, 12)})});
  documents.settings.gateway.port_map = {{80, 8080}};
  auto const result = compiled(documents);
  EXPECT_FALSE(result.snapshot);
  EXPECT_EQ(result.count(Severity::error, "spec.servers[0].port.number", "port_map"), 1)
      << result.all();
}

TEST(Gateways, SelectorDecidesWhenTheGatewayHasLabels) {
  Documents documents = with_gateways(
      {gateway("one", {http_server(80, {"*"})}), gateway("two", {http_server(81, {"*"})})});
  documents.gateways[0].selector = {{"istio", "ingressgateway"}};
  documents.gateways[1].selector = {{"istio", "ingressgateway"}, {"zone", "b"}};
  EXPECT_EQ(compiled(documents).snapshot->listeners.size(), 2U);  // no labels: all apply
  documents.settings.gateway.labels = {{"istio", "ingressgateway"}, {"app", "x"}};
  auto const result = compiled(documents);
  ASSERT_TRUE(result.snapshot);
  ASSERT_EQ(result.snapshot->listeners.size(), 1U);
  EXPECT_EQ(result.snapshot->listeners[0].port, 80);
  EXPECT_EQ(result.count(Severity::notice, "spec.selector", "default/two is skipped"), 1)
      << result.all();
}

TEST(Gateways, MergeInOrderOfAgeThenName) {
  Documents documents =
      with_gateways({gateway("b", {http_server(82, {"*"})}), gateway("a", {http_server(81, {"*"})}),
                     gateway("c", {http_server(83, {"*"})})});
  for (auto& document : documents.gateways)
    document.metadata.creation_timestamp = "2026-01-02T00:00:00Z";
  documents.gateways[2].metadata.creation_timestamp = "2026-01-01T00:00:00Z";
  auto const result = compiled(documents);
  ASSERT_TRUE(result.snapshot);
  std::vector<int> ports;
  for (Listener const& listener : result.snapshot->listeners) ports.push_back(listener.port);
  EXPECT_EQ(ports, (std::vector<int>{83, 81, 82}));
}

struct RedirectCase {
  std::string what;
  std::vector<Server> servers;
  std::uint16_t expected;
};

TEST(HttpsRedirect, LeadsToThePortThatServesTheHost) {
  Server near = https_server(8443, {"a.test"});
  near.bind = "127.0.0.1";
  Server near_plain = redirect_server(80, {"a.test"});
  near_plain.bind = "127.0.0.1";
  for (RedirectCase const& c : std::vector<RedirectCase>{
           {"none at all", {redirect_server(80, {"a.test"})}, 443},
           {"its own", {redirect_server(80, {"a.test"}), https_server(8443, {"a.test"})}, 8443},
           {"by a wildcard",
            {redirect_server(80, {"a.test"}), https_server(8443, {"*.test"})},
            8443},
           {"another host", {redirect_server(80, {"a.test"}), https_server(8443, {"b.test"})}, 443},
           {"mapped", {redirect_server(80, {"a.test"}), https_server(443, {"a.test"})}, 10443},
           {"some of its hosts",
            {redirect_server(80, {"*"}), https_server(8443, {"a.test"})},
            8443},
           {"443 before others",
            {redirect_server(80, {"a.test"}), https_server(8443, {"a.test"}),
             https_server(443, {"a.test"})},
            10443},
           {"all before some",
            {redirect_server(80, {"*.test"}), https_server(443, {"a.test"}),
             https_server(8443, {"*.test"})},
            8443},
           {"same address first", {near_plain, https_server(443, {"a.test"}), near}, 8443}}) {
    Documents documents = with_gateways({gateway("gw", c.servers)});
    documents.settings.gateway.port_map = {{443, 10443}};
    auto const result = compiled(documents);
    ASSERT_TRUE(result.snapshot) << c.what << result.all();
    VirtualHost const& host = result.snapshot->listeners.front().tables.front().hosts.front();
    EXPECT_TRUE(host.https_redirect) << c.what;
    EXPECT_EQ(host.https_port, c.expected) << c.what;
  }
}

TEST(HttpsRedirect, NeedsNoVirtualServiceAndCoversItsHosts) {
  Documents documents = with_gateways(
      {gateway("gw", {redirect_server(80, {"*.a.test"}), http_server(80, {"b.test"})})});
  documents.virtual_services = {
      virtual_service("vs", {"x.a.test", "b.test"}, {"gw"}, {route("r")})};
  auto const result = compiled(documents);
  ASSERT_TRUE(result.snapshot) << result.all();
  RouteTable const& table = result.snapshot->listeners.front().tables.front();
  EXPECT_TRUE(table.find("y.a.test")->https_redirect);
  EXPECT_TRUE(table.find("x.a.test")->https_redirect);
  EXPECT_FALSE(table.find("b.test")->https_redirect);
}

TEST(HttpsRedirect, SaysNothingOnAnHttpsServer) {
  Server server = https_server(443, {"a.test"});
  server.tls.https_redirect = true;
  auto const result = compiled(with_gateways({gateway("gw", {server})}));
  ASSERT_TRUE(result.snapshot);
  EXPECT_FALSE(result.snapshot->listeners.front().tables.front().hosts.front().https_redirect);
}

}  // namespace
}  // namespace tidegate::routing
