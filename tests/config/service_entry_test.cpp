#include <gtest/gtest.h>

#include "config/istio/not_served.h"
#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

TEST(ServiceEntry, EndpointsAreRead) {
  auto const result = loaded(
      resource("ServiceEntry",
               "  hosts: [FDR-backend]\n"
               "  ports: [{number: 8080, name: http, protocol: HTTP, targetPort: 9000}]\n"
               "  location: MESH_INTERNAL\n"
               "  resolution: 1\n"
               "  subjectAltNames: [spiffe://a]\n"
               "  endpoints:\n"
               "  - {address: 127.0.0.1, ports: {http: 9001}, labels: {version: v1}, weight: 3,\n"
               "     locality: us-east-1/us-east-1a}\n"
               "  - {address: '::1'}\n"));
  auto const& entry = result.documents.service_entries.at(0);
  EXPECT_EQ(entry.subject_alt_names, std::vector<std::string>{"spiffe://a"});
  EXPECT_EQ(entry.hosts.at(0).value, "fdr-backend");
  EXPECT_EQ(entry.resolution, istio::Resolution::fixed);
  EXPECT_EQ(entry.ports.at(0).target_port, 9000u);
  EXPECT_EQ(entry.ports.at(0).protocol, istio::Protocol::http);
  ASSERT_EQ(entry.endpoints.size(), 2u);
  EXPECT_EQ(entry.endpoints[0].address.value, "127.0.0.1");
  EXPECT_EQ(entry.endpoints[0].ports.at("http"), 9001u);
  EXPECT_EQ(entry.endpoints[0].weight, 3u);
  EXPECT_EQ(entry.endpoints[0].locality, "us-east-1/us-east-1a");
  EXPECT_EQ(entry.endpoints[1].weight, 1u);
}

TEST(ServiceEntry, RulesAreChecked) {
  struct Case {
    std::string_view spec;
    std::string_view problems;
  };
  Case const cases[] = {
      {"  ports: []\n", "error f:5:3: spec: `hosts` is missing\n"},
      {"  hosts: ['*']\n", "error f:5:11: spec.hosts[0]: `*` cannot be a service's host\n"},
      {"  hosts: ['*.a.com']\n", ""},
      {"  hosts: ['*.a.com']\n  resolution: DNS\n",
       "error f:5:11: spec.hosts[0]: a wildcard needs resolution NONE or DYNAMIC_DNS\n"},
      {"  hosts: [a]\n  resolution: Static\n",
       "error f:6:15: spec.resolution: expected NONE, STATIC, DNS, DNS_ROUND_ROBIN or DYNAMIC_DNS; "
       "found \"Static\"\n"},
      {"  hosts: [a]\n  resolution: STATIC\n",
       "warning f:5:3: spec: resolution STATIC without endpoints or workloadSelector: nothing can "
       "be reached\n"},
      {"  hosts: [a]\n  endpoints: [{address: 1.2.3.4}]\n",
       "error f:6:14: spec.endpoints: resolution NONE (the default) has no endpoints; use STATIC "
       "or DNS\n"},
      {"  hosts: [a]\n  resolution: STATIC\n  endpoints: [{address: b.com}]\n",
       "error f:7:15: spec.endpoints[0]: resolution STATIC needs IP addresses; use resolution DNS "
       "for names\n"},
      {"  hosts: [a]\n  resolution: DNS\n  endpoints: [{address: b.com}]\n", ""},
      {"  hosts: [a]\n  resolution: DNS\n  endpoints: [{address: 'b.com:80'}]\n",
       "error f:7:25: spec.endpoints[0].address: expected an IP address or a DNS name, without a "
       "port; found \"b.com:80\"\n"},
      {"  hosts: [a]\n  resolution: DNS\n  endpoints: [{address: 'unix:///s'}]\n",
       "error f:7:15: spec.endpoints[0]: a unix socket needs resolution STATIC\n"},
      {"  hosts: [a]\n  resolution: STATIC\n  endpoints: [{address: 'unix:///s'}]\n", ""},
      {"  hosts: [a]\n  resolution: STATIC\n  endpoints: [{address: 'unix://s'}]\n",
       "error f:7:25: spec.endpoints[0].address: expected unix:///PATH or unix://@NAME, up to 107 "
       "bytes; found \"unix://s\"\n"},
      {"  hosts: [a]\n  resolution: STATIC\n  ports: [{number: 1, name: a}, {number: 2, name: b}]\n"
       "  endpoints: [{address: 'unix:///s'}]\n",
       "error f:8:15: spec.endpoints[0]: a unix socket serves one port; this has more\n"},
      {"  hosts: [a]\n  resolution: STATIC\n  ports: [{number: 1, name: a}]\n"
       "  endpoints: [{address: 'unix:///s', ports: {a: 1}}]\n",
       "error f:8:45: spec.endpoints[0].ports: a unix socket has no ports\n"},
      {"  hosts: ['*.a.com']\n  resolution: DYNAMIC_DNS\n", ""},
      {"  hosts: ['*.a.com']\n  resolution: DYNAMIC_DNS\n  endpoints: [{address: b.com}]\n",
       "error f:7:14: spec.endpoints: resolution DYNAMIC_DNS has no endpoints: every request's own "
       "host is resolved\n"},
      {"  hosts: [a]\n  workloadSelector: {labels: {a: b}}\n",
       "error f:6:21: spec.workloadSelector: needs resolution STATIC or DNS: with this one there "
       "are no endpoints\n"},
      {"  hosts: [a]\n  resolution: DNS\n  addresses: [10.0.0.0/8]\n",
       "error f:7:15: spec.addresses[0]: a range of addresses needs resolution NONE or STATIC\n"
       "notice f:7:14: spec.addresses: has no effect: a gateway chooses services by name, not by "
       "the addresses of a mesh\n"},
      {"  hosts: [a]\n  resolution: DNS\n  endpoints: [{address: b, ports: {x: 1}}]\n",
       "error f:7:15: spec.endpoints[0]: the ServiceEntry has no port named \"x\"\n"},
      {"  hosts: [a]\n  resolution: DNS_ROUND_ROBIN\n  endpoints: [{address: b}, {address: c}]\n",
       "error f:7:14: spec.endpoints: resolution DNS_ROUND_ROBIN allows one endpoint\n"},
      {"  hosts: [a]\n  resolution: STATIC\n  endpoints: [{address: ::1}]\n"
       "  workloadSelector: {labels: {a: b}}\n",
       "error f:8:21: spec.workloadSelector: endpoints and workloadSelector exclude each other\n"},
      {"  hosts: [a]\n  ports: [{number: 1, name: a}, {number: 1, name: a, protocol: X}]\n",
       "error f:6:64: spec.ports[1].protocol: expected a protocol such as HTTP, HTTPS, HTTP2, "
       "GRPC, TLS or TCP; found \"X\"\n"
       "error f:6:33: spec.ports[1]: another port of this ServiceEntry has the same number\n"
       "error f:6:33: spec.ports[1]: another port of this ServiceEntry has the same name\n"},
      {"  hosts: [a]\n  addresses: [b]\n",
       "error f:6:15: spec.addresses[0]: expected an IP address or CIDR; found \"b\"\n"
       "notice f:6:14: spec.addresses: has no effect: a gateway chooses services by name, not by "
       "the addresses of a mesh\n"},
  };
  for (auto const& [spec, problems] : cases) {
    EXPECT_EQ(mistakes_of(resource("ServiceEntry", spec)), problems) << spec;
  }
}

