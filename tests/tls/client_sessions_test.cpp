#include "tls/client_sessions.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <optional>
#include <string>

#include "tests/tls/issue.h"
#include "tests/tls/origin.h"
#include "tests/tls/pair.h"
#include "tls/kept_tickets.h"

namespace tidegate::tls {
namespace {

using config::istio::TlsVersion;
using Status = Session::Status;
using testing::certificates_for;
using testing::context_for;
using testing::issue;
using testing::OriginPair;
using testing::trusting;

/// In both versions: they resume in quite different ways.
class ClientResumption : public ::testing::TestWithParam<TlsVersion> {
 protected:
  ClientResumption() {
    config::TlsServer server;
    server.hosts = {"*"};
    server.certificates = {shown_};
    server.max_version = GetParam();
    origin_ = certificates_for({server});
  }

  /// Whether it resumed. Afterwards what came behind the handshake has been read.
  [[nodiscard]] bool connects_anew(ClientContext const& context, std::string_view name) {
    OriginPair pair(context, *origin_, {name, sessions_});
    EXPECT_EQ(pair.shake_hands(), Status::done) << pair.client().error();
    EXPECT_EQ(pair.read().first, Status::want_read);
    EXPECT_EQ(pair.client().is_resumed(), pair.origin().is_resumed());
    return pair.client().is_resumed();
  }
  [[nodiscard]] bool is_tls13() const { return GetParam() == TlsVersion::v1_3; }

  config::istio::CertificatePair shown_ = issue({.alternatives = "DNS:a.test,DNS:b.test"});
  std::shared_ptr<Certificates const> origin_;
  std::shared_ptr<ClientContext const> context_ = context_for(trusting(shown_));
  ClientSessions sessions_;
};

TEST_P(ClientResumption, WorksAgainAndAgain) {
  EXPECT_FALSE(connects_anew(*context_, "a.test"));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(connects_anew(*context_, "A.test:443")) << i;
}

TEST_P(ClientResumption, NeverCrossesToAnotherName) {
  EXPECT_FALSE(connects_anew(*context_, "a.test"));
  EXPECT_FALSE(connects_anew(*context_, "b.test"));
  EXPECT_TRUE(connects_anew(*context_, "a.test"));
}

TEST_P(ClientResumption, NeverCrossesToOtherSettings) {
  auto const after_a_reload = context_for(trusting(shown_));
  EXPECT_FALSE(connects_anew(*context_, "a.test"));
  EXPECT_FALSE(connects_anew(*after_a_reload, "a.test"));
}

TEST_P(ClientResumption, OfTls13UsesATicketOnce) {
  EXPECT_FALSE(connects_anew(*context_, "a.test"));
  OriginPair first(*context_, *origin_, {"a.test", sessions_});
  OriginPair second(*context_, *origin_, {"a.test", sessions_});
  ASSERT_EQ(first.shake_hands(), Status::done);
  ASSERT_EQ(second.shake_hands(), Status::done);
  EXPECT_TRUE(first.client().is_resumed());
  EXPECT_EQ(second.client().is_resumed(), !is_tls13());
}

TEST_P(ClientResumption, SurvivesConnectionsThatJustBreak) {
  EXPECT_FALSE(connects_anew(*context_, "a.test"));
  {
    OriginPair pair(*context_, *origin_, {"a.test", sessions_});
    ASSERT_EQ(pair.shake_hands(), Status::done);
    EXPECT_EQ(pair.read().first, Status::want_read);
    shutdown(pair.origin_socket(), SHUT_RDWR);
    EXPECT_EQ(pair.read().first, Status::closed);
  }
  EXPECT_TRUE(connects_anew(*context_, "a.test"));
}

TEST_P(ClientResumption, LosesItsTicketsWithTheStore) {
  std::optional<ClientSessions> sessions(std::in_place);
  OriginPair pair(*context_, *origin_, {"a.test", *sessions});
  sessions.reset();
  ASSERT_EQ(pair.shake_hands(), Status::done);
  EXPECT_EQ(pair.read().first, Status::want_read);
}

INSTANTIATE_TEST_SUITE_P(Versions, ClientResumption,
                         ::testing::Values(TlsVersion::v1_2, TlsVersion::v1_3),
                         [](auto const& version) {
                           return version.param == TlsVersion::v1_2 ? "Tls12" : "Tls13";
                         });

TicketPtr ticket(int version) {
  TicketPtr made(SSL_SESSION_new());
  SSL_SESSION_set_protocol_version(made.get(), version);
  unsigned char const id = 1;  // without an identity nothing can be resumed
  SSL_SESSION_set1_id(made.get(), &id, 1);
  return made;
}

TEST(KeptTickets, GivesTheNewestFirst) {
  KeptTickets tickets;
  auto older = ticket(TLS1_3_VERSION);
  auto newer = ticket(TLS1_3_VERSION);
  auto const* const first = older.get();
  auto const* const second = newer.get();
  tickets.keep({1, "a.test"}, std::move(older));
  tickets.keep({1, "a.test"}, std::move(newer));
  EXPECT_EQ(tickets.take({1, "a.test"}).get(), second);
  EXPECT_EQ(tickets.take({1, "a.test"}).get(), first);
  EXPECT_EQ(tickets.take({1, "a.test"}), nullptr);
}

TEST(KeptTickets, ForgetTheOldestBeyondTheirCapacity) {
  KeptTickets tickets;
  for (std::size_t i = 0; i <= KeptTickets::capacity; ++i)
    tickets.keep({1, std::to_string(i)}, ticket(TLS1_3_VERSION));
  EXPECT_EQ(tickets.take({1, "0"}), nullptr);
  EXPECT_NE(tickets.take({1, "1"}), nullptr);
  EXPECT_NE(tickets.take({1, std::to_string(KeptTickets::capacity)}), nullptr);
}

TEST(KeptTickets, OfTls12AreReplacedAndUsedOften) {
  KeptTickets tickets;
  tickets.keep({1, "a.test"}, ticket(TLS1_2_VERSION));
  for (std::size_t i = 1; i < KeptTickets::capacity; ++i)
    tickets.keep({1, "b.test"}, ticket(TLS1_2_VERSION));
  EXPECT_NE(tickets.take({1, "a.test"}), nullptr);
  EXPECT_NE(tickets.take({1, "a.test"}), nullptr);
  EXPECT_EQ(tickets.take({2, "a.test"}), nullptr);
}

}  // namespace
}  // namespace tidegate::tls
