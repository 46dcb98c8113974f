#include "tls/client_certificates.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/tls/hex.h"
#include "tests/tls/issue.h"
#include "tests/tls/pair.h"
#include "tls/peer_certificate.h"

namespace tidegate::tls {
namespace {

using config::ClientCertificates;
using config::istio::CertificatePair;
using Mode = ClientCertificates::Mode;
using Status = Session::Status;
using testing::certificates_for;
using testing::issue;
using testing::Pair;
using testing::revocation_list;
using testing::server_for;
using testing::SessionPtr;

std::string hex_of(std::string const& bytes) {
  return testing::hex({reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size()});
}

/// In both versions: a TLS 1.3 client learns that it was refused after its handshake.
class ClientsWithCertificates : public ::testing::TestWithParam<int> {
 protected:
  [[nodiscard]] config::TlsServer server(ClientCertificates clients) const {
    auto made = server_for({"a.test"});
    clients.origin = {{"gateway.yaml", 12, 7}, "spec.servers[0].tls"};
    made.clients = std::move(clients);
    return made;
  }
  [[nodiscard]] ClientCertificates demanding(Mode mode = Mode::required) const {
    ClientCertificates clients;
    clients.mode = mode;
    clients.ca_certificates = authority_.certificate;
    return clients;
  }
  [[nodiscard]] CertificatePair certificate(std::string alternatives) const {
    return issue(
        {.name = "client", .alternatives = std::move(alternatives), .issuer = &authority_});
  }
  [[nodiscard]] testing::Hello hello(CertificatePair const* shown,
                                     SSL_SESSION* ticket = nullptr) const {
    return {
        .server_name = "a.test", .max_version = GetParam(), .ticket = ticket, .certificate = shown};
  }
  /// Why such a client is not let in; empty when it is, and its bytes are read.
  [[nodiscard]] std::string complaint(ClientCertificates const& clients,
                                      CertificatePair const* shown) const {
    Pair pair(*certificates_for({server(clients)}), hello(shown));
    if (pair.shake_hands() != Status::done) return pair.server().error();
    EXPECT_EQ(pair.server().peer_certificate() != nullptr, shown != nullptr);
    pair.send("hello");
    EXPECT_EQ(pair.read().second, "hello");
    return "";
  }

