#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/tls/pair.h"
#include "tls/record_layer.h"
#include "tls/session.h"

namespace tidegate::tls {
namespace {

using Status = Session::Status;
using testing::certificates_for;
using testing::Hello;
using testing::Pair;
using testing::server_for;

constexpr std::size_t full = RecordLayer::longest_plaintext;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 25);
  return text;
}

void shrink_send_buffer(int socket) {
  int const size = 4096;
  setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

/// What the client writes goes to the test first.
class Tap {
 public:
  explicit Tap(Pair& pair) : pair_(pair) {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    SSL_set_wfd(pair.client(), ends_[0]);
  }
  ~Tap() {
    SSL_set_wfd(pair_.client(), pair_.client_socket());
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Tap(Tap const&) = delete;
  Tap& operator=(Tap const&) = delete;

  [[nodiscard]] std::string take() const {
    std::string bytes(100'000, '\0');
    auto const count = recv(ends_[1], bytes.data(), bytes.size(), 0);
    bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return bytes;
  }
  void pass_on(std::string_view bytes) const {
    ASSERT_EQ(::send(pair_.client_socket(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }

 private:
  Pair& pair_;
  int ends_[2] = {-1, -1};
};

/// The client's complaint when it reads.
std::string client_complaint(Pair& pair) {
  char byte = 0;
  ERR_clear_error();
  SSL_read(pair.client(), &byte, 1);
  return take_error();
}

/// Connections with an OpenSSL client in each suite of TLS 1.3.
class OwnRecords : public ::testing::TestWithParam<char const*> {
 protected:
  void SetUp() override {
    ASSERT_EQ(pair_.shake_hands(), Status::done);
    ASSERT_TRUE(pair_.server().has_own_records());
    ASSERT_EQ(pair_.server().cipher(), GetParam());
  }
  void TearDown() override { EXPECT_EQ(ERR_peek_error(), 0U) << "a stale error"; }

  Pair pair_{*certificates_for({server_for({"*"})}),
             Hello{.alpn = {"http/1.1"}, .suites = GetParam()}};
};

TEST_P(OwnRecords, MoveDataBothWays) {
  for (std::size_t const size : {1UL, 100UL, full - 1, full, full + 1, 60'000UL}) {
    auto const text = pattern(size);
    pair_.send(text);
    std::string received;
    while (received.size() < size) {
      auto const [status, part] = pair_.read(10'000);
      ASSERT_EQ(status, Status::done);
      received += part;
    }
    EXPECT_EQ(received, text);
    std::string echoed;
    for (std::size_t sent = 0; sent < size; echoed += pair_.receive())
      sent += pair_.server().write(text.data() + sent, size - sent).bytes;
    EXPECT_EQ(echoed + pair_.receive(), text);
  }
}

TEST_P(OwnRecords, RememberWhatWasAgreed) {
  EXPECT_EQ(pair_.server().protocol(), "TLSv1.3");
  EXPECT_EQ(pair_.server().alpn(), "http/1.1");
  EXPECT_FALSE(pair_.server().is_resumed());
  EXPECT_EQ(pair_.server().handshake().status, Status::done);
}

TEST_P(OwnRecords, SendSeveralPartsInOneRecord) {
  std::vector<std::string_view> const parts{"head ", "body ", "tail"};
  EXPECT_EQ(pair_.server().write(parts).bytes, 14U);
  char text[100];
  EXPECT_EQ(SSL_read(pair_.client(), text, sizeof text), 14);
}

TEST_P(OwnRecords, FollowKeyUpdatesDuringTraffic) {
  for (int i = 0; i < 20; ++i) {
    int const kind = i % 2 == 0 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED;
    ASSERT_EQ(SSL_key_update(pair_.client(), kind), 1);
    pair_.send("x");
    EXPECT_EQ(pair_.read().second, "x");
    EXPECT_EQ(pair_.server().write("y", 1).bytes, 1U);
    EXPECT_EQ(pair_.receive(), "y");
  }
}

TEST_P(OwnRecords, TakeDataByteByByte) {
  Tap const tap(pair_);
  auto const text = pattern(2'000);
  pair_.send(text);
  pair_.send("next");
  std::string received;
  for (char const byte : tap.take()) {
    tap.pass_on({&byte, 1});
    auto const [status, part] = pair_.read();
    ASSERT_TRUE(status == Status::done || status == Status::want_read);
    received += part;
  }
  EXPECT_EQ(received, text + "next");
}

TEST_P(OwnRecords, TakeRecordsCutAnywhere) {
  for (std::size_t const cut : {1UL, 4UL, 5UL, 6UL, 300UL, 9'000UL, 16'405UL, 16'407UL}) {
    Tap const tap(pair_);
    auto const text = pattern(full + 4'000);
    pair_.send(text.substr(0, full));
    pair_.send(text.substr(full));
    auto const bytes = tap.take();
    tap.pass_on(std::string_view(bytes).substr(0, cut));
    auto received = pair_.read(3'000).second;
    tap.pass_on(std::string_view(bytes).substr(cut));
    while (received.size() < text.size()) {
      auto const [status, part] = pair_.read(3'000);
      ASSERT_EQ(status, Status::done) << cut;
      received += part;
    }
    EXPECT_EQ(received, text) << cut;
    EXPECT_EQ(pair_.read().first, Status::want_read);
    EXPECT_TRUE(pair_.server().is_drained());
  }
}

TEST_P(OwnRecords, AnswerATamperedRecordWithBadRecordMac) {
  Tap const tap(pair_);
  pair_.send("good");
  pair_.send("bad");
  auto bytes = tap.take();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  tap.pass_on(bytes);
  EXPECT_EQ(pair_.read(), std::pair(Status::done, std::string("good")));
  EXPECT_FALSE(pair_.server().is_drained());
  EXPECT_EQ(pair_.read().first, Status::failed);
  EXPECT_EQ(pair_.server().error(), "a record that was tampered with");
  EXPECT_EQ(pair_.server().write("x", 1).status, Status::failed);
  EXPECT_EQ(client_complaint(pair_), "sslv3 alert bad record mac");
}

TEST_P(OwnRecords, AnswerWrongRecordsWithAnAlert) {
  std::pair<std::string, char const*> const table[] = {
      {std::string("\x14\x03\x03\x00\x01\x01", 6), "sslv3 alert unexpected message"},
      {std::string("\x17\x03\x03\x41\x01", 5), "tlsv1 alert record overflow"},
  };
  for (auto const& [record, alert] : table) {
    Pair pair(*certificates_for({server_for({"*"})}), Hello{.suites = GetParam()});
    ASSERT_EQ(pair.shake_hands(), Status::done);
    ASSERT_GT(::send(pair.client_socket(), record.data(), record.size(), 0), 0);
    EXPECT_EQ(pair.read().first, Status::failed);
    EXPECT_EQ(client_complaint(pair), alert);
  }
}

TEST_P(OwnRecords, SayClosedWhenTheStreamEndsWithinARecord) {
  Tap const tap(pair_);
  pair_.send("cut off");
  auto const bytes = tap.take();
  tap.pass_on(std::string_view(bytes).substr(0, bytes.size() - 1));
  shutdown(pair_.client_socket(), SHUT_WR);
  EXPECT_EQ(pair_.read(), std::pair(Status::closed, std::string()));
}

/// The client decrypts everything only if no byte was lost and none sealed twice.
TEST_P(OwnRecords, KeepTheirCiphertextWhenTheSocketIsFull) {
  shrink_send_buffer(pair_.server_socket());
  auto const sent = pattern(400'000);
  std::string received;
  std::size_t next = 0;
  int refusals = 0;
  for (std::size_t round = 0; received.size() < sent.size(); ++round) {
    // Other memory each time, and sometimes more behind it.
    std::string const rest = sent.substr(next, 70'000 + round * 7);
    auto const [status, bytes] = pair_.server().write(rest.data(), rest.size());
    ASSERT_TRUE(status == Status::done || status == Status::want_write);
    refusals += status == Status::want_write ? 1 : 0;
    next += bytes;
    received += pair_.receive();
    if (round % 3 == 0) {
      ASSERT_EQ(SSL_key_update(pair_.client(), SSL_KEY_UPDATE_REQUESTED), 1);
      pair_.send("x");
      EXPECT_EQ(pair_.read().second, "x");
    }
  }
  EXPECT_GT(refusals, 3);
  EXPECT_EQ(next, sent.size());
  EXPECT_EQ(received, sent);
}

TEST_P(OwnRecords, RefuseToForgetWhatHadToWait) {
  shrink_send_buffer(pair_.server_socket());
  auto const text = pattern(60'000);
  auto const [status, bytes] = pair_.server().write(text.data(), text.size());
  ASSERT_LT(bytes, text.size());
  EXPECT_EQ(pair_.server().write("x", 1).status, Status::failed);
}

TEST_P(OwnRecords, CloseBehindWhatIsSealed) {
  shrink_send_buffer(pair_.server_socket());
  auto const text = pattern(full);
  ASSERT_EQ(pair_.server().write(text.data(), text.size()).status, Status::want_write);
  pair_.server().close();  // the socket is full: no close_notify in the middle of a record
  EXPECT_EQ(pair_.receive(), "");
  EXPECT_EQ(SSL_get_shutdown(pair_.client()) & SSL_RECEIVED_SHUTDOWN, 0);
  EXPECT_EQ(pair_.client_error(), "");
}

INSTANTIATE_TEST_SUITE_P(Suites, OwnRecords,
                         ::testing::Values("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                           "TLS_CHACHA20_POLY1305_SHA256"),
                         [](auto const& suite) { return std::string(suite.param); });

}  // namespace
}  // namespace tidegate::tls
