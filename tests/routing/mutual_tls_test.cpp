#include <gtest/gtest.h>

#include "tests/routing/services_support.h"

/// Who is let in by certificate, and by which one origins know us.
namespace tidegate::routing {
namespace {

using namespace test;
using config::ClientCertificates;
using config::istio::ClientTls;
using config::istio::TlsMode;

config::Secret secret(std::string name, std::string ca, std::string crl = "") {
  config::Secret result;
  result.metadata = metadata(std::move(name), "web", 90);
  result.certificate = "certificate";
  result.key = "key";
  result.ca_certificates = std::move(ca);
  result.crl = std::move(crl);
  return result;
}

Documents asking(TlsMode mode, std::vector<config::Secret> secrets) {
  Documents documents;
  Server server = https_server(443, {"a.test"});
  server.tls.mode = mode;
  server.tls.certificates.clear();
  server.tls.credential_names = {sourced("cert", "spec.servers[0].tls.credentialName", 23)};
  documents.gateways = {gateway("gw", {server}, "web")};
  documents.secrets = std::move(secrets);
  return documents;
}

ClientCertificates const& clients_of(Compiled const& result) {
  return result.snapshot->listeners.at(0).tls_servers.at(0).clients;
}

TEST(MutualTls, ModeSaysWhetherCertificatesAreAskedFor) {
  using Mode = ClientCertificates::Mode;
  struct Case {
    TlsMode mode;
    Mode expected;
  };
  for (Case const& c :
       {Case{TlsMode::simple, Mode::none}, Case{TlsMode::optional_mutual, Mode::optional},
        Case{TlsMode::mutual, Mode::required}}) {
    auto const result = compiled(asking(c.mode, {secret("cert", "CA")}));
    ASSERT_TRUE(result.snapshot) << result.all();
    EXPECT_EQ(clients_of(result).mode, c.expected);
    EXPECT_EQ(clients_of(result).ca_certificates, c.expected == Mode::none ? "" : "CA");
  }
}

TEST(MutualTls, AuthoritiesAreFoundInIstiosOrder) {
  struct Case {
    std::string ca_credential;
    std::vector<config::Secret> secrets;
    std::string ca, crl;
  };
  for (Case const& c :
       {Case{"", {secret("cert", "own", "CRL")}, "own", "CRL"},
        Case{"", {secret("cert", "own", "CRL"), secret("cert-cacert", "other")}, "other", ""},
        Case{"ca", {secret("cert", "own"), secret("ca", "named", "CRL")}, "named", "CRL"},
        Case{"ca", {secret("cert", ""), secret("ca-cacert", "named")}, "named", ""}}) {
    Documents documents = asking(TlsMode::mutual, c.secrets);
    documents.gateways[0].servers[0].tls.clients.ca_credential_name = sourced(c.ca_credential);
    auto const result = compiled(documents);
    ASSERT_TRUE(result.snapshot) << result.all();
    EXPECT_EQ(clients_of(result).ca_certificates, c.ca);
    EXPECT_EQ(clients_of(result).crl, c.crl);
  }
}

TEST(MutualTls, RulesFromFilesAreTakenAsTheyAre) {
  Documents documents = asking(TlsMode::mutual, {});
  auto& tls = documents.gateways[0].servers[0].tls;
  tls.certificates = {{"certificate", "key", {}}};
  tls.credential_names.clear();
  tls.clients = {.ca_certificates = "CA",
                 .ca_crl = "CRL",
                 .ca_credential_name = {},
                 .subject_alt_names = {"a", "b"},
                 .spki_hashes = {"key pin"},
                 .certificate_hashes = {"pin"},
                 .skips_verification = false};
  auto const result = compiled(documents);
  ASSERT_TRUE(result.snapshot) << result.all();
  auto const& clients = clients_of(result);
  EXPECT_EQ(clients.ca_certificates, "CA");
  EXPECT_EQ(clients.crl, "CRL");
  EXPECT_EQ(clients.subject_alt_names, (Strings{"a", "b"}));
  EXPECT_EQ(clients.spki_hashes, Strings{"key pin"});
  EXPECT_EQ(clients.certificate_hashes, Strings{"pin"});
}

TEST(MutualTls, NobodyIsServedWithoutCaUnlessItIsSkipped) {
  Documents documents = asking(TlsMode::mutual, {secret("cert", "")});
  auto const refused = compiled(documents);
  EXPECT_FALSE(refused.snapshot);
  EXPECT_EQ(refused.count(Severity::error, "spec.servers[0].tls.credentialName", "holds no CA"), 1)
      << refused.all();
  documents.gateways[0].servers[0].tls.clients.skips_verification = true;
  auto const skipped = compiled(documents);
  ASSERT_TRUE(skipped.snapshot) << skipped.all();
  EXPECT_TRUE(clients_of(skipped).skips_verification);
}

/// A service whose DestinationRule, in namespace `web`, says `tls`.
Documents originating(ClientTls tls, std::vector<config::Secret> secrets) {
  auto const entry = service_entry({"origin"}, Resolution::fixed, {workload("10.0.0.1")});
  Documents documents = leading_to(to("origin"), {entry}, {rule("origin", {})});
  auto& written = documents.destination_rules[0];
  written.metadata.name_space = "web";
  written.host.value = "origin.default.svc.cluster.local";
  written.traffic_policy.emplace();
  written.traffic_policy->tls = std::move(tls);
  documents.secrets = std::move(secrets);
  return documents;
}

ClientTls by_secret(ClientTls::Mode mode) {
  ClientTls tls;
  tls.mode = mode;
  tls.credential_name = sourced("cert", "spec.trafficPolicy.tls.credentialName");
  return tls;
}

TEST(TlsToOrigins, MutualShowsTheSecretsCertificateAndSimpleNone) {
  for (auto const mode : {ClientTls::Mode::simple, ClientTls::Mode::mutual}) {
    auto const result = compiled(originating(by_secret(mode), {secret("cert", "CA", "CRL")}));
    auto const& tls = only_cluster(result).tls;
    ASSERT_TRUE(tls) << result.all();
    EXPECT_EQ(tls->certificate.has_value(), mode == ClientTls::Mode::mutual);
    EXPECT_EQ(tls->ca_certificates, "CA");
    EXPECT_EQ(tls->crl, "CRL");
  }
}

TEST(TlsToOrigins, SecretWithoutCaIsAnErrorAndNeverTheSystemsBundle) {
  auto const result =
      compiled(originating(by_secret(ClientTls::Mode::simple), {secret("cert", "")}));
  EXPECT_FALSE(result.snapshot);
  EXPECT_EQ(result.count(Severity::error, "spec.trafficPolicy.tls.credentialName", "holds no CA"),
            1)
      << result.all();
}

TEST(TlsToOrigins, NamesOfTheServiceEntryCountWhereTheRuleHasNone) {
  for (Strings const& own : {Strings{}, Strings{"rule"}}) {
    ClientTls tls;
    tls.mode = ClientTls::Mode::simple;
    tls.subject_alt_names = own;
    Documents documents = originating(tls, {});
    documents.service_entries[0].subject_alt_names = {"entry"};
    auto const result = compiled(documents);
    EXPECT_EQ(only_cluster(result).tls->subject_alt_names, own.empty() ? Strings{"entry"} : own);
  }
}

TEST(TlsToOrigins, CertificatesOfAMeshAreNotReplacedByNone) {
  ClientTls tls;
  tls.mode = ClientTls::Mode::istio_mutual;
  auto const result = compiled(originating(tls, {}));
  auto const& cluster = only_cluster(result);
  EXPECT_TRUE(cluster.endpoints.empty());
  EXPECT_EQ(cluster.refusal, "mesh_certificates_missing");
}

}  // namespace
}  // namespace tidegate::routing
