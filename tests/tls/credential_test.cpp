#include <gtest/gtest.h>

#include <string>

#include "tests/tls/issue.h"
#include "tests/tls/pair.h"
#include "tls/certificates.h"

namespace tidegate::tls {
namespace {

using config::Diagnostics;
using config::Severity;
using std::chrono::hours;
using testing::date;
using testing::encrypt_key;
using testing::issue;
using testing::KeyKind;
using testing::server_for;

struct Verdict {
  bool is_accepted = false;
  std::vector<config::Diagnostic> complaints;
};

Verdict judge(config::TlsServer const& server) {
  Diagnostics diagnostics;
  auto const certificates = Certificates::create({server}, TicketKeys::generate(), diagnostics);
  return {certificates != nullptr, diagnostics.all()};
}

Verdict judge(config::istio::CertificatePair const& pair) {
  config::TlsServer server;
  server.hosts = {"a.test"};
  server.certificates = {pair};
  return judge(server);
}

void expect_error(config::istio::CertificatePair const& pair, std::string const& part) {
  auto const verdict = judge(pair);
  EXPECT_FALSE(verdict.is_accepted);
  ASSERT_EQ(verdict.complaints.size(), 1U) << part;
  auto const& complaint = verdict.complaints.front();
  EXPECT_EQ(complaint.severity, Severity::error);
  EXPECT_EQ(complaint.where.file, "test.yaml");
  EXPECT_EQ(complaint.where.line, 7);
  EXPECT_EQ(complaint.path, "spec.servers[0].tls");
  EXPECT_NE(complaint.message.find(part), std::string::npos) << complaint.message;
}

void expect_warning(Verdict const& verdict, std::string const& part) {
  EXPECT_TRUE(verdict.is_accepted);
  ASSERT_EQ(verdict.complaints.size(), 1U) << part;
  EXPECT_EQ(verdict.complaints.front().severity, Severity::warning);
  EXPECT_NE(verdict.complaints.front().message.find(part), std::string::npos)
      << verdict.complaints.front().message;
}

TEST(Credential, ThatIsGoodSaysNothing) {
  EXPECT_TRUE(judge(issue()).is_accepted);
  EXPECT_TRUE(judge(issue()).complaints.empty());
}

TEST(Credential, ThatCannotBeReadIsAnErrorAtItsPlace) {
  auto pair = issue();
  auto const good = pair;
  pair.certificate = "";
  expect_error(pair, "no certificate in it");
  pair.certificate = good.key;
  expect_error(pair, "no certificate in it");
  pair.certificate = good.certificate;
  pair.certificate.replace(60, 8, "AAAAAAAA");
  expect_error(pair, "cannot be decoded");
  pair.certificate =
      good.certificate + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  expect_error(pair, "of the chain cannot be decoded");
  pair = good;
  pair.key = good.certificate;
  expect_error(pair, "private key cannot be read");
  pair.key = encrypt_key(good.key);
  expect_error(pair, "the key is encrypted");
}

TEST(Credential, WhoseKeyDoesNotFitIsAnError) {
  auto pair = issue();
  pair.key = issue().key;
  expect_error(pair, "the key does not fit the certificate");
  pair.key = issue({.kind = KeyKind::rsa}).key;
  expect_error(pair, "the key does not fit the certificate");
}

TEST(Credential, WithItsChainInFrontIsAnErrorThatSaysSo) {
  auto pair = issue();
  pair.certificate = issue({.name = "ca"}).certificate + pair.certificate;
  auto const verdict = judge(pair);
  EXPECT_FALSE(verdict.is_accepted);
  EXPECT_NE(verdict.complaints.front().message.find("the key fits certificate 2 of the chain"),
            std::string::npos);
}

TEST(Credential, MessagesNeverQuoteTheKey) {
  auto pair = issue();
  pair.key.replace(pair.key.find('\n') + 4, 6, "!!!!!!");
  auto const verdict = judge(pair);
  ASSERT_FALSE(verdict.complaints.empty());
  std::string const body = pair.key.substr(pair.key.find('\n') + 1, 20);
  for (auto const& complaint : verdict.complaints)
    EXPECT_EQ(complaint.message.find(body.substr(10, 8)), std::string::npos);
}

TEST(Credential, OutsideItsDatesIsAWarningWithTheDate) {
  expect_warning(judge(issue({.begins = hours(-48), .ends = hours(-24)})),
                 "expired on " + date(hours(-24)));
  expect_warning(judge(issue({.begins = hours(24), .ends = hours(48)})),
                 "not valid before " + date(hours(24)));
}

TEST(Credential, WithAStrangerInItsChainIsAWarning) {
  auto pair = issue();
  pair.certificate += issue({.name = "stranger"}).certificate;
  expect_warning(judge(pair), "certificate 2 of the chain did not issue");
}

TEST(Credential, OfTheSameKindTwiceIsAnError) {
  auto server = server_for({"a.test"});
  server.certificates.push_back(issue());
  auto const verdict = judge(server);
  EXPECT_FALSE(verdict.is_accepted);
  EXPECT_NE(verdict.complaints.front().message.find("two certificates of one kind"),
            std::string::npos);
}

TEST(Credential, MissingIsAnError) {
  config::TlsServer server;
  server.hosts = {"a.test"};
  auto const verdict = judge(server);
  EXPECT_FALSE(verdict.is_accepted);
  ASSERT_EQ(verdict.complaints.size(), 1U);
  EXPECT_EQ(verdict.complaints.front().message, "a TLS server for `a.test` has no certificate");
}

TEST(Credential, EveryErrorOfEveryServerIsReported) {
  auto broken = issue();
  broken.key = "";
  config::TlsServer server;
  server.certificates = {broken, broken};
  Diagnostics diagnostics;
  EXPECT_EQ(Certificates::create({server, server}, TicketKeys::generate(), diagnostics), nullptr);
  EXPECT_EQ(diagnostics.all().size(), 4U);
}

TEST(CipherSuites, ThatAreUnknownDoubledOrOfTls13AreDroppedWithAWarning) {
  for (std::string const name : {"ECDHE-FOO", "TLS_AES_128_GCM_SHA256", "ALL", "@SECLEVEL=0",
                                 "!aNULL", "ECDHE-ECDSA-AES256-GCM-SHA384"}) {
    auto server = server_for({"a.test"});
    server.cipher_suites = {"ECDHE-ECDSA-AES256-GCM-SHA384", name};
    expect_warning(judge(server), "`" + name + "`");
  }
}

TEST(CipherSuites, OfTheServerAreTheOnlyOnesItTakes) {
  auto server = server_for({"*"});
  server.cipher_suites = {"ECDHE-ECDSA-AES256-GCM-SHA384"};
  auto const certificates = testing::certificates_for({server});
  testing::Pair one(*certificates, {.max_version = TLS1_2_VERSION});
  ASSERT_EQ(one.shake_hands(), Session::Status::done);
  EXPECT_EQ(one.server().cipher(), "ECDHE-ECDSA-AES256-GCM-SHA384");
  testing::Pair other(*certificates,
                      {.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"});
  EXPECT_EQ(other.shake_hands(), Session::Status::failed);
}

TEST(Versions, ThatExcludeEachOtherAreAnError) {
  auto server = server_for({"a.test"});
  server.min_version = config::istio::TlsVersion::v1_3;
  server.max_version = config::istio::TlsVersion::v1_2;
  EXPECT_FALSE(judge(server).is_accepted);
}

}  // namespace
}  // namespace tidegate::tls
