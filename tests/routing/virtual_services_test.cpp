#include <gtest/gtest.h>

#include "tests/routing/support.h"

/// Which VirtualService's routes a host has, and in what order.
namespace tidegate::routing {
namespace {

using namespace test;

TEST(VirtualServices, GatewayIsFoundByEveryFormOfReference) {
  for (std::string const reference : {"gw", "./gw", "ns/gw", "gw.ns", "gw.ns.svc.cluster.local"}) {
    Documents documents;
    documents.gateways = {gateway("gw", {http_server(80, {"*"})}, "ns")};
    documents.virtual_services = {
        virtual_service("vs", {"a.test"}, {reference}, {route("r")}, "ns")};
    auto const result = compiled(documents);
    ASSERT_TRUE(result.snapshot) << reference << result.all();
    EXPECT_EQ(route_name(*result.snapshot, {}), "r") << reference;
  }
}

TEST(VirtualServices, UnknownGatewayIsAnErrorAtItsPlace) {
  for (std::string const reference : {"nothing", "other/gw", "./nothing", "gw.other"}) {
    Documents documents = documents_with({route("r")});
    documents.virtual_services[0].gateways = sourced_all({"gw", reference}, "spec.gateways");
    auto const result = compiled(documents);
    EXPECT_FALSE(result.snapshot);
    EXPECT_EQ(result.count(Severity::error, "spec.gateways[1]", "no Gateway " + reference), 1)
        << result.all();
  }
}

TEST(VirtualServices, WhatElseIsWrongInAServiceWithoutGatewayIsFoundInTheSamePass) {
  Documents documents;
  documents.gateways = {gateway("gw", {http_server(80, {"*"})})};
  documents.virtual_services = {
      virtual_service("vs", {"a.test"}, {"absent"}, {route("r", {uri(regex("/cart/("))})})};
  config::Diagnostics diagnostics;
  EXPECT_EQ(compile(documents, diagnostics), nullptr);
  int errors = 0;
  for (auto const& each : diagnostics.all()) errors += each.severity == Severity::error ? 1 : 0;
  EXPECT_EQ(errors, 2) << "the reference and the regex";
}

TEST(VirtualServices, BareNameDoesNotReachIntoAnotherNamespace) {
  Documents documents = documents_with({route("r")});
  documents.virtual_services[0].metadata.name_space = "other";
  EXPECT_FALSE(compiled(documents).snapshot);
}

TEST(VirtualServices, MeshAloneIsANoticeAndIsNotServed) {
  for (Strings const& gateways : {Strings{}, Strings{"mesh"}}) {
    Documents documents = documents_with({route("r")});
    documents.virtual_services[0].gateways = sourced_all(gateways, "spec.gateways");
    auto const result = compiled(documents);
    ASSERT_TRUE(result.snapshot) << result.all();
    EXPECT_EQ(route_of(*result.snapshot, {}), nullptr);
    EXPECT_EQ(result.count(Severity::notice, "spec.gateways", "default/vs is not served"), 1);
  }
  Documents documents = documents_with({route("r")});
  documents.virtual_services[0].gateways = sourced_all({"mesh", "gw"}, "spec.gateways");
  auto const both = compiled(documents);
  EXPECT_EQ(route_name(*both.snapshot, {}), "r");
  EXPECT_EQ(both.count(Severity::notice, "spec.gateways", "not served"), 0);
}

TEST(VirtualServices, HostIsTheNarrowerOfServerAndService) {
  struct Case {
    std::string server, service, request, expected;
  };
  for (Case const& c : {Case{"*", "a.test", "a.test", "r"},
                        {"*", "a.test", "b.test", "(none)"},
                        {"a.test", "*", "a.test", "r"},
                        {"a.test", "*", "b.test", "(none)"},
                        {"*.test", "a.test", "a.test", "r"},
                        {"*.test", "a.test", "b.test", "(none)"},
                        {"bar.foo.test", "*.foo.test", "bar.foo.test", "r"},
                        {"bar.foo.test", "*.foo.test", "x.foo.test", "(none)"},
                        {"*.foo.test", "*.test", "x.foo.test", "r"},
                        {"*.foo.test", "*.test", "x.test", "(none)"},
                        {"*.foo.test", "foo.test", "foo.test", "(none)"},
                        {"default/*.test", "a.test", "a.test", "r"},
                        {"./*.test", "a.test", "a.test", "r"},
                        {"*/*.test", "a.test", "a.test", "r"},
                        {"other/*.test", "a.test", "a.test", "(none)"},
                        {"*", "2001:db8::1", "[2001:db8::1]:80", "r"},
                        {"*", "127.0.0.1", "127.0.0.1:80", "r"}}) {
    Documents documents = documents_with({route("r")});
    documents.gateways[0].servers = {http_server(80, {c.server})};
    documents.virtual_services[0].hosts = sourced_all({c.service}, "spec.hosts");
    auto const result = compiled(documents);
    ASSERT_TRUE(result.snapshot) << result.all();
    EXPECT_EQ(route_name(*result.snapshot, {.authority = c.request}), c.expected)
        << c.server << " " << c.service << " " << c.request;
  }
}

TEST(VirtualServices, ServerHostWithoutServiceIsAHostWithoutRoutes) {
  Documents documents = documents_with({route("r")});
  documents.gateways[0].servers = {http_server(80, {"*.test"})};
  auto const result = compiled(documents);
  RouteTable const& table = result.snapshot->listeners.front().tables.front();
  ASSERT_NE(table.find("other.test"), nullptr);
  EXPECT_TRUE(table.find("other.test")->routes.empty());
  EXPECT_EQ(table.find("other.example"), nullptr);
}

TEST(VirtualServices, ShortHostAnswersToItselfAndItsFullName) {
  Documents documents = documents_with({route("r")});
  documents.virtual_services[0].hosts = sourced_all({"localhost"}, "spec.hosts");
  auto const result = compiled(documents);
  for (std::string_view host :
       {"localhost", "localhost:8080", "localhost.default.svc.cluster.local"})
    EXPECT_EQ(route_name(*result.snapshot, {.authority = host}), "r") << host;
}

TEST(VirtualServices, HostThatNoServerHasIsAWarning) {
  Documents documents = documents_with({route("r")});
  documents.gateways[0].servers = {http_server(80, {"b.test", "other/a.test"})};
  auto const result = compiled(documents);
  EXPECT_EQ(result.count(Severity::warning, "spec.hosts[0]", "no server of Gateway default/gw"), 1)
      << result.all();
  EXPECT_EQ(compiled(documents_with({route("r")})).count(Severity::warning, "spec.hosts[0]", ""),
            0);
}

TEST(VirtualServices, RoutesOfOneHostFollowAgeThenName) {
  Documents documents = documents_with({});
  documents.virtual_services.clear();
  for (std::string const name : {"c", "b", "a"})
    documents.virtual_services.push_back(
        virtual_service(name, {"a.test"}, {"gw"}, {route(name, {uri(prefix("/x"))})}));
  EXPECT_EQ(route_name(*compiled(documents).snapshot, {.path = "/x"}), "a");
  documents.virtual_services[0].metadata.creation_timestamp = "2026-01-01T00:00:00Z";
  documents.virtual_services[1].metadata.creation_timestamp = "2025-01-01T00:00:00Z";
  documents.virtual_services[2].metadata.creation_timestamp = "2026-01-01T00:00:00Z";
  auto const result = compiled(documents);
  Strings names;
  for (Route const& found : result.snapshot->listeners[0].tables[0].find("a.test")->routes)
    names.push_back(found.name);
  EXPECT_EQ(names, (Strings{"b", "a", "c"}));
}

TEST(VirtualServices, CatchAllsMoveBehindOtherServicesRoutes) {
  Documents documents = documents_with({});
  documents.virtual_services = {
      virtual_service("a", {"a.test"}, {"gw"}, {route("a1", {uri(exact("/1"))}), route("a-all")}),
      virtual_service("b", {"a.test"}, {"gw"},
                      {route("b2", {uri(prefix("/2"))}), route("b-all", {uri(prefix("/"))})}),
      virtual_service("c", {"a.test"}, {"gw"},
                      {route("c1", {uri(prefix("/c"))}), route("c2", {uri(prefix("/c"))})})};
  auto const result = compiled(documents);
  ASSERT_TRUE(result.snapshot) << result.all();
  EXPECT_EQ(route_name(*result.snapshot, {.path = "/1"}), "a1");
  EXPECT_EQ(route_name(*result.snapshot, {.path = "/2"}), "b2");
  EXPECT_EQ(route_name(*result.snapshot, {.path = "/3"}), "a-all");
  Strings names;
  for (Route const& found : result.snapshot->listeners[0].tables[0].find("a.test")->routes)
    names.push_back(found.name);
  EXPECT_EQ(names, (Strings{"a1", "b2", "c1", "c2", "a-all", "b-all"}));
  EXPECT_EQ(result.count(Severity::warning, "spec.http", "VirtualService default/a"), 1)
      << result.all();
}

TEST(VirtualServices, NothingBehindACatchAllIsEmittedAndItIsSaid) {
  auto shadowed = route("behind", {uri(prefix("/2"))});
  shadowed.origin = at(60, "spec.http[1]");
  auto first = route("all", {uri(prefix("/1")), uri(regex(".*")), uri(prefix("/3"))});
  first.match[2].origin = at(61, "spec.http[0].match[2]");
  auto const result = compiled(documents_with({first, shadowed}));
  ASSERT_TRUE(result.snapshot);
  EXPECT_EQ(result.snapshot->listeners[0].tables[0].find("a.test")->routes.size(), 2U);
  EXPECT_EQ(route_name(*result.snapshot, {.path = "/2"}), "all");
  EXPECT_EQ(result.count(Severity::warning, "spec.http[1]", "never reached"), 1) << result.all();
  EXPECT_EQ(result.count(Severity::warning, "spec.http[0].match[2]", "never reached"), 1);
}

TEST(VirtualServices, EntryWithSeveralMatchesBecomesRoutesThatSharePolicies) {
  auto entry = route("r", {uri(exact("/a")), uri(exact("/b"))});
  entry.match[0].name = "first";
  entry.fault.emplace().abort = {1'000'000, 500, ""};
  auto unnamed = route("", {uri(exact("/c")), uri(exact("/d"))});
  unnamed.match[1].name = "d";
  auto const result = compiled(documents_with({entry, unnamed}));
  Route const* a = route_of(*result.snapshot, {.path = "/a"});
  Route const* b = route_of(*result.snapshot, {.path = "/b"});
  ASSERT_TRUE(a && b && a != b);
  EXPECT_EQ(a->name, "r.first");
  EXPECT_EQ(b->name, "r");
  EXPECT_EQ(route_name(*result.snapshot, {.path = "/c"}), "");
  EXPECT_EQ(route_name(*result.snapshot, {.path = "/d"}), "d");
  ASSERT_EQ(a->policies.size(), 1U);
  EXPECT_EQ(a->policies, b->policies);
}

TEST(VirtualServices, OneServiceBoundTwiceHasItsRoutesOnce) {
  Documents documents = documents_with({route("r", {uri(prefix("/x"))})});
  documents.gateways[0].servers = {http_server(80, {"*.test"}), http_server(80, {"a.test"})};
  documents.virtual_services[0].gateways = sourced_all({"gw", "./gw"}, "spec.gateways");
  auto const result = compiled(documents);
  EXPECT_EQ(result.snapshot->listeners[0].tables[0].find("a.test")->routes.size(), 1U);
}

TEST(VirtualServices, PortsShareRoutesUnlessADestinationMeansThePortThatWasCalled) {
  for (bool const names_port : {true, false}) {
    Documents documents = documents_with({route("r", {}, {to("origin", names_port ? 80 : 0)})});
    documents.gateways[0].servers = {http_server(80, {"*"}), http_server(81, {"*"})};
    auto const result = compiled(documents);
    auto const& listeners = result.snapshot->listeners;
    auto const* const one = listeners[0].tables[0].find("a.test");
    auto const* const other = listeners[1].tables[0].find("a.test");
    EXPECT_EQ(one->routes.begin() == other->routes.begin(), names_port);
    EXPECT_EQ(other->routes[0].targets.entries()[0].cluster->port, names_port ? 80 : 81);
  }
}

TEST(VirtualServices, TimeoutIsTheRoutesOrElseTheSettings) {
  struct Case {
    std::optional<milliseconds> own;
    milliseconds expected;
  };
  for (Case const& c :
       {Case{std::nullopt, milliseconds(30'000)}, Case{milliseconds(0), milliseconds(0)},
        Case{milliseconds(5), milliseconds(5)}}) {
    auto entry = route("r");
    entry.timeout = c.own;
    Documents documents = documents_with({entry});
    documents.settings.api.timeout = milliseconds(30'000);
    EXPECT_EQ(route_of(*compiled(documents).snapshot, {})->timeout, c.expected);
  }
}

TEST(VirtualServices, ProblemsOfAServiceOnSeveralPortsAreSaidOnce) {
  Documents documents = documents_with({route("r", {uri(regex("("))}, {to("origin", 0, "v9")})});
  documents.gateways[0].servers = {http_server(80, {"*"}), http_server(81, {"*", "a.test"}),
                                   https_server(443, {"*"})};
  auto const result = compiled(documents);
  EXPECT_EQ(result.count(Severity::error, "match", "does not compile"), 1) << result.all();
  EXPECT_EQ(result.count(Severity::error, "spec.http[0].route[0].destination.subset", "v9"), 1)
      << result.all();
}

TEST(VirtualServices, EveryErrorIsReportedInOnePass) {
  Documents documents = documents_with({route("r", {uri(regex("("))}, {to("x", 80, "v9")})});
  documents.virtual_services[0].gateways = sourced_all({"gw", "lost"}, "spec.gateways");
  documents.gateways[0].servers.push_back(https_server(443, {"a.test"}));
  documents.gateways[0].servers[1].tls.certificates.clear();
  documents.gateways[0].servers[1].tls.credential_names = {sourced("lost", "credential")};
  auto const result = compiled(documents);
  EXPECT_FALSE(result.snapshot);
  EXPECT_EQ(result.diagnostics.all().size(), 4U) << result.all();
}

TEST(VirtualServices, TrailingDotsOfNamesDoNotMatter) {
  Documents documents = documents_with({route("r")});
  documents.gateways[0].servers = {http_server(80, {"*.test."})};
  documents.virtual_services[0].hosts = sourced_all({"a.test."}, "spec.hosts");
  auto const result = compiled(documents);
  EXPECT_EQ(route_name(*result.snapshot, {.authority = "a.test"}), "r");
  EXPECT_EQ(route_name(*result.snapshot, {.authority = "a.test.:80"}), "r");
}

TEST(Compile, TwoResourcesOfOneNameAreAWarning) {
  Documents documents = documents_with({route("r")});
  documents.virtual_services.push_back(documents.virtual_services.front());
  auto const result = compiled(documents);
  EXPECT_TRUE(result.snapshot);
  EXPECT_EQ(result.count(Severity::warning, "metadata.name", "VirtualService default/vs at test"),
            1)
      << result.all();
}

TEST(Compile, VersionCountsUpAndSettingsAreKept) {
  Documents documents = documents_with({route("r")});
  documents.settings.gateway.name = "edge-1";
  auto const first = compiled(documents).snapshot;
  auto const second = compiled(documents).snapshot;
  EXPECT_GT(second->version, first->version);
  EXPECT_EQ(second->settings.gateway.name, "edge-1");
}

TEST(Compile, NoDocumentsAreASnapshotWithoutListeners) {
  auto const result = compiled({});
  ASSERT_TRUE(result.snapshot);
  EXPECT_TRUE(result.snapshot->listeners.empty());
}

TEST(Compile, ErrorsFromLoadingAreErrorsHere) {
  config::Diagnostics diagnostics;
  diagnostics.error({}, "", "before");
  EXPECT_EQ(compile(documents_with({route("r")}), diagnostics), nullptr);
}

}  // namespace
}  // namespace tidegate::routing
