#include <gtest/gtest.h>

#include "tests/routing/support.h"

/// From a Gateway's credentialName to a certificate.
namespace tidegate::routing {
namespace {

using namespace test;
using config::istio::TlsVersion;

config::Secret secret(std::string name, std::string name_space) {
  config::Secret result;
  result.metadata = metadata(std::move(name), std::move(name_space), 90);
  result.certificate = "certificate of " + result.metadata.name_space;
  result.key = "key";
  return result;
}

Documents with_credential(std::string const& credential, std::vector<config::Secret> secrets) {
  Documents documents;
  Server server = https_server(443, {"ns/a.test", "*.b.test"});
  server.tls.certificates.clear();
  server.tls.credential_names = {sourced(credential, "spec.servers[0].tls.credentialName", 23)};
  documents.gateways = {gateway("gw", {server}, "web")};
  documents.secrets = std::move(secrets);
  return documents;
}

TEST(Credentials, EveryFormOfNameFindsItsSecret) {
  struct Case {
    std::string credential, expected;
  };
  for (Case const& c : {Case{"cert", "certificate of web"},
                        {"web/cert", "certificate of web"},
                        {"other/cert", "certificate of other"},
                        {"kubernetes://cert", "certificate of web"},
                        {"kubernetes://other/cert", "certificate of other"}}) {
    auto const result =
        compiled(with_credential(c.credential, {secret("cert", "other"), secret("cert", "web")}));
    ASSERT_TRUE(result.snapshot) << c.credential << result.all();
    auto const& server = result.snapshot->listeners.front().tls_servers.front();
    ASSERT_EQ(server.certificates.size(), 1U);
    EXPECT_EQ(server.certificates[0].certificate, c.expected);
    EXPECT_EQ(server.certificates[0].origin.path, "spec.servers[0].tls.credentialName");
    EXPECT_EQ(server.hosts, (Strings{"a.test", "*.b.test"}));
  }
}

TEST(Credentials, UnknownSecretIsAnErrorAtItsPlace) {
  auto const path = "spec.servers[0].tls.credentialName";
  auto const none = compiled(with_credential("cert", {}));
  EXPECT_FALSE(none.snapshot);
  EXPECT_EQ(none.count(Severity::error, path, "there is no Secret web/cert"), 1) << none.all();
  EXPECT_EQ(none.diagnostics.all().front().where.line, 23);

  auto const elsewhere = compiled(with_credential("cert", {secret("cert", "istio-system")}));
  EXPECT_EQ(elsewhere.count(Severity::error, path, "write istio-system/cert"), 1)
      << elsewhere.all();
}

TEST(Credentials, SecretWithoutCertificateOrKeyIsAnError) {
  for (bool const without_key : {false, true}) {
    config::Secret empty = secret("cert", "web");
    (without_key ? empty.key : empty.certificate).clear();
    auto const result = compiled(with_credential("cert", {empty}));
    EXPECT_FALSE(result.snapshot);
    EXPECT_EQ(result.count(Severity::error, "spec.servers[0].tls.credentialName",
                           "test.yaml:90:1 holds no certificate"),
              1)
        << result.all();
  }
}

TEST(Credentials, TwoCredentialsAreTwoCertificates) {
  Documents documents = with_credential("rsa", {secret("rsa", "web"), secret("ecdsa", "web")});
  documents.gateways[0].servers[0].tls.credential_names.push_back(sourced("ecdsa"));
  auto const result = compiled(documents);
  ASSERT_TRUE(result.snapshot) << result.all();
  EXPECT_EQ(result.snapshot->listeners[0].tls_servers[0].certificates.size(), 2U);
}

TEST(Credentials, AutomaticVersionsAreTlsOneTwoAndOneThree) {
  Documents documents = with_credential("cert", {secret("cert", "web")});
  auto const automatic = compiled(documents);
  ASSERT_TRUE(automatic.snapshot);
  EXPECT_EQ(automatic.snapshot->listeners[0].tls_servers[0].min_version, TlsVersion::v1_2);
  EXPECT_EQ(automatic.snapshot->listeners[0].tls_servers[0].max_version, TlsVersion::v1_3);

  auto& tls = documents.gateways[0].servers[0].tls;
  tls.min_version = tls.max_version = TlsVersion::v1_3;
  tls.cipher_suites = {"ECDHE-RSA-AES128-GCM-SHA256"};
  auto const chosen = compiled(documents);
  EXPECT_EQ(chosen.snapshot->listeners[0].tls_servers[0].min_version, TlsVersion::v1_3);
  EXPECT_EQ(chosen.snapshot->listeners[0].tls_servers[0].cipher_suites, tls.cipher_suites);
}

TEST(Credentials, ModeThatTerminatesNothingIsNotServedAsIfItDid) {
  Documents documents = with_credential("cert", {secret("cert", "web")});
  documents.gateways[0].servers[0].tls.mode = config::istio::TlsMode::istio_mutual;
  auto const result = compiled(documents);
  EXPECT_FALSE(result.snapshot);
  EXPECT_EQ(result.count(Severity::error, "spec.servers[0].tls.mode", "terminate TLS"), 1)
      << result.all();
}

}  // namespace
}  // namespace tidegate::routing
