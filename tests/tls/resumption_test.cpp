#include <gtest/gtest.h>

#include "tests/tls/pair.h"

namespace tidegate::tls {
namespace {

using Status = Session::Status;
using testing::certificates_for;
using testing::Hello;
using testing::Pair;
using testing::server_for;
using testing::SessionPtr;

/// In both versions: they resume in quite different ways.
class Resumption : public ::testing::TestWithParam<int> {
 protected:
  [[nodiscard]] SessionPtr ticket_of(Certificates const& certificates, char const* name) const {
    Pair pair(certificates, {.server_name = name, .max_version = GetParam()});
    EXPECT_EQ(pair.shake_hands(), Status::done);
    EXPECT_FALSE(pair.server().is_resumed());
    return pair.take_ticket();
  }
  [[nodiscard]] bool resumes(Certificates const& certificates, char const* name,
                             SessionPtr const& ticket) const {
    Pair pair(certificates,
              {.server_name = name, .max_version = GetParam(), .ticket = ticket.get()});
    EXPECT_EQ(pair.shake_hands(), Status::done) << pair.server().error() << pair.client_error();
    EXPECT_EQ(SSL_session_reused(pair.client()) == 1, pair.server().is_resumed());
    EXPECT_EQ(pair.server().server_name(), name);
    return pair.server().is_resumed();
  }

  TicketKeys keys_ = TicketKeys::generate();
};

TEST_P(Resumption, WorksAcrossCertificatesWithTheSameKeys) {
  auto const before = certificates_for({server_for({"a.test"})}, keys_);
  auto const after = certificates_for({server_for({"b.test"}), server_for({"a.test"})}, keys_);
  EXPECT_TRUE(resumes(*after, "a.test", ticket_of(*before, "a.test")));
}

TEST_P(Resumption, WorksAgainAndAgain) {
  auto const certificates = certificates_for({server_for({"a.test"})}, keys_);
  auto ticket = ticket_of(*certificates, "a.test");
  for (int i = 0; i < 3; ++i) {
    Pair pair(*certificates,
              {.server_name = "a.test", .max_version = GetParam(), .ticket = ticket.get()});
    ASSERT_EQ(pair.shake_hands(), Status::done);
    EXPECT_TRUE(pair.server().is_resumed());
    ticket = pair.take_ticket();
  }
}

TEST_P(Resumption, NeedsTheSameKeys) {
  auto const server = server_for({"a.test"});
  auto const before = certificates_for({server}, keys_);
  auto const after = certificates_for({server}, TicketKeys::generate());
  EXPECT_FALSE(resumes(*after, "a.test", ticket_of(*before, "a.test")));
}

TEST_P(Resumption, NeverCrossesToAnotherServer) {
  auto const certificates =
      certificates_for({server_for({"a.test"}), server_for({"b.test"})}, keys_);
  EXPECT_FALSE(resumes(*certificates, "b.test", ticket_of(*certificates, "a.test")));
}

TEST_P(Resumption, NeverCrossesToAnotherNameOfTheServer) {
  auto const certificates = certificates_for({server_for({"*.a.test"})}, keys_);
  EXPECT_FALSE(resumes(*certificates, "y.a.test", ticket_of(*certificates, "x.a.test")));
}

INSTANTIATE_TEST_SUITE_P(Versions, Resumption, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](auto const& version) {
                           return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

}  // namespace
}  // namespace tidegate::tls
