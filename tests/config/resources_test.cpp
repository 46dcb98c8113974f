#include <gtest/gtest.h>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

TEST(Resources, ThreeVersionsAreOneSchema) {
  for (std::string const version : {"v1", "v1beta1", "v1alpha3"}) {
    auto const result = loaded("apiVersion: networking.istio.io/" + version +
                               "\nkind: DestinationRule\nmetadata: {name: a}\nspec: {host: b}\n");
    EXPECT_EQ(result.problems, std::vector<std::string>()) << version;
    EXPECT_EQ(result.documents.destination_rules.size(), 1u) << version;
  }
  EXPECT_EQ(problems_of("apiVersion: networking.istio.io/v2\nkind: Gateway\n"),
            "error f:1:13: apiVersion: expected networking.istio.io/v1, "
            "networking.istio.io/v1beta1 or networking.istio.io/v1alpha3; found "
            "\"networking.istio.io/v2\"\n");
}

TEST(Resources, OtherKindsAreSkippedWithOneNoticeEach) {
  EXPECT_EQ(problems_of("apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Service\n---\n"
                        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n---\n"
                        "apiVersion: networking.istio.io/v1\nkind: Sidecar\n"),
            "notice f:1:1: Service (v1) is not read by the gateway; skipped\n"
            "notice f:7:1: Rollout (argoproj.io/v1alpha1) is not read by the gateway; skipped\n"
            "notice f:10:1: Sidecar is not read by the gateway; skipped\n");
}

TEST(Resources, AMistypedKindIsAnErrorNotAnotherKind) {
  EXPECT_EQ(problems_of("apiVersion: networking.istio.io/v1\nkind: virtualservice\n"),
            "error f:2:7: kind: expected Gateway, VirtualService, DestinationRule, ServiceEntry or "
            "WorkloadEntry with this apiVersion; found \"virtualservice\"\n");
  EXPECT_EQ(problems_of("kind: Gateway\n"), "error f:1:1: `apiVersion` is missing\n");
}

TEST(Resources, TheItemsOfAListAreRead) {
  auto const result = loaded(
      "apiVersion: v1\nkind: List\nitems:\n"
      "- {apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: a}, "
      "spec: {host: b}}\n"
      "- apiVersion: networking.istio.io/v1\n"
      "  kind: DestinationRule\n"
      "  metadata: {name: c, namespace: d, labels: {e: f}, creationTimestamp: "
      "\"2024-01-01T00:00:00Z\", uid: x}\n"
      "  spec: {host: [b]}\n"
      "  status: {}\n");
  EXPECT_EQ(result.problems, std::vector<std::string>{
                                 "error f:8:16: items[1].spec.host: expected text; found a list"});
  ASSERT_EQ(result.documents.destination_rules.size(), 2u);
  auto const& metadata = result.documents.destination_rules[1].metadata;
  EXPECT_EQ(metadata.name, "c");
  EXPECT_EQ(metadata.name_space, "d");
  EXPECT_EQ(metadata.labels, (Labels{{"e", "f"}}));
  EXPECT_EQ(metadata.creation_timestamp, "2024-01-01T00:00:00Z");
  EXPECT_EQ(result.documents.destination_rules[0].metadata.name_space, "default");
}

TEST(Resources, TheSameNameTwiceIsAnError) {
  std::string const rule =
      "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\n"
      "spec: {host: b}\n";
  EXPECT_EQ(problems_of(rule + "---\n" + rule),
            "error f:8:11: metadata: another DestinationRule default/a stands in f:1\n");
}

TEST(Resources, MetadataNeedsAName) {
  EXPECT_EQ(problems_of("apiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
                        "metadata: {nmae: a}\nspec: {host: b}\n"),
            "error f:3:11: metadata: `name` is missing\n"
            "warning f:3:12: metadata.nmae: unknown field, ignored; did you mean `name`?\n");
  EXPECT_EQ(problems_of("apiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
                        "metadata: {name: a}\nsepc: {host: b}\n"),
            "error f:1:1: `spec` is missing\n"
            "warning f:4:1: sepc: unknown field, ignored; did you mean `spec`?\n");
}

TEST(ServiceEntry, EndpointsAreRead) {
  auto const result = loaded(
      resource("ServiceEntry",
               "  hosts: [FDR-backend]\n"
               "  ports: [{number: 8080, name: http, protocol: HTTP, targetPort: 9000}]\n"
               "  location: MESH_INTERNAL\n"
               "  resolution: 1\n"
               "  addresses: [10.0.0.0/8]\n"
               "  endpoints:\n"
               "  - {address: 127.0.0.1, ports: {http: 9001}, labels: {version: v1}, weight: 3,\n"
               "     locality: us-east-1/us-east-1a, network: n, serviceAccount: s}\n"
               "  - {address: '::1'}\n"));
  EXPECT_EQ(result.problems, std::vector<std::string>());
  auto const& entry = result.documents.service_entries.at(0);
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
       "error f:7:25: not supported yet: spec.endpoints[0].address\n"},
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
       "error f:6:15: spec.addresses[0]: expected an IP address or CIDR; found \"b\"\n"},
  };
  for (auto const& [spec, problems] : cases) {
    EXPECT_EQ(problems_of(resource("ServiceEntry", spec)), problems) << spec;
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

Loaded secret(std::string_view fields) {
  return loaded("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: Opaque\n" +
                std::string(fields));
}

TEST(Secret, CertAndKeyComeBeforeTlsCrtAndTlsKey) {
  auto result = secret("data: {tls.crt: YQ==, tls.key: Yg==}\n");
  EXPECT_EQ(result.problems, std::vector<std::string>());
  EXPECT_EQ(result.documents.secrets.at(0).certificate, "a");
  EXPECT_EQ(result.documents.secrets.at(0).key, "b");
  result = secret("data: {tls.crt: YQ==, tls.key: Yg==, cert: Yw==, key: ZA==}\n");
  EXPECT_EQ(result.documents.secrets.at(0).certificate, "c");
  EXPECT_EQ(result.documents.secrets.at(0).key, "d");
}

TEST(Secret, StringDataWins) {
  auto const result =
      secret("data: {tls.crt: YQ==, tls.key: Yg==}\nstringData: {tls.key: plain}\n");
  EXPECT_EQ(result.documents.secrets.at(0).certificate, "a");
  EXPECT_EQ(result.documents.secrets.at(0).key, "plain");
}

TEST(Secret, EmptyKeysAreAnErrorAndOthersAreNone) {
  EXPECT_EQ(secret("data: {tls.crt: '', tls.key: ''}\n").problems,
            std::vector<std::string>{
                "error f:1:1: found the keys \"tls.crt\" and \"tls.key\", but they were empty"});
  auto const result = secret("data: {password: YQ==}\n");
  EXPECT_EQ(result.problems, std::vector<std::string>());
  EXPECT_EQ(result.documents.secrets.at(0).certificate, "");
}

TEST(Secret, BadBase64IsAnErrorThatDoesNotShowTheValue) {
  EXPECT_EQ(secret("data:\n  tls.key: s3cret!\n").problems,
            std::vector<std::string>{
                "error f:6:12: data.tls.key: expected base64; use stringData for plain text"});
}

}  // namespace
}  // namespace tidegate::config
