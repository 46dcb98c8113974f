#include <gtest/gtest.h>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

std::string beside_route(std::string_view field) {
  return std::string(field) + ", route: [{destination: {host: a}}]";
}

TEST(L4Route, TlsRoutesAreRead) {
  auto const yaml = resource("VirtualService",
                             "  hosts: ['*.a.com', b.com]\n"
                             "  gateways: [g]\n"
                             "  tls:\n"
                             "  - match:\n"
                             "    - {port: 443, sniHosts: [X.a.com, '*.y.a.com'], gateways: [g],\n"
                             "       sourceLabels: {a: b}, sourceNamespace: ns}\n"
                             "    - {sni_hosts: [b.com]}\n"
                             "    route:\n"
                             "    - {destination: {host: c, port: {number: 8443}}, weight: 80}\n"
                             "    - {destination: {host: d}, weight: 20}\n");
  EXPECT_EQ(mistakes_of(yaml), "");
  auto const route = loaded(yaml).documents.virtual_services.at(0).tls.at(0);
  ASSERT_EQ(route.match.size(), 2u);
  EXPECT_EQ(route.match[0].port, 443u);
  EXPECT_EQ(route.match[0].sni_hosts.at(0).value, "x.a.com");
  EXPECT_EQ(route.match[0].sni_hosts.at(1).value, "*.y.a.com");
  EXPECT_EQ(route.match[0].gateways.at(0).value, "g");
  EXPECT_EQ(route.match[0].source_labels, (Labels{{"a", "b"}}));
  EXPECT_EQ(route.match[0].source_namespace.value, "ns");
  ASSERT_EQ(route.route.size(), 2u);
  EXPECT_EQ(route.route[0].destination.port, 8443u);
  EXPECT_EQ(route.route[1].weight, 20u);
}

TEST(L4Route, ATcpRouteNeedsNoMatch) {
  auto const yaml =
      resource("VirtualService", "  hosts: ['*']\n  tcp:\n  - route: [{destination: {host: a}}]\n");
  EXPECT_EQ(mistakes_of(yaml), "");
  auto const route = loaded(yaml).documents.virtual_services.at(0).tcp.at(0);
  EXPECT_TRUE(route.match.empty());
  EXPECT_EQ(route.route.at(0).destination.host.value, "a");
}

TEST(L4Route, RoutesAreChecked) {
  struct Case {
    std::string layer;
    std::string fields;
    std::string mistakes;
  };
  Case const cases[] = {
      {"tls", "route: [{destination: {host: a}}]",
       "error f:7:5: spec.tls[0]: `match` is missing\n"},
      {"tls", beside_route("match: []"),
       "error f:7:13: spec.tls[0].match: a route of `tls` needs at least one match\n"},
      {"tls", beside_route("match: [{port: 1}]"),
       "error f:7:14: spec.tls[0].match[0]: `sniHosts` is missing\n"},
      {"tls", beside_route("match: [{sniHosts: []}]"),
       "error f:7:25: spec.tls[0].match[0].sniHosts: a match of `tls` needs at least one SNI "
       "host\n"},
      {"tls", beside_route("match: [{sniHosts: [c.com]}]"),
       "error f:7:26: spec.tls[0].match[0].sniHosts[0]: is not covered by the hosts of the "
       "VirtualService\n"},
      {"tcp", "match: [{port: 1}]", "error f:7:5: spec.tcp[0]: `route` is missing\n"},
      {"tcp", "route: []", "error f:7:13: spec.tcp[0].route: has no destination\n"},
      {"tcp", beside_route("match: [{destinationSubnets: [10.0.0.0/8]}]"),
       "warning f:7:35: spec.tcp[0].match[0].destinationSubnets: has no effect: a client of a "
       "gateway calls the gateway's own address\n"},
      {"tcp", beside_route("match: [{gateways: [h]}]"),
       "warning f:7:26: spec.tcp[0].match[0].gateways[0]: is none of the gateways of the "
       "VirtualService: never holds\n"},
      {"tcp", "route: [{destination: {host: a}, headers: {}}]",
       "warning f:7:39: spec.tcp[0].route[0].headers: unknown field, ignored\n"},
  };
  for (auto const& [layer, fields, mistakes] : cases) {
    std::string yaml = "  hosts: ['*.a.com', b.com]\n  " + layer + ":\n  - {" + fields + "}\n";
    yaml += "  gateways: [g]\n";
    EXPECT_EQ(mistakes_of(resource("VirtualService", yaml)), mistakes) << fields;
  }
}

}  // namespace
}  // namespace tidegate::config
