#include <gtest/gtest.h>

#include "tests/routing/services_support.h"

/// Connections that are passed on: which server's lead where.
namespace tidegate::routing {
namespace {

using namespace test;
using config::istio::L4Match;
using config::istio::L4Route;
using config::istio::Protocol;
using config::istio::TlsMode;

Server tcp_server(std::uint32_t port, Strings const& hosts = {"*"}) {
  Server server = http_server(port, hosts);
  server.port.protocol = Protocol::tcp;
  return server;
}

Server passthrough_server(std::uint32_t port, Strings const& hosts) {
  Server server = https_server(port, hosts);
  server.port.protocol = Protocol::tls;
  server.tls.mode = TlsMode::passthrough;
  server.tls.certificates.clear();
  return server;
}

L4Match sni(Strings const& hosts) {
  L4Match match;
  match.sni_hosts = sourced_all(hosts, "spec.tls[0].match[0].sniHosts");
  return match;
}

L4Route leads(std::vector<L4Match> match, std::vector<WeightedDestination> targets) {
  return {std::move(match), std::move(targets), {}};
}

/// One Gateway `gw`, and one VirtualService for `hosts` that it carries.
Documents with(std::vector<Server> servers, Strings const& hosts, std::vector<L4Route> tls,
               std::vector<L4Route> tcp) {
  Documents documents;
  documents.gateways = {gateway("gw", std::move(servers))};
  documents.virtual_services = {virtual_service("vs", hosts, {"gw"}, {})};
  documents.virtual_services[0].tls = std::move(tls);
  documents.virtual_services[0].tcp = std::move(tcp);
  for (std::string const name : {"one", "two"})
    documents.service_entries.push_back(
        service_entry({name}, Resolution::fixed, {workload("10.0.0.1")}));
  return documents;
}

Strings services_of(Targets const& targets) {
  Strings names;
  for (auto const& entry : targets.entries())
    names.push_back(entry.cluster->service + ' ' + std::to_string(entry.weight));
  return names;
}

TEST(Tcp, ServerLeadsToTheDestinationsOfTheFirstRouteThatIsForIt) {
  L4Match elsewhere;
  elsewhere.port = 9999;
  L4Match here;
  here.port = 3306;
  auto const result =
      compiled(with({tcp_server(3306)}, {"*"}, {},
                    {leads({elsewhere}, {to("one")}),
                     leads({elsewhere, here}, {to("one", 80, "", 30), to("two", 80, "", 70)}),
                     leads({}, {to("two")})}));
  ASSERT_TRUE(result.snapshot) << result.all();
  Listener const& listener = result.snapshot->listeners.at(0);
  EXPECT_FALSE(listener.is_tls);
  EXPECT_FALSE(listener.reads_hello());
  ASSERT_TRUE(listener.tables.at(0).tcp);
  EXPECT_EQ(services_of(*listener.tables[0].tcp), (Strings{"one 30", "two 70"}));
}

TEST(Tcp, ServerWithoutRouteLeadsNowhereAndSaysSo) {
  auto const result =
      compiled(with({tcp_server(3306, {"db.test"})}, {"other.test"}, {}, {leads({}, {to("one")})}));
  ASSERT_TRUE(result.snapshot) << result.all();
  ASSERT_TRUE(result.snapshot->listeners.at(0).tables.at(0).tcp);
  EXPECT_TRUE(result.snapshot->listeners[0].tables[0].tcp->empty());
  EXPECT_EQ(result.count(Severity::warning, "spec.servers[0]", "no VirtualService has a tcp route"),
            1)
      << result.all();
}

TEST(Tcp, ConditionsOnGatewayLabelsAndNamespaceHold) {
  struct Case {
    std::string gateway, label, name_space;
    bool is_chosen;
  };
  for (Case const& c : {Case{"gw", "", "", true}, Case{"default/gw", "edge", "default", true},
                        Case{"other", "", "", false}, Case{"", "inner", "", false},
                        Case{"", "", "elsewhere", false}}) {
    L4Match match;
    if (!c.gateway.empty()) match.gateways = {sourced(c.gateway)};
    if (!c.label.empty()) match.source_labels = {{"app", c.label}};
    match.source_namespace = sourced(c.name_space);
    Documents documents = with({tcp_server(3306)}, {"*"}, {}, {leads({match}, {to("one")})});
    documents.gateways.push_back(gateway("other", {http_server(80, {"*"})}));
    documents.settings.gateway.labels = {{"app", "edge"}};
    auto const result = compiled(documents);
    ASSERT_TRUE(result.snapshot) << result.all();
    for (Listener const& listener : result.snapshot->listeners) {
      if (listener.port != 3306) continue;
      EXPECT_EQ(!listener.tables.at(0).tcp->empty(), c.is_chosen)
          << c.gateway << c.label << c.name_space;
    }
  }
}

TEST(Tcp, AndHttpCannotShareAPort) {
  auto const result =
      compiled(with({http_server(80, {"*"}), tcp_server(80)}, {"*"}, {}, {leads({}, {to("one")})}));
  EXPECT_FALSE(result.snapshot);
  EXPECT_EQ(result.count(Severity::error, "spec.servers[0].port.protocol",
                         "HTTP and TCP cannot share port 80"),
            1)
      << result.all();
}

TEST(Passthrough, NamesAreWhatRouteAndServerHaveInCommon) {
  auto const result =
      compiled(with({passthrough_server(443, {"*.a.test", "b.test"})}, {"*"},
                    {leads({sni({"x.a.test", "b.test"})}, {to("one")}),
                     leads({sni({"*"})}, {to("two")}), leads({sni({"c.test"})}, {to("two")})},
                    {}));
  ASSERT_TRUE(result.snapshot) << result.all();
  Listener const& listener = result.snapshot->listeners.at(0);
  EXPECT_TRUE(listener.is_tls);
  EXPECT_TRUE(listener.reads_hello());
  ASSERT_EQ(listener.passthrough.size(), 2U);
  EXPECT_EQ(listener.passthrough[0].names, (Strings{"x.a.test", "b.test"}));
  EXPECT_EQ(services_of(listener.passthrough[0].targets), Strings{"one 0"});
  EXPECT_EQ(listener.passthrough[1].names, (Strings{"*.a.test", "b.test"}));
}

TEST(Passthrough, NameOutsideTheServicesHostsIsAnError) {
  auto const result = compiled(with({passthrough_server(443, {"*"})}, {"a.test"},
                                    {leads({sni({"b.test"})}, {to("one")})}, {}));
  EXPECT_FALSE(result.snapshot);
  EXPECT_EQ(result.count(Severity::error, "spec.tls[0].match[0].sniHosts[0]", "not covered"), 1)
      << result.all();
}

TEST(Passthrough, SharesAPortWithServersThatTerminate) {
  Server database = https_server(443, {"db.test"});
  database.port.protocol = Protocol::tls;
  auto const result =
      compiled(with({https_server(443, {"a.test"}), passthrough_server(443, {"b.test"}), database},
                    {"*"}, {leads({sni({"b.test"})}, {to("one")})}, {leads({}, {to("two")})}));
  ASSERT_TRUE(result.snapshot) << result.all();
  ASSERT_EQ(result.snapshot->listeners.size(), 1U);
  Listener const& listener = result.snapshot->listeners[0];
  ASSERT_EQ(listener.tls_servers.size(), 2U);
  ASSERT_EQ(listener.tables.size(), 2U);
  EXPECT_FALSE(listener.tables[0].tcp);
  ASSERT_TRUE(listener.tables[1].tcp);
  EXPECT_EQ(services_of(*listener.tables[1].tcp), Strings{"two 0"});
  EXPECT_EQ(listener.passthrough.size(), 1U);
  EXPECT_TRUE(listener.reads_hello());
}

TEST(Passthrough, OnlyHttpsServersNeedNoLookAtTheHello) {
  auto const result =
      compiled(with({https_server(443, {"a.test"})}, {"*"}, {}, {leads({}, {to("one")})}));
  ASSERT_TRUE(result.snapshot) << result.all();
  EXPECT_FALSE(result.snapshot->listeners.at(0).reads_hello());
}

}  // namespace
}  // namespace tidegate::routing
