#include "tls/session.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "tests/tls/pair.h"

namespace tidegate::tls {
namespace {

using Status = Session::Status;
using testing::certificates_for;
using testing::Hello;
using testing::Pair;
using testing::server_for;

/// An established connection in each version.
class SessionTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override { ASSERT_EQ(pair_.shake_hands(), Status::done); }
  void TearDown() override { EXPECT_EQ(ERR_peek_error(), 0U) << "a stale error"; }

  void shrink_buffers() {
    int const size = 4096;
    setsockopt(pair_.server_socket(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  }

  Pair pair_{*certificates_for({server_for({"*"})}), Hello{.max_version = GetParam()}};
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 25);
  return text;
}

TEST_P(SessionTest, MovesBytesBothWays) {
  pair_.send("ping");
  EXPECT_EQ(pair_.read(), std::pair(Status::done, std::string("ping")));
  EXPECT_EQ(pair_.server().write("pong", 4).bytes, 4U);
  EXPECT_EQ(pair_.receive(), "pong");
}

TEST_P(SessionTest, WantsToReadWhenNothingCame) {
  EXPECT_EQ(pair_.read().first, Status::want_read);
  EXPECT_TRUE(pair_.server().is_drained());
}

TEST_P(SessionTest, IsDrainedOnceAShortReadGaveEverything) {
  pair_.send("ping");
  EXPECT_EQ(pair_.read().second, "ping");
  EXPECT_TRUE(pair_.server().is_drained());
  pair_.send("again");
  EXPECT_EQ(pair_.read().second, "again");
}

TEST_P(SessionTest, IsNotDrainedWhileARecordIsHalfRead) {
  pair_.send("abcdef");
  EXPECT_EQ(pair_.read(3).second, "abc");
  EXPECT_FALSE(pair_.server().is_drained());
  EXPECT_EQ(pair_.read(3).second, "def");
  EXPECT_EQ(pair_.read(3).first, Status::want_read);
  EXPECT_TRUE(pair_.server().is_drained());
}

TEST_P(SessionTest, IsNotDrainedByAReadThatDidNotAskTheSocket) {
  pair_.send("abcdef");
  EXPECT_EQ(pair_.read(3).second, "abc");
  pair_.send("ghi");
  EXPECT_EQ(pair_.read(3).second, "def");
  EXPECT_FALSE(pair_.server().is_drained());
  EXPECT_EQ(pair_.read().second, "ghi");
}

TEST_P(SessionTest, IsNotDrainedWhileARecordIsBufferedBehindAnother) {
  pair_.send("abc");
  pair_.send("def");
  EXPECT_EQ(pair_.read(3).second, "abc");
  EXPECT_FALSE(pair_.server().is_drained());
  EXPECT_EQ(pair_.read(3).second, "def");
  EXPECT_EQ(pair_.read(3).first, Status::want_read);
  EXPECT_TRUE(pair_.server().is_drained());
}

TEST_P(SessionTest, ReadsSeveralRecordsAtOnce) {
  for (char const* text : {"one ", "two ", "three"}) pair_.send(text);
  EXPECT_EQ(pair_.read().second, "one two three");
}

TEST_P(SessionTest, StaysDrainedWhenSomethingIsWritten) {
  pair_.send("ping");
  EXPECT_EQ(pair_.read().second, "ping");
  EXPECT_EQ(pair_.server().write("pong", 4).bytes, 4U);
  EXPECT_TRUE(pair_.server().is_drained());
}

TEST_P(SessionTest, ReadsMoreThanARecordHolds) {
  std::string const sent = pattern(100'000);
  std::string received;
  std::size_t next = 0;
  while (received.size() < sent.size()) {
    if (next < sent.size()) pair_.send(sent.substr(next, 10'000));
    next += 10'000;
    do {
      auto const [status, text] = pair_.read(7'000);
      received += text;
      if (status != Status::done) break;
    } while (!pair_.server().is_drained());
  }
  EXPECT_EQ(received, sent);
}

TEST_P(SessionTest, WritesInPartsWhenTheSocketIsFull) {
  shrink_buffers();
  std::string const sent = pattern(300'000);
  std::string received;
  std::size_t next = 0;
  int refusals = 0;
  while (received.size() < sent.size()) {
    std::string const rest = sent.substr(next);  // other memory each time
    if (rest.empty()) FAIL() << "all taken, not all received: " << received.size();
    auto const [status, bytes] = pair_.server().write(rest.data(), rest.size());
    ASSERT_TRUE(status == Status::done || status == Status::want_write);
    refusals += status == Status::want_write ? 1 : 0;
    next += bytes;
    received += pair_.receive();
  }
  EXPECT_GT(refusals, 3);
  EXPECT_EQ(received, sent);
}

TEST_P(SessionTest, SaysClosedAfterCloseNotifyAndMayStillWrite) {
  pair_.send("last");
  SSL_shutdown(pair_.client());
  EXPECT_EQ(pair_.read(), std::pair(Status::done, std::string("last")));
  EXPECT_FALSE(pair_.server().is_drained());
  EXPECT_EQ(pair_.read().first, Status::closed);
  EXPECT_EQ(pair_.read().first, Status::closed);
  EXPECT_EQ(pair_.server().write("bye", 3).status, Status::done);
  EXPECT_EQ(pair_.receive(), "bye");
}

TEST_P(SessionTest, SaysClosedAtTheEndOfTheSocketAndMayStillWrite) {
  shutdown(pair_.client_socket(), SHUT_WR);
  EXPECT_EQ(pair_.read().first, Status::closed);
  EXPECT_EQ(pair_.server().write("bye", 3).status, Status::done);
  EXPECT_EQ(pair_.receive(), "bye");
}

TEST_P(SessionTest, FailsWhenItWritesToAClosedSocket) {
  pair_.close_client_socket();
  EXPECT_EQ(pair_.server().write("bye", 3).status, Status::failed);
  EXPECT_EQ(pair_.server().error(), "Broken pipe");
  EXPECT_EQ(pair_.server().write("bye", 3).status, Status::failed);
}

TEST_P(SessionTest, FailsOnBytesThatAreNoRecord) {
  std::string const garbage = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  ASSERT_GT(::send(pair_.client_socket(), garbage.data(), garbage.size(), 0), 0);
  EXPECT_EQ(pair_.read().first, Status::failed);
  EXPECT_FALSE(pair_.server().error().empty());
  EXPECT_EQ(pair_.read().first, Status::failed);
}

TEST_P(SessionTest, SendsCloseNotifyWhenItCloses) {
  pair_.server().close();
  EXPECT_EQ(pair_.receive(), "");
  EXPECT_NE(SSL_get_shutdown(pair_.client()) & SSL_RECEIVED_SHUTDOWN, 0);
  EXPECT_EQ(pair_.server().write("x", 1).status, Status::closed);
}

TEST_P(SessionTest, HearsThePeerOnAfterItsOwnClose) {
  pair_.server().close();
  EXPECT_EQ(pair_.read().first, Status::want_read);
  pair_.send("last words");
  EXPECT_EQ(pair_.read().second, "last words");
  shutdown(pair_.client_socket(), SHUT_WR);
  EXPECT_EQ(pair_.read().first, Status::closed);
}

TEST_P(SessionTest, SurvivesBeingMoved) {
  Session moved = std::move(pair_.server());
  pair_.send("ping");
  char text[8];
  EXPECT_EQ(moved.read(text, sizeof text).bytes, 4U);
  pair_.server() = std::move(moved);
  EXPECT_EQ(pair_.read().first, Status::want_read);
}

TEST_P(SessionTest, KnowsWhatWasAgreed) {
  bool const is_13 = GetParam() == TLS1_3_VERSION;
  EXPECT_EQ(pair_.server().protocol(), is_13 ? "TLSv1.3" : "TLSv1.2");
  EXPECT_EQ(pair_.server().cipher(),
            is_13 ? "TLS_AES_128_GCM_SHA256" : "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_FALSE(pair_.server().is_resumed());
  EXPECT_EQ(pair_.server().error(), "");
}

INSTANTIATE_TEST_SUITE_P(Versions, SessionTest, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](auto const& version) {
                           return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

/// What only some clients do.
class HostileSession : public ::testing::Test {
 protected:
  std::shared_ptr<Certificates const> certificates_ = certificates_for({server_for({"*"})});
};

TEST_F(HostileSession, MayRekeyNowAndThen) {
  Pair pair(*certificates_);
  ASSERT_EQ(pair.shake_hands(), Status::done);
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(SSL_key_update(pair.client(), SSL_KEY_UPDATE_REQUESTED), 1);
    pair.send("x");
    EXPECT_EQ(pair.read().second, "x");
    EXPECT_EQ(pair.server().write("y", 1).bytes, 1U);
    EXPECT_EQ(pair.receive(), "y");
  }
}

TEST_F(HostileSession, IsEndedAfterTooManyKeyUpdates) {
  Pair pair(*certificates_);
  ASSERT_EQ(pair.shake_hands(), Status::done);
  Status status = Status::want_read;
  for (int i = 0; i < 1000 && status == Status::want_read; ++i) {
    ASSERT_EQ(SSL_key_update(pair.client(), SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    ASSERT_EQ(SSL_do_handshake(pair.client()), 1);
    status = pair.read().first;
  }
  EXPECT_EQ(status, Status::failed);
  EXPECT_EQ(pair.server().error(), "too many messages without data");
}

TEST_F(HostileSession, CannotRenegotiate) {
  Pair pair(*certificates_, {.max_version = TLS1_2_VERSION});
  ASSERT_EQ(pair.shake_hands(), Status::done);
  ASSERT_EQ(SSL_renegotiate(pair.client()), 1);
  EXPECT_FALSE(pair.step_client());
  EXPECT_EQ(pair.read().first, Status::want_read);
  EXPECT_FALSE(pair.step_client());
  EXPECT_EQ(pair.client_error(), "no renegotiation");
}

TEST_F(HostileSession, ThatSpeaksPlainHttpFails) {
  Pair pair(*certificates_);
  std::string const request = "GET / HTTP/1.1\r\n\r\n";
  ASSERT_GT(::send(pair.client_socket(), request.data(), request.size(), 0), 0);
  EXPECT_EQ(pair.server().handshake().status, Status::failed);
  EXPECT_EQ(pair.server().error(), "http request");
}

TEST_F(HostileSession, ThatLeavesDuringTheHandshakeIsClosed) {
  Pair pair(*certificates_);
  static_cast<void>(pair.step_client());
  EXPECT_EQ(pair.server().handshake().status, Status::want_read);
  shutdown(pair.client_socket(), SHUT_WR);
  EXPECT_EQ(pair.server().handshake().status, Status::closed);
  EXPECT_EQ(pair.server().handshake().status, Status::closed);
}

TEST_F(HostileSession, MayDribbleItsHandshakeByteByByte) {
  Pair pair(*certificates_);
  int relay[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, relay), 0);
  SSL_set_fd(pair.client(), relay[0]);
  static_cast<void>(pair.step_client());
  char byte = 0;
  Status status = Status::want_read;
  while (recv(relay[1], &byte, 1, 0) == 1) {
    ASSERT_EQ(status, Status::want_read);
    ASSERT_EQ(::send(pair.client_socket(), &byte, 1, 0), 1);
    status = pair.server().handshake().status;
  }
  SSL_set_fd(pair.client(), pair.client_socket());
  EXPECT_EQ(pair.shake_hands(), Status::done);
  ::close(relay[0]);
  ::close(relay[1]);
}

}  // namespace
}  // namespace tidegate::tls
