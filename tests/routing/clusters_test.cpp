#include <gtest/gtest.h>

#include "tests/routing/services_support.h"

/// From a destination to a cluster and its endpoints.
namespace tidegate::routing {
namespace {

using namespace test;

TEST(Clusters, ShortNameWithoutEntryIsResolvedByDnsWithItsFullNameToFallBackOn) {
  auto const result = compiled(leading_to(to("FDR-Backend", 8080)));
  Cluster const& cluster = only_cluster(result);
  EXPECT_EQ(cluster.name, "outbound|8080||fdr-backend.default.svc.cluster.local");
  EXPECT_EQ(cluster.discovery, Cluster::Discovery::dns);
  EXPECT_EQ(addresses(cluster), Strings{"fdr-backend/8080"});
  EXPECT_EQ(cluster.fallback_names, Strings{"fdr-backend.default.svc.cluster.local"});
  EXPECT_EQ(cluster.service, "fdr-backend.default.svc.cluster.local");
  EXPECT_EQ(cluster.service_name, "fdr-backend");
  EXPECT_EQ(cluster.name_space, "default");
}

TEST(Clusters, NamesWithoutEntryAndTheirFallbacks) {
  struct Case {
    std::string host, cluster_host;
    Strings fallbacks;
    Cluster::Discovery discovery = Cluster::Discovery::dns;
  };
  for (Case const& c : {Case{"web.shop", "web.shop", {"web.shop.svc.corp"}},
                        Case{"web.shop.svc.corp", "web.shop.svc.corp", {}},
                        Case{"api.example.com", "api.example.com", {}},
                        Case{"127.0.0.1", "127.0.0.1", {}, Cluster::Discovery::fixed},
                        Case{"::1", "::1", {}, Cluster::Discovery::fixed}}) {
    Documents documents = leading_to(to(c.host, 80));
    documents.settings.gateway.cluster_domain = "corp";
    auto const result = compiled(documents);
    Cluster const& cluster = only_cluster(result);
    EXPECT_EQ(cluster.name, "outbound|80||" + c.cluster_host);
    EXPECT_EQ(cluster.fallback_names, c.fallbacks) << c.host;
    EXPECT_EQ(cluster.discovery, c.discovery) << c.host;
    EXPECT_EQ(addresses(cluster), Strings{c.host + "/80"});
  }
}

TEST(Clusters, InClusterNamesTellServiceAndNamespace) {
  auto const result = compiled(leading_to(to("web.shop.svc.cluster.local", 80)));
  EXPECT_EQ(only_cluster(result).service_name, "web");
  EXPECT_EQ(only_cluster(result).name_space, "shop");
}

TEST(Clusters, StaticEntryByTheNameAsWrittenOrTheFullName) {
  for (std::string const host : {"origin", "origin.default.svc.cluster.local"}) {
    auto const result = compiled(leading_to(
        to("origin"),
        {service_entry({host}, Resolution::fixed, {workload("10.0.0.1"), workload("10.0.0.2")})}));
    Cluster const& cluster = only_cluster(result);
    EXPECT_EQ(cluster.name, "outbound|80||" + host);
    EXPECT_EQ(cluster.discovery, Cluster::Discovery::fixed);
    EXPECT_EQ(addresses(cluster), (Strings{"10.0.0.1/80", "10.0.0.2/80"}));
    EXPECT_TRUE(cluster.fallback_names.empty());
  }
}

TEST(Clusters, NameAsWrittenGoesBeforeTheFullName) {
  auto const result = compiled(leading_to(
      to("origin"), {service_entry({"origin.default.svc.cluster.local"}, Resolution::fixed,
                                   {workload("10.0.0.2")}),
                     service_entry({"origin"}, Resolution::fixed, {workload("10.0.0.1")})}));
  EXPECT_EQ(addresses(only_cluster(result)), Strings{"10.0.0.1/80"});
}

TEST(Clusters, NameWithNamespaceFindsTheFullName) {
  auto const result = compiled(leading_to(
      to("web.shop"),
      {service_entry({"web.shop.svc.cluster.local"}, Resolution::fixed, {workload("10.0.0.9")})}));
  EXPECT_EQ(only_cluster(result).name, "outbound|80||web.shop.svc.cluster.local");
  EXPECT_EQ(addresses(only_cluster(result)), Strings{"10.0.0.9/80"});
}

TEST(Clusters, EntryOfTheSameNamespaceIsPreferred) {
  auto const result = compiled(leading_to(
      to("origin"), {service_entry({"origin"}, Resolution::fixed, {workload("10.0.0.1")}, "a"),
                     service_entry({"origin"}, Resolution::fixed, {workload("10.0.0.2")})}));
  EXPECT_EQ(addresses(only_cluster(result)), Strings{"10.0.0.2/80"});
}

TEST(Clusters, SameShortNameInTwoNamespacesIsTwoClusters) {
  Documents documents = leading_to(to("origin"));
  documents.virtual_services.push_back(virtual_service("vs2", {"b.test"}, {"default/gw"},
                                                       {route("r2", {}, {to("origin")})}, "other"));
  for (std::string const name_space : {"default", "other"})
    documents.service_entries.push_back(
        service_entry({"origin"}, Resolution::fixed, {workload("10.0.0.1")}, name_space));
  auto const result = compiled(documents);
  ASSERT_TRUE(result.snapshot) << result.all();
  ASSERT_EQ(result.snapshot->clusters.size(), 2U);
  EXPECT_EQ(result.snapshot->clusters[0]->name, "outbound|80||origin");
  EXPECT_EQ(result.snapshot->clusters[1]->name, "outbound|80||origin.other.svc.cluster.local");
}

TEST(Clusters, OneClusterForOneHostPortAndSubset) {
  Documents documents = documents_with({route("a", {uri(prefix("/a"))}, {to("origin", 80)}),
                                        route("b", {uri(prefix("/b"))}, {to("origin", 80)}),
                                        route("c", {uri(prefix("/c"))}, {to("origin", 81)})});
  documents.gateways[0].servers.push_back(http_server(8080, {"*"}));
  auto const result = compiled(documents);
  ASSERT_EQ(result.snapshot->clusters.size(), 2U);
  EXPECT_EQ(result.snapshot->clusters[1]->id, 1U);
  auto const target = [&](std::string_view path) {
    return route_of(*result.snapshot, {.path = path})->targets.entries().front().cluster;
  };
  EXPECT_EQ(target("/a"), target("/b"));
  EXPECT_EQ(target("/c"), result.snapshot->clusters[1].get());
}

TEST(Clusters, PortIsTheDestinationsElseTheOnlyOneElseTheListeners) {
  ServiceEntry two_ports = service_entry({"origin"}, Resolution::fixed, {workload("10.0.0.1")});
  two_ports.ports.insert(two_ports.ports.begin(),
                         {9000, config::istio::Protocol::http, "other", 0});
  ServiceEntry one_port = two_ports;
  one_port.ports = {{9000, config::istio::Protocol::http, "only", 0}};
  EXPECT_EQ(only_cluster(compiled(leading_to(to("origin"), {one_port}))).port, 9000);
  EXPECT_EQ(only_cluster(compiled(leading_to(to("origin"), {two_ports}))).port, 80);
  EXPECT_EQ(only_cluster(compiled(leading_to(to("origin", 9000), {two_ports}))).port, 9000);
  EXPECT_EQ(only_cluster(compiled(leading_to(to("elsewhere")))).port, 80);
}

TEST(Clusters, DeclaredPortOfTheListenerCountsNotTheBoundOne) {
  Documents documents = leading_to(to("origin"));
  documents.settings.gateway.port_map = {{80, 8080}};
  EXPECT_EQ(only_cluster(compiled(documents)).port, 80);
}

TEST(Clusters, PortThatTheEntryDoesNotHaveIsAnError) {
  auto const result = compiled(leading_to(
      to("origin", 81), {service_entry({"origin"}, Resolution::fixed, {workload("10.0.0.1")})}));
  EXPECT_FALSE(result.snapshot);
  EXPECT_EQ(result.count(Severity::error, "spec.http[0].route[0].destination.port",
                         "no port 81; it has 80"),
            1)
      << result.all();
}

TEST(Clusters, EndpointPortByNameThenTargetPortThenNumber) {
  WorkloadEntry named = workload("10.0.0.2");
  named.ports = {{"http", 9002}, {"other", 1}};
  ServiceEntry entry = service_entry({"origin"}, Resolution::fixed, {workload("10.0.0.1"), named});
  EXPECT_EQ(addresses(only_cluster(compiled(leading_to(to("origin"), {entry})))),
            (Strings{"10.0.0.1/80", "10.0.0.2/9002"}));
  entry.ports[0].target_port = 8080;
  EXPECT_EQ(addresses(only_cluster(compiled(leading_to(to("origin"), {entry})))),
            (Strings{"10.0.0.1/8080", "10.0.0.2/9002"}));
}

TEST(Clusters, EndpointKeepsWeightLocalityAndLabels) {
  WorkloadEntry full = workload("10.0.0.1", {{"version", "v1"}});
  full.weight = 7;
  full.locality = "us-east-1/a";
  WorkloadEntry zero = workload("10.0.0.2");
  zero.weight = 0;
  auto const result = compiled(
      leading_to(to("origin"), {service_entry({"origin"}, Resolution::fixed, {full, zero})}));
  Cluster const& cluster = only_cluster(result);
  EXPECT_EQ(cluster.endpoints[0].weight, 7U);
  EXPECT_EQ(cluster.endpoints[0].locality, "us-east-1/a");
  EXPECT_EQ(cluster.endpoints[0].labels, full.labels);
  EXPECT_EQ(cluster.endpoints[1].weight, 1U);
}

TEST(Clusters, StaticAddressThatIsNoIpIsAnErrorAtItsPlace) {
  for (std::string const address :
       {"backend.internal", "10.0.0", "10.0.0.256", "", "unix:///run/x"}) {
    auto const result = compiled(leading_to(
        to("origin"), {service_entry({"origin"}, Resolution::fixed, {workload(address)})}));
    EXPECT_FALSE(result.snapshot) << address;
    EXPECT_EQ(result.count(Severity::error, "spec.endpoints[0].address", ""), 1) << result.all();
  }
}

TEST(Clusters, DnsEntryResolvesItsEndpointsOrElseItsHost) {
  auto const listed = compiled(
      leading_to(to("origin"), {service_entry({"origin"}, Resolution::dns,
                                              {workload("a.internal"), workload("10.0.0.1")})}));
  EXPECT_EQ(only_cluster(listed).discovery, Cluster::Discovery::dns);
  EXPECT_EQ(addresses(only_cluster(listed)), (Strings{"a.internal/80", "10.0.0.1/80"}));

  ServiceEntry bare = service_entry({"api.example.com"}, Resolution::dns, {});
  bare.ports[0].target_port = 8443;
  auto const itself = compiled(leading_to(to("api.example.com"), {bare}));
  EXPECT_EQ(addresses(only_cluster(itself)), Strings{"api.example.com/8443"});
  EXPECT_TRUE(only_cluster(itself).fallback_names.empty());
}

TEST(Clusters, ResolutionsThatAreNotServedHaveNoEndpointsAndSaySo) {
  for (Resolution const resolution : {Resolution::none, Resolution::dynamic_dns}) {
    auto const result = compiled(
        leading_to(to("origin"), {service_entry({"origin"}, resolution, {workload("10.0.0.1")})}));
    EXPECT_TRUE(only_cluster(result).endpoints.empty());
    EXPECT_EQ(
        result.count(Severity::warning, "spec.resolution", "not supported yet: spec.resolution"), 1)
        << result.all();
  }
}

TEST(Clusters, WildcardEntriesAreNotTakenForAServiceAndItIsSaid) {
  auto const result = compiled(
      leading_to(to("api.example.com"),
                 {service_entry({"*.example.com"}, Resolution::fixed, {workload("10.0.0.1")})}));
  EXPECT_EQ(only_cluster(result).discovery, Cluster::Discovery::dns);
  EXPECT_EQ(result.count(Severity::warning, "spec.hosts[0]", "not supported yet: spec.hosts[0]"),
            1);
}

TEST(Clusters, WorkloadSelectorPicksByLabelsInItsNamespace) {
  ServiceEntry entry = service_entry({"origin"}, Resolution::fixed, {});
  entry.workload_selector = {{"app", "web"}};
  Documents documents = leading_to(to("origin"), {entry});
  auto const add = [&](std::string name, std::string address, config::Labels labels,
                       std::string name_space) {
    WorkloadEntry document = workload(std::move(address), std::move(labels));
    document.metadata = metadata(std::move(name), std::move(name_space));
    documents.workload_entries.push_back(document);
  };
  add("a", "10.0.0.1", {{"app", "web"}, {"version", "v1"}}, "default");
  add("b", "10.0.0.2", {{"app", "other"}}, "default");
  add("c", "10.0.0.3", {{"app", "web"}}, "elsewhere");
  EXPECT_EQ(addresses(only_cluster(compiled(documents))), Strings{"10.0.0.1/80"});
}

TEST(Clusters, SelectorThatPicksNothingIsAWarning) {
  ServiceEntry entry = service_entry({"origin"}, Resolution::fixed, {});
  entry.workload_selector = {{"app", "web"}};
  auto const result = compiled(leading_to(to("origin"), {entry}));
  EXPECT_TRUE(only_cluster(result).endpoints.empty());
  EXPECT_EQ(result.count(Severity::warning, "spec.workloadSelector", "503"), 1) << result.all();
}

TEST(Clusters, SelectedWorkloadWithANameIsAnErrorWhenTheEntryIsStatic) {
  ServiceEntry entry = service_entry({"origin"}, Resolution::fixed, {});
  entry.workload_selector = {{"app", "web"}};
  Documents documents = leading_to(to("origin"), {entry});
  documents.workload_entries = {workload("web.internal", {{"app", "web"}})};
  documents.workload_entries[0].metadata = metadata("web");
  config::Diagnostics diagnostics;
  diagnostics.error({}, "", "another one, found before");
  EXPECT_EQ(compile(documents, diagnostics), nullptr);
  EXPECT_EQ(diagnostics.all().size(), 2U);
  documents.service_entries[0].resolution = Resolution::dns;
  EXPECT_EQ(addresses(only_cluster(compiled(documents))), Strings{"web.internal/80"});
}

TEST(WeightedTargets, ZeroWeightsAreDroppedAmongSeveral) {
  Documents documents = documents_with(
      {route("r", {}, {to("a", 80, "", 90), to("b", 80, "", 0), to("c", 80, "", 10)})});
  auto const result = compiled(documents);
  auto const& entries = route_of(*result.snapshot, {})->targets.entries();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].weight, 90U);
  EXPECT_EQ(entries[1].cluster->service_name, "c");
}

}  // namespace
}  // namespace tidegate::routing