TEST(WorkloadEntry, IsReadWithItsLabels) {
  auto const result = loaded(resource(
      "WorkloadEntry", "  address: 10.0.0.1\n  labels: {app: a}\n  weight: 0\n  locality: a//b\n"));
  EXPECT_EQ(result.problems, std::vector<std::string>{
                                 "error f:8:13: spec.locality: expected region[/zone[/subzone]]; "
                                 "found \"a//b\""});
  auto const& entry = result.documents.workload_entries.at(0);
  EXPECT_EQ(entry.labels, (Labels{{"app", "a"}}));
  EXPECT_EQ(entry.weight, 1u);
}

TEST(WorkloadEntry, ALocalityMayStandInALabel) {
  auto const locality_of = [](std::string const& fields) {
    return loaded(resource("WorkloadEntry", "  address: 10.0.0.1\n" + fields))
        .documents.workload_entries.at(0)
        .locality;
  };
  EXPECT_EQ(locality_of("  labels: {istio-locality: us.a.b}\n"), "us/a/b");
  EXPECT_EQ(locality_of("  labels: {istio-locality: us}\n"), "us");
  EXPECT_EQ(locality_of("  labels: {istio-locality: us.a}\n  locality: eu\n"), "eu");
  EXPECT_EQ(locality_of("  labels: {istio-locality: a..b}\n"), "");
}

TEST(WorkloadEntry, WhatOnlyAMeshHasIsNamed) {
  EXPECT_EQ(problems_of(resource("WorkloadEntry",
                                 "  address: 10.0.0.1\n  network: n\n  serviceAccount: s\n")),
            "notice f:6:12: spec.network: has no effect: the gateway reaches every endpoint "
            "directly\n"
            "notice f:7:19: spec.serviceAccount: has no effect: it is an identity in a mesh\n");
}

TEST(WorkloadEntry, UnixSocketsAreKept) {
  std::string const yaml = resource("WorkloadEntry", "  address: 'unix://@a'\n");
  EXPECT_EQ(mistakes_of(yaml), "");
  EXPECT_TRUE(loaded(yaml).documents.workload_entries.at(0).is_unix());
  EXPECT_EQ(istio::not_served::unix_addresses,
            problems_of(yaml).find("not supported yet: spec.address") != std::string::npos);
}

}  // namespace
}  // namespace tidegate::config