  CertificatePair authority_ = issue({.name = "Client CA", .is_authority = true});
  CertificatePair client_ = certificate("DNS:client.test,URI:spiffe://cluster/ns/client");
  CertificatePair stranger_ = issue({.name = "stranger"});
};

TEST_P(ClientsWithCertificates, AreTheOnlyOnesWhenTheyAreRequired) {
  EXPECT_EQ(complaint(demanding(), &client_), "");
  EXPECT_EQ(complaint(demanding(), nullptr), "peer did not return a certificate");
  EXPECT_EQ(complaint(demanding(), &stranger_),
            "certificate verify failed: self-signed certificate");
}

TEST_P(ClientsWithCertificates, MustShowAGoodOneWhenTheyNeedNone) {
  auto const clients = demanding(Mode::optional);
  EXPECT_EQ(complaint(clients, &client_), "");
  EXPECT_EQ(complaint(clients, nullptr), "");
  EXPECT_EQ(complaint(clients, &stranger_), "certificate verify failed: self-signed certificate");
}

TEST_P(ClientsWithCertificates, AreNotAskedByOtherServersOfTheListener) {
  auto open = server_for({"open.test"});
  auto const certificates = certificates_for({server(demanding()), open});
  Pair pair(*certificates,
            {.server_name = "open.test", .max_version = GetParam(), .certificate = &stranger_});
  ASSERT_EQ(pair.shake_hands(), Status::done);
  EXPECT_EQ(pair.server().peer_certificate(), nullptr);
}

TEST_P(ClientsWithCertificates, NeedOneOfTheListedNames) {
  auto clients = demanding();
  clients.subject_alt_names = {"other.test", "spiffe://cluster/ns/client"};
  EXPECT_EQ(complaint(clients, &client_), "");
  clients.subject_alt_names = {"other.test", "spiffe://cluster/ns/other"};
  EXPECT_EQ(complaint(clients, &client_),
            "certificate verify failed: no subject alternative name matches `other.test`, "
            "`spiffe://cluster/ns/other`");
}

TEST_P(ClientsWithCertificates, AreRefusedOnceRevoked) {
  auto clients = demanding();
  clients.crl = revocation_list(authority_);
  EXPECT_EQ(complaint(clients, &client_), "");
  clients.crl = revocation_list(authority_, &client_);
  EXPECT_EQ(complaint(clients, &client_), "certificate verify failed: certificate revoked");
}

TEST_P(ClientsWithCertificates, MustBePinnedWhereThereArePins) {
  std::string const hash = testing::digest_of(client_);
  std::string const key = testing::key_digest_of(client_);
  std::string const other_hash = testing::digest_of(stranger_);
  std::string const other_key = testing::key_digest_of(stranger_);
  struct {
    std::vector<std::string> hashes;
    std::vector<std::string> keys;
    bool is_let_in;
  } const table[] = {
      {{hash}, {}, true},
      {{other_hash, hash}, {}, true},
      {{}, {key}, true},
      {{}, {other_key, key}, true},
      {{other_hash}, {key}, true},
      {{hash}, {other_key}, true},
      {{other_hash}, {}, false},
      {{}, {other_key}, false},
      {{other_hash}, {other_key}, false},
  };
  for (auto const& row : table) {
    for (bool const skips : {false, true}) {
      auto clients = demanding();
      clients.skips_verification = skips;
      clients.certificate_hashes = row.hashes;
      clients.spki_hashes = row.keys;
      EXPECT_EQ(complaint(clients, &client_),
                row.is_let_in
                    ? ""
                    : "certificate verify failed: neither the certificate nor its key is pinned");
    }
  }
  auto clients = demanding();
  clients.certificate_hashes = {other_hash};
  EXPECT_EQ(complaint(clients, &stranger_), "certificate verify failed: self-signed certificate")
      << "a pin replaces no CA";
}

TEST_P(ClientsWithCertificates, MayShowAnyWhenVerificationIsSkippedButMustShowOne) {
  ClientCertificates clients;
  clients.mode = Mode::required;
  clients.skips_verification = true;
  clients.subject_alt_names = {"other.test"};
  EXPECT_EQ(complaint(clients, &stranger_), "");
  EXPECT_EQ(complaint(clients, nullptr), "peer did not return a certificate");
}

TEST_P(ClientsWithCertificates, AreKnownByThemAlsoAfterResumption) {
  auto const certificates = certificates_for({server(demanding())});
  SessionPtr ticket;
  for (bool const is_resumed : {false, true}) {
    Pair pair(*certificates, hello(&client_, ticket.get()));
    ASSERT_EQ(pair.shake_hands(), Status::done);
    EXPECT_EQ(pair.server().is_resumed(), is_resumed);
    EXPECT_EQ(pair.server().has_own_records(), GetParam() == TLS1_3_VERSION);
    auto const* const peer = pair.server().peer_certificate();
    ASSERT_NE(peer, nullptr);
    EXPECT_EQ(peer->hash, hex_of(testing::digest_of(client_)));
    EXPECT_EQ(peer->subject, "/CN=client");
    EXPECT_EQ(peer->uris, std::vector<std::string>{"spiffe://cluster/ns/client"});
    EXPECT_EQ(peer->dns_names, std::vector<std::string>{"client.test"});
    EXPECT_EQ(peer->pem, client_.certificate);
    ticket = pair.take_ticket();
  }
}

TEST_P(ClientsWithCertificates, DoNotResumeUnderOtherRules) {
  auto const keys = TicketKeys::generate();
  auto const before = certificates_for({server(demanding(Mode::optional))}, keys);
  Pair first(*before, hello(&client_));
  ASSERT_EQ(first.shake_hands(), Status::done);
  auto const ticket = first.take_ticket();
  std::function<void(ClientCertificates&)> const changes[] = {
      [](auto&) {},
      [](auto& clients) { clients.mode = Mode::required; },
      [](auto& clients) { clients.ca_certificates += issue().certificate; },
      [this](auto& clients) { clients.crl = revocation_list(authority_); },
      [](auto& clients) { clients.subject_alt_names = {"client.test"}; },
      [this](auto& clients) { clients.spki_hashes = {testing::key_digest_of(client_)}; },
      [this](auto& clients) { clients.certificate_hashes = {testing::digest_of(client_)}; },
      [](auto& clients) { clients.skips_verification = true; },
  };
  for (auto const& change : changes) {
    auto clients = demanding(Mode::optional);
    change(clients);
    Pair pair(*certificates_for({server(clients)}, keys), hello(&client_, ticket.get()));
    ASSERT_EQ(pair.shake_hands(), Status::done) << pair.server().error();
    EXPECT_EQ(pair.server().is_resumed(), &change == &changes[0]) << &change - &changes[0];
  }
}

TEST_P(ClientsWithCertificates, AreToldWhoseCertificatesCount) {
  auto const certificates = certificates_for({server(demanding())});
  Pair pair(*certificates, hello(&client_));
  ASSERT_EQ(pair.shake_hands(), Status::done);
  auto const* const names = SSL_get0_peer_CA_list(pair.client());
  ASSERT_EQ(sk_X509_NAME_num(names), 1);
  char text[64] = "";
  X509_NAME_oneline(sk_X509_NAME_value(names, 0), text, sizeof text);
  EXPECT_STREQ(text, "/CN=Client CA");
}

INSTANTIATE_TEST_SUITE_P(Versions, ClientsWithCertificates,
                         ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](auto const& version) {
                           return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST(ClientCertificates, ReportWhatIsWrongWhereItStands) {
  std::function<void(ClientCertificates&)> const mistakes[] = {
      [](auto& clients) { clients.ca_certificates.clear(); },
      [](auto& clients) { clients.ca_certificates = "hello"; },
      [](auto& clients) { clients.crl = "hello"; },
      [](auto& clients) { clients.spki_hashes = {std::string(31, 'x')}; },
      [](auto& clients) { clients.certificate_hashes = {std::string(64, '0')}; },
      [](auto& clients) { clients.certificate_hashes = {""}; },
  };
  for (auto const& mistake : mistakes) {
    auto server = server_for({"a.test"});
    server.clients.mode = Mode::optional;
    server.clients.ca_certificates = issue().certificate;
    server.clients.origin = {{"gateway.yaml", 12, 7}, "spec.servers[0].tls"};
    mistake(server.clients);
    config::Diagnostics diagnostics;
    EXPECT_EQ(Certificates::create({server}, TicketKeys::generate(), diagnostics), nullptr);
    ASSERT_EQ(diagnostics.all().size(), 1U) << &mistake - &mistakes[0];
    EXPECT_TRUE(
        diagnostics.all()[0].text().starts_with("gateway.yaml:12:7: spec.servers[0].tls: "));
  }
}

TEST(ClientCertificates, GoWithoutTheNamesOfMoreCasThanAHandshakeHolds) {
  auto server = server_for({"a.test"});
  server.clients.mode = Mode::optional;
  for (int i = 0; i < 101; ++i)
    server.clients.ca_certificates += issue({.name = "CA " + std::to_string(i)}).certificate;
  Pair pair(*certificates_for({server}), {.server_name = "a.test"});
  ASSERT_EQ(pair.shake_hands(), Status::done);
  EXPECT_LE(sk_X509_NAME_num(SSL_get0_peer_CA_list(pair.client())), 0);
}

TEST(PeerCertificate, NeverHoldsALineEnd) {
  auto const pair = issue({.name = "a\r\nx: \"b\"", .alternatives = "URI:spiffe://a\xC3\xA9\x01z"});
  CertificatePtr const certificate(
      PEM_read_bio_X509(reader(pair.certificate).get(), nullptr, nullptr, nullptr));
  auto const peer = PeerCertificate::of(certificate.get());
  EXPECT_EQ(peer.subject, "/CN=a\\x0D\\x0Ax: \"b\"");
  EXPECT_EQ(peer.uris, std::vector<std::string>{"spiffe://a\\xC3\\xA9\\x01z"});
}

}  // namespace
}  // namespace tidegate::tls
