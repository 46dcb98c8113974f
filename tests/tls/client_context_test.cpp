#include "tls/client_context.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/tls/issue.h"
#include "tests/tls/origin.h"
#include "tests/tls/pair.h"

namespace tidegate::tls {
namespace {

using config::istio::CertificatePair;
using config::istio::TlsVersion;
using Status = Session::Status;
using testing::certificates_for;
using testing::context_for;
using testing::issue;
using testing::OriginPair;
using testing::revocation_list;
using testing::trusting;

CertificatePair const& authority() {
  static auto const made = issue({.name = "Test CA", .is_authority = true});
  return made;
}

std::shared_ptr<Certificates const> origin_showing(CertificatePair const& shown,
                                                   TlsVersion newest = TlsVersion::v1_3) {
  config::TlsServer server;
  server.hosts = {"*"};
  server.certificates = {shown};
  server.max_version = newest;
  return certificates_for({server});
}

CertificatePair certificate_for(std::string alternatives) {
  return issue({.name = "origin", .alternatives = std::move(alternatives), .issuer = &authority()});
}

/// What the client says of an origin with such a certificate: its error, empty when it is content.
std::string complaint(config::TlsClient const& settings, CertificatePair const& shown,
                      std::string_view asked) {
  ClientSessions sessions;
  OriginPair pair(*context_for(settings), *origin_showing(shown), {asked, sessions});
  if (pair.shake_hands() == Status::done) return "";
  EXPECT_NE(pair.client().error(), "");
  return pair.client().error();
}

TEST(ClientContext, VerifiesTheOriginAsTheHostThatWasAskedFor) {
  struct {
    char const* alternatives;
    char const* asked;
    char const* complaint;
  } const table[] = {
      {"DNS:a.test", "a.test", ""},
      {"DNS:a.test", "A.Test:8443", ""},
      {"DNS:a.test", "a.test.", ""},
      {"DNS:*.a.test", "x.a.test", ""},
      {"DNS:*.a.test", "y.x.a.test", "no subject alternative name matches `y.x.a.test`"},
      {"DNS:*.a.test", ".a.test", "no subject alternative name matches `.a.test`"},
      {"DNS:x.a.test", ".a.test", "no subject alternative name matches `.a.test`"},
      {"DNS:a.test", "b.test", "no subject alternative name matches `b.test`"},
      {"DNS:a.test", "", "no subject alternative name matches ``"},
      {"DNS:other", "origin", "no subject alternative name matches `origin`"},
      {"IP:127.0.0.1", "127.0.0.1:443", ""},
      {"IP:127.0.0.1", "127.0.0.2", "no subject alternative name matches `127.0.0.2`"},
      {"DNS:127.0.0.1", "127.0.0.1", "no subject alternative name matches `127.0.0.1`"},
      {"IP:::1", "[::1]:443", ""},
      {"IP:::1", "::1", ""},
      {"IP:::1", "[::2]", "no subject alternative name matches `::2`"},
  };
  for (auto const& row : table) {
    auto const found =
        complaint(trusting(authority()), certificate_for(row.alternatives), row.asked);
    std::string const wanted = *row.complaint == '\0' ? "" : "certificate verify failed: ";
    EXPECT_EQ(found, wanted + row.complaint) << row.alternatives << ' ' << row.asked;
  }
}

TEST(ClientContext, RefusesWhatItsAuthoritiesDidNotSign) {
  auto const stranger = issue({.name = "Other CA", .is_authority = true});
  auto const shown = certificate_for("DNS:a.test");
  EXPECT_EQ(complaint(trusting(stranger), shown, "a.test"),
            "certificate verify failed: unable to get local issuer certificate");
  EXPECT_EQ(complaint(trusting(authority()), issue({.alternatives = "DNS:a.test"}), "a.test"),
            "certificate verify failed: self-signed certificate");
  auto both = trusting(stranger);
  both.ca_certificates += authority().certificate;
  EXPECT_EQ(complaint(both, shown, "a.test"), "");
  config::TlsClient system;
  EXPECT_EQ(complaint(system, shown, "a.test"),
            "certificate verify failed: unable to get local issuer certificate");
}

TEST(ClientContext, RefusesExpiredCertificates) {
  auto const shown = issue({.begins = std::chrono::hours(-2),
                            .ends = std::chrono::hours(-1),
                            .alternatives = "DNS:a.test",
                            .issuer = &authority()});
  EXPECT_EQ(complaint(trusting(authority()), shown, "a.test"),
            "certificate verify failed: certificate has expired");
}

TEST(ClientContext, TrustsACertificateThatIsItsOwnAuthority) {
  auto const shown = issue({.alternatives = "DNS:a.test"});
  EXPECT_EQ(complaint(trusting(shown), shown, "a.test"), "");
  auto const issued = certificate_for("DNS:a.test");
  EXPECT_EQ(complaint(trusting(issued), issued, "a.test"), "");
}

TEST(ClientContext, WantsOneOfTheListedNamesInsteadOfTheHost) {
  auto const shown = certificate_for("DNS:*.a.test,IP:10.0.0.1,URI:spiffe://cluster/ns/a");
  struct {
    std::vector<std::string> listed;
    bool is_content;
  } const table[] = {
      {{"x.a.test"}, true},
      {{"*.a.test"}, true},
      {{"other.test", "x.a.test"}, true},
      {{"10.0.0.1"}, true},
      {{"spiffe://cluster/ns/a"}, true},
      {{"spiffe://cluster/ns/A"}, false},
      {{"spiffe://cluster/ns/"}, false},
      {{"10.0.0.2"}, false},
      {{""}, false},
      {{"other.test", "a.test"}, false},
  };
  for (auto const& row : table) {
    auto settings = trusting(authority());
    settings.subject_alt_names = row.listed;
    EXPECT_EQ(complaint(settings, shown, "unrelated.test").empty(), row.is_content)
        << row.listed.front();
  }
  auto settings = trusting(authority());
  settings.subject_alt_names = {"other.test", "a.test"};
  EXPECT_EQ(
      complaint(settings, shown, "x.a.test"),
      "certificate verify failed: no subject alternative name matches `other.test`, `a.test`");
}

TEST(ClientContext, AsksForTheHostByNameUnlessItIsAnAddress) {
  struct {
    char const* setting;
    char const* asked;
    char const* sent;
  } const table[] = {
      {"", "A.test:8443", "a.test"},
      {"fixed.test", "a.test", "fixed.test"},
      {"", "127.0.0.1:443", ""},
      {"", "[::1]:443", ""},
      {"", "::1", ""},
      {"", "", ""},
  };
  auto const origin = origin_showing(certificate_for("DNS:a.test"));
  for (auto const& row : table) {
    config::TlsClient settings;
    settings.sni = row.setting;
    settings.skips_verification = true;
    ClientSessions sessions;
    OriginPair pair(*context_for(settings), *origin, {row.asked, sessions});
    ASSERT_EQ(pair.shake_hands(), Status::done) << row.asked;
    EXPECT_EQ(pair.origin().server_name(), row.sent) << row.asked;
    EXPECT_EQ(pair.client().server_name(), row.sent) << row.asked;
  }
}

TEST(ClientContext, VerifiesTheOriginAsTheNameOfItsSettings) {
  auto settings = trusting(authority());
  settings.sni = "fixed.test";
  EXPECT_EQ(complaint(settings, certificate_for("DNS:fixed.test"), "a.test"), "");
  EXPECT_NE(complaint(settings, certificate_for("DNS:a.test"), "a.test"), "");
}

TEST(ClientContext, NeverTakesANameThatCannotBeSentForVerified) {
  std::string const endless(300, 'a');
  EXPECT_NE(complaint(trusting(authority()), certificate_for("DNS:a.test"), endless), "");
}

TEST(ClientContext, TakesAnybodyWhenToldTo) {
  config::TlsClient settings;
  settings.skips_verification = true;
  settings.subject_alt_names = {"b.test"};
  EXPECT_EQ(complaint(settings, issue(), "a.test"), "");
}

TEST(ClientContext, RefusesRevokedCertificates) {
  auto const shown = certificate_for("DNS:a.test");
  auto settings = trusting(authority());
  settings.crl = revocation_list(authority());
  EXPECT_EQ(complaint(settings, shown, "a.test"), "");
  settings.crl = revocation_list(authority(), &shown);
  EXPECT_EQ(complaint(settings, shown, "a.test"), "certificate verify failed: certificate revoked");
}

TEST(ClientContext, ShowsItsCertificateToOriginsThatAsk) {
  auto const own = issue({.name = "gateway", .issuer = &authority()});
  auto const server = testing::demanding_server(certificate_for("DNS:a.test"), authority());
  auto settings = trusting(authority());
  settings.certificate = own;
  ClientSessions sessions;
  OriginPair with(*context_for(settings), server.get(), {"a.test", sessions});
  ASSERT_EQ(with.shake_hands(), Status::done) << with.client().error();
  ASSERT_EQ(with.origin().write("hello", 5).status, Status::done);
  EXPECT_EQ(with.read().second, "hello");

  settings.certificate.reset();
  OriginPair without(*context_for(settings), server.get(), {"a.test", sessions});
  static_cast<void>(without.shake_hands());  // in TLS 1.3 the refusal comes behind the handshake
  EXPECT_EQ(without.read().first, Status::failed);
  EXPECT_EQ(without.client().error(), "tlsv13 alert certificate required");
}

TEST(ClientContext, SpeaksTls12And13) {
  struct {
    TlsVersion newest;
    char const* agreed;
  } const table[] = {{TlsVersion::v1_2, "TLSv1.2"}, {TlsVersion::v1_3, "TLSv1.3"}};
  for (auto const& row : table) {
    auto const origin = origin_showing(certificate_for("DNS:a.test"), row.newest);
    ClientSessions sessions;
    OriginPair pair(*context_for(trusting(authority())), *origin, {"a.test", sessions});
    ASSERT_EQ(pair.shake_hands(), Status::done);
    EXPECT_EQ(pair.client().protocol(), row.agreed);
    EXPECT_FALSE(pair.client().has_own_records());
  }
}

TEST(ClientContext, OffersExactlyOneApplicationProtocol) {
  auto const origin = origin_showing(certificate_for("DNS:a.test"));
  for (bool const is_http2 : {false, true}) {
    auto settings = trusting(authority());
    settings.offers_http2 = is_http2;
    ClientSessions sessions;
    OriginPair pair(*context_for(settings), *origin, {"a.test", sessions});
    ASSERT_EQ(pair.shake_hands(), Status::done);
    EXPECT_EQ(pair.client().alpn(), is_http2 ? "h2" : "http/1.1");
    EXPECT_EQ(pair.origin().alpn(), is_http2 ? "h2" : "http/1.1");
  }
}

TEST(ClientContext, AgreesOnNoApplicationProtocolWithOriginsThatKnowNone) {
  auto const server = testing::demanding_server(certificate_for("DNS:a.test"), authority());
  SSL_CTX_set_verify(server.get(), SSL_VERIFY_NONE, nullptr);
  auto settings = trusting(authority());
  settings.offers_http2 = true;
  ClientSessions sessions;
  OriginPair pair(*context_for(settings), server.get(), {"a.test", sessions});
  ASSERT_EQ(pair.shake_hands(), Status::done);
  EXPECT_EQ(pair.client().alpn(), "");
}

TEST(ClientContext, MovesMuchBothWays) {
  std::string sent(3'000'000, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 7 + i / 251);
  for (auto const newest : {TlsVersion::v1_2, TlsVersion::v1_3}) {
    auto const origin = origin_showing(certificate_for("DNS:a.test"), newest);
    ClientSessions sessions;
    OriginPair pair(*context_for(trusting(authority())), *origin, {"a.test", sessions});
    ASSERT_EQ(pair.shake_hands(), Status::done);
    struct {
      Session& from;
      Session& to;
    } const ways[] = {{pair.client(), pair.origin()}, {pair.origin(), pair.client()}};
    for (auto const& way : ways) {
      std::string received;
      std::string buffer(40'000, '\0');
      for (std::size_t written = 0; received.size() < sent.size();) {
        written += way.from.write(sent.data() + written, sent.size() - written).bytes;
        auto const [status, bytes] = way.to.read(buffer.data(), buffer.size());
        ASSERT_NE(status, Status::failed);
        received.append(buffer, 0, bytes);
      }
      EXPECT_TRUE(received == sent);
    }
  }
}

TEST(ClientContext, HearsTheEndAndKnowsWhenNothingIsLeft) {
  auto const origin = origin_showing(certificate_for("DNS:a.test"));
  ClientSessions sessions;
  OriginPair pair(*context_for(trusting(authority())), *origin, {"a.test", sessions});
  ASSERT_EQ(pair.shake_hands(), Status::done);
  ASSERT_EQ(pair.origin().write("last words", 10).bytes, 10U);
  EXPECT_EQ(pair.read().second, "last words");
  EXPECT_TRUE(pair.client().is_drained());
  EXPECT_EQ(pair.read().first, Status::want_read);
  pair.origin().close();
  EXPECT_EQ(pair.read().first, Status::closed);
  pair.client().close();
  char byte = 0;
  EXPECT_EQ(pair.origin().read(&byte, 1).status, Status::closed);
}

TEST(ClientContext, MayGoWhileAHandshakeIsUnderWay) {
  auto const origin = origin_showing(certificate_for("DNS:b.test"));
  auto context = context_for(trusting(authority()));
  ClientSessions sessions;
  OriginPair pair(*context, *origin, {"a.test", sessions});
  context.reset();
  EXPECT_EQ(pair.shake_hands(), Status::failed);
  EXPECT_NE(pair.client().error().find("`a.test`"), std::string::npos);
}

TEST(ClientContext, ReportsBadPemWhereItStands) {
  std::string const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  auto const good = trusting(authority());
  auto bad_ca = good;
  bad_ca.ca_certificates += broken;
  auto no_ca = good;
  no_ca.ca_certificates = "hello";
  auto bad_crl = good;
  bad_crl.crl = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
  auto no_crl = good;
  no_crl.crl = authority().certificate;
  auto bad_own = good;
  bad_own.certificate = issue();
  bad_own.certificate->key = issue().key;
  struct {
    config::TlsClient const& settings;
    char const* text;
  } const table[] = {
      {bad_ca, "rule.yaml:9:5: spec.trafficPolicy.tls: a certificate of the CAs cannot"},
      {no_ca, "rule.yaml:9:5: spec.trafficPolicy.tls: no CA certificate in it"},
      {bad_crl, "rule.yaml:9:5: spec.trafficPolicy.tls: a certificate revocation list cannot"},
      {no_crl, "rule.yaml:9:5: spec.trafficPolicy.tls: no revocation list in it"},
      {bad_own, "test.yaml:7:3: spec.servers[0].tls: the key does not fit the certificate"},
  };
  for (auto const& row : table) {
    config::Diagnostics diagnostics;
    EXPECT_EQ(ClientContext::create(row.settings, diagnostics), nullptr);
    ASSERT_EQ(diagnostics.all().size(), 1U) << row.text;
    EXPECT_TRUE(diagnostics.all()[0].text().starts_with(row.text)) << diagnostics.all()[0].text();
  }
}

}  // namespace
}  // namespace tidegate::tls
