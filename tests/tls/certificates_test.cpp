#include "tls/certificates.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/tls/issue.h"
#include "tests/tls/pair.h"

namespace tidegate::tls {
namespace {

using config::istio::TlsVersion;
using Status = Session::Status;
using testing::certificates_for;
using testing::Hello;
using testing::issue;
using testing::KeyKind;
using testing::Pair;
using testing::server_for;

std::string subject(SSL* client) {
  CertificatePtr const certificate(SSL_get1_peer_certificate(client));
  char text[128] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, text,
                            sizeof text);
  return text;
}

TEST(Certificates, ShowTheCertificateOfTheChosenServer) {
  auto const certificates =
      certificates_for({server_for({"a.test", "b.test"}), server_for({"*.a.test"})});
  Pair exact(*certificates, {.server_name = "B.test"});
  ASSERT_EQ(exact.shake_hands(), Status::done);
  EXPECT_EQ(subject(exact.client()), "a.test");
  EXPECT_EQ(exact.server().server(), 0U);
  EXPECT_EQ(exact.server().server_name(), "b.test");

  Pair wildcard(*certificates, {.server_name = "x.y.a.test"});
  ASSERT_EQ(wildcard.shake_hands(), Status::done);
  EXPECT_EQ(subject(wildcard.client()), "*.a.test");
  EXPECT_EQ(wildcard.server().server(), 1U);
}

TEST(Certificates, RefuseUnknownNamesWithUnrecognizedName) {
  auto const certificates = certificates_for({server_for({"a.test"})});
  for (std::string const name : {"b.test", "127.0.0.1", ""}) {
    Pair pair(*certificates, {.server_name = name});
    EXPECT_EQ(pair.shake_hands(), Status::failed) << name;
    EXPECT_EQ(pair.client_error(), "tlsv1 unrecognized name") << name;
    EXPECT_NE(pair.server().error().find("no server for"), std::string::npos) << name;
  }
}

TEST(Certificates, OfAStarServerAreShownToClientsWithoutSni) {
  auto const certificates = certificates_for({server_for({"a.test"}), server_for({"*"})});
  Pair pair(*certificates);
  ASSERT_EQ(pair.shake_hands(), Status::done);
  EXPECT_EQ(pair.server().server(), 1U);
  EXPECT_EQ(pair.server().server_name(), "");
}

TEST(Certificates, AreNegotiatedInTheVersionsOfTheChosenServer) {
  auto modern = server_for({"modern.test"});
  modern.min_version = TlsVersion::v1_3;
  auto careful = server_for({"careful.test"});
  careful.max_version = TlsVersion::v1_2;
  auto const certificates = certificates_for({modern, careful, server_for({"*"})});
  struct {
    char const* name;
    int max_version;
    char const* agreed;  // empty = refused
  } const table[] = {
      {"modern.test", TLS1_3_VERSION, "TLSv1.3"},  {"modern.test", TLS1_2_VERSION, ""},
      {"careful.test", TLS1_3_VERSION, "TLSv1.2"}, {"careful.test", TLS1_2_VERSION, "TLSv1.2"},
      {"other.test", TLS1_3_VERSION, "TLSv1.3"},   {"other.test", TLS1_2_VERSION, "TLSv1.2"},
      {"other.test", TLS1_1_VERSION, ""},
  };
  for (auto const& row : table) {
    Pair pair(
        *certificates,
        {.server_name = row.name, .min_version = TLS1_VERSION, .max_version = row.max_version});
    bool const is_agreed = pair.shake_hands() == Status::done;
    EXPECT_EQ(is_agreed ? pair.server().protocol() : "", row.agreed)
        << row.name << " up to " << row.max_version;
  }
}

TEST(Certificates, ServeOldVersionsWhenAskedToAndWarn) {
  auto old = server_for({"old.test"});
  old.min_version = TlsVersion::v1_0;
  config::Diagnostics diagnostics;
  auto const certificates = Certificates::create({old}, TicketKeys::generate(), diagnostics);
  ASSERT_NE(certificates, nullptr);
  ASSERT_EQ(diagnostics.all().size(), 1U);
  EXPECT_NE(diagnostics.all()[0].message.find("insecure"), std::string::npos);
  Pair pair(*certificates,
            {.server_name = "old.test", .min_version = TLS1_VERSION, .max_version = TLS1_VERSION});
  ASSERT_EQ(pair.shake_hands(), Status::done) << pair.server().error() << pair.client_error();
  EXPECT_EQ(pair.server().protocol(), "TLSv1");
}

TEST(Certificates, OfTwoKindsAreChosenByWhatTheClientCanVerify) {
  auto server = server_for({"a.test"});
  server.certificates.push_back(issue({.name = "rsa.a.test", .kind = KeyKind::rsa}));
  auto const certificates = certificates_for({server});
  struct {
    int version;
    char const* ciphers;
    char const* signatures;
    char const* shown;
  } const table[] = {
      {TLS1_3_VERSION, "", "ECDSA+SHA256", "a.test"},
      {TLS1_3_VERSION, "", "rsa_pss_rsae_sha256", "rsa.a.test"},
      {TLS1_3_VERSION, "", "", "a.test"},
      {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", "", "a.test"},
      {TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", "", "rsa.a.test"},
      {TLS1_2_VERSION, "", "RSA+SHA256", "rsa.a.test"},
  };
  for (auto const& row : table) {
    Pair pair(*certificates, {.server_name = "a.test",
                              .max_version = row.version,
                              .ciphers = row.ciphers,
                              .signatures = row.signatures});
    ASSERT_EQ(pair.shake_hands(), Status::done) << row.ciphers << row.signatures;
    EXPECT_EQ(subject(pair.client()), row.shown) << row.ciphers << row.signatures;
  }
}

TEST(Certificates, PreferAes128UnlessTheClientPutsChaChaFirst) {
  auto const certificates = certificates_for({server_for({"*"})});
  struct {
    char const* suites;
    char const* agreed;
  } const table[] = {
      {"TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
      {"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384"},
      {"TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
  };
  for (auto const& row : table) {
    Pair pair(*certificates, {.suites = row.suites});
    ASSERT_EQ(pair.shake_hands(), Status::done);
    EXPECT_EQ(pair.server().cipher(), row.agreed) << row.suites;
  }
}

TEST(Certificates, AreServedWithForwardSecrecyOnly) {
  auto server = server_for({"*"});
  server.certificates = {issue({.kind = KeyKind::rsa})};
  auto const certificates = certificates_for({server});
  for (char const* cipher : {"AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256", "AES128-SHA"}) {
    Pair pair(*certificates, {.max_version = TLS1_2_VERSION, .ciphers = cipher});
    EXPECT_EQ(pair.shake_hands(), Status::failed) << cipher;
  }
}

TEST(Certificates, AgreeOnHttp2ThenHttp11OrEndTheHandshake) {
  auto const certificates = certificates_for({server_for({"*"})});
  Pair both(*certificates, {.alpn = {"http/1.1", "h2"}});
  ASSERT_EQ(both.shake_hands(), Status::done);
  EXPECT_EQ(both.server().alpn(), "h2") << "our preference counts";
  Pair old(*certificates, {.alpn = {"http/1.1"}});
  ASSERT_EQ(old.shake_hands(), Status::done);
  EXPECT_EQ(old.server().alpn(), "http/1.1");
  Pair silent(*certificates);
  ASSERT_EQ(silent.shake_hands(), Status::done);
  EXPECT_EQ(silent.server().alpn(), "");
  Pair foreign(*certificates, {.alpn = {"h3"}});
  EXPECT_EQ(foreign.shake_hands(), Status::failed);
  EXPECT_EQ(foreign.client_error(), "tlsv1 alert no application protocol");
}

TEST(Certificates, MayGoWhileAHandshakeIsUnderWay) {
  auto certificates = certificates_for({server_for({"a.test"})});
  Pair pair(*certificates, {.server_name = "a.test"});
  certificates.reset();
  EXPECT_EQ(pair.shake_hands(), Status::done);
}

TEST(Certificates, OfNoServerRefuseEverybody) {
  auto const certificates = certificates_for({});
  Pair pair(*certificates, {.server_name = "a.test"});
  EXPECT_EQ(pair.shake_hands(), Status::failed);
}

}  // namespace
}  // namespace tidegate::tls
