#include <gtest/gtest.h>

#include "tests/routing/support.h"

/// Conditions that are about where a request comes in.
namespace tidegate::routing {
namespace {

using namespace test;

/// Two Gateways of two namespaces, on ports 80 and 81, and one service on both whose first route
/// has `match`.
Documents two_gateways(HttpMatch match) {
  Documents documents;
  documents.gateways = {gateway("one", {http_server(80, {"*"})}, "first"),
                        gateway("two", {http_server(81, {"*"})}, "second")};
  documents.virtual_services = {virtual_service("vs", {"a.test"}, {"first/one", "second/two"},
                                                {route("bound", {std::move(match)}), route("rest")},
                                                "first")};
  return documents;
}

std::string name_at(Compiled const& result, std::uint16_t port, std::string_view scheme = "http") {
  if (!result.snapshot) return "no configuration:\n" + result.all();
  for (Listener const& listener : result.snapshot->listeners) {
    if (listener.declared_port != port) continue;
    http::RequestHead head = Request{}.head();
    head.scheme = scheme;
    Route const* found = listener.tables.front().find("a.test")->find(head);
    return found ? found->name : "(none)";
  }
  return "no listener";
}

TEST(Entrances, PortIsTheGateways) {
  HttpMatch match;
  match.port = 81;
  auto const result = compiled(two_gateways(match));
  EXPECT_EQ(name_at(result, 80), "rest");
  EXPECT_EQ(name_at(result, 81), "bound");
  EXPECT_TRUE(result.diagnostics.all().empty()) << result.all();
}

TEST(Entrances, GatewaysAreFoundByEveryFormOfReference) {
  for (std::string const reference : {"one", "./one", "first/one", "one.first.svc"}) {
    HttpMatch match;
    match.gateways = sourced_all({reference}, "gateways");
    auto const result = compiled(two_gateways(match));
    EXPECT_EQ(name_at(result, 80), "bound") << reference;
    EXPECT_EQ(name_at(result, 81), "rest") << reference;
  }
  HttpMatch mesh;
  mesh.gateways = sourced_all({"mesh"}, "gateways");
  EXPECT_EQ(name_at(compiled(two_gateways(mesh)), 80), "rest");
}

TEST(Entrances, SourceIsTheGatewayItself) {
  HttpMatch match;
  match.source_namespace = sourced("second");
  EXPECT_EQ(name_at(compiled(two_gateways(match)), 80), "rest");
  EXPECT_EQ(name_at(compiled(two_gateways(match)), 81), "bound");

  HttpMatch labelled;
  labelled.source_labels = {{"app", "edge"}};
  Documents documents = two_gateways(labelled);
  EXPECT_EQ(name_at(compiled(documents), 80), "rest");
  documents.settings.gateway.labels = {{"app", "edge"}, {"more", "x"}};
  EXPECT_EQ(name_at(compiled(documents), 80), "bound");
}

TEST(Entrances, SchemeIsTheRequests) {
  HttpMatch match;
  match.scheme = exact("https");
  auto const result = compiled(two_gateways(match));
  EXPECT_EQ(name_at(result, 80, "https"), "bound");
  EXPECT_EQ(name_at(result, 80, "http"), "rest");
}

}  // namespace
}  // namespace tidegate::routing
