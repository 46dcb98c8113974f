#include "tls/takeover.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tls/pair.h"
#include "tls/context.h"
#include "tls/session.h"

namespace tidegate::tls {
namespace {

using Status = Session::Status;
using testing::certificates_for;
using testing::Pair;
using testing::server_for;

TEST(Takeover, TakesDataThatCameWithTheFinished) {
  for (std::size_t const size : {5UL, 3'000UL, 30'000UL}) {
    Pair pair(*certificates_for({server_for({"*"})}));
    ASSERT_FALSE(pair.step_client());
    ASSERT_EQ(pair.server().handshake().status, Status::want_read);
    ASSERT_TRUE(pair.step_client());
    std::string const text(size, 'x');
    pair.send(text);
    ASSERT_EQ(pair.server().handshake().status, Status::done);
    ASSERT_TRUE(pair.server().has_own_records());
    EXPECT_FALSE(pair.server().is_drained());
    std::string received;
    while (received.size() < size) {
      auto const [status, part] = pair.read();
      ASSERT_EQ(status, Status::done);
      received += part;
    }
    EXPECT_EQ(received, text);
  }
}

TEST(Takeover, LeavesTls12ToOpenssl) {
  Pair pair(*certificates_for({server_for({"*"})}), {.max_version = TLS1_2_VERSION});
  ASSERT_EQ(pair.shake_hands(), Status::done);
  EXPECT_FALSE(pair.server().has_own_records());
}

TEST(Takeover, KeepsTheTicketsThatWereSentBefore) {
  auto const certificates = certificates_for({server_for({"a.test"})});
  Pair first(*certificates, {.server_name = "a.test"});
  ASSERT_EQ(first.shake_hands(), Status::done);
  auto const ticket = first.take_ticket();
  Pair second(*certificates, {.server_name = "a.test", .ticket = ticket.get()});
  ASSERT_EQ(second.shake_hands(), Status::done);
  EXPECT_TRUE(second.server().is_resumed());
  EXPECT_TRUE(second.server().has_own_records());
  second.send("x");
  EXPECT_EQ(second.read().second, "x");
}

/// Sessions of one context, to which something was done first.
class Prepared : public Certificates {
 public:
  explicit Prepared(std::function<void(SSL_CTX*)> const& prepare) {
    config::Diagnostics diagnostics;
    server_ = make_server_context(server_for({"*"}), TicketKeys::generate(), diagnostics);
    prepare(server_.context.get());
  }
  [[nodiscard]] Session accept(int socket) const override {
    SSL* const ssl = SSL_new(server_.context.get());
    SSL_set_accept_state(ssl);
    return {ssl, socket};
  }
  [[nodiscard]] SSL_CTX* context() const { return server_.context.get(); }

 private:
  ServerContext server_;
};

void expect_to_work(Pair& pair) {
  pair.send("early");
  EXPECT_EQ(pair.read().second, "early");
  EXPECT_TRUE(pair.server().is_drained());
  EXPECT_EQ(pair.server().write("answer", 6).bytes, 6U);
  EXPECT_EQ(pair.receive(), "answer");
  pair.server().close();
  EXPECT_EQ(pair.receive(), "");
  EXPECT_NE(SSL_get_shutdown(pair.client()) & SSL_RECEIVED_SHUTDOWN, 0);
}

TEST(Takeover, CountsHoweverManyTicketsWereSent) {
  for (std::size_t const tickets : {0UL, 1UL, 5UL}) {
    Prepared const certificates(
        [&](SSL_CTX* context) { SSL_CTX_set_num_tickets(context, tickets); });
    Pair pair(certificates);
    ASSERT_EQ(pair.shake_hands(), Status::done);
    EXPECT_TRUE(pair.server().has_own_records());
    expect_to_work(pair);
  }
}

void note_for_another_client(SSL const* ssl, char const* line) {
  std::string changed = line;
  auto& digit = changed.at(changed.find(' ') + 1);
  digit = digit == '0' ? '1' : '0';
  Takeover::note_secret(ssl, changed.c_str());
}

void note_half_a_secret(SSL const* ssl, char const* line) {
  std::string const half(line, std::string_view(line).size() - 32);
  Takeover::note_secret(ssl, half.c_str());
}

TEST(Takeover, LeavesToOpensslWhatItCannotTakeOver) {
  std::function<void(SSL_CTX*)> const reasons[] = {
      [](SSL_CTX* context) { SSL_CTX_set_keylog_callback(context, nullptr); },
      [](SSL_CTX* context) { SSL_CTX_set_read_ahead(context, 1); },
      [](SSL_CTX* context) { SSL_CTX_set_ciphersuites(context, "TLS_AES_128_CCM_SHA256"); },
      [](SSL_CTX* context) { SSL_CTX_set_keylog_callback(context, note_for_another_client); },
      [](SSL_CTX* context) { SSL_CTX_set_keylog_callback(context, note_half_a_secret); },
  };
  for (auto const& prepare : reasons) {
    Prepared const certificates(prepare);
    Pair pair(certificates, {.suites = "TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256"});
    ASSERT_FALSE(pair.step_client());
    ASSERT_EQ(pair.server().handshake().status, Status::want_read);
    ASSERT_TRUE(pair.step_client());
    pair.send("with the Finished ");
    ASSERT_EQ(pair.server().handshake().status, Status::done);
    EXPECT_FALSE(pair.server().has_own_records());
    EXPECT_FALSE(pair.server().is_drained());
    EXPECT_EQ(pair.read().second, "with the Finished ");
    expect_to_work(pair);
  }
}

TEST(KeyedCiphers, AreSharedByMoreConnectionsThanThereAre) {
  auto const certificates = certificates_for({server_for({"*"})});
  std::vector<std::unique_ptr<Pair>> pairs;
  for (int i = 0; i < 300; ++i) {
    pairs.push_back(std::make_unique<Pair>(*certificates));
    ASSERT_EQ(pairs.back()->shake_hands(), Status::done);
  }
  for (int round = 0; round < 3; ++round) {
    for (auto const& pair : pairs) {
      pair->send("ping");
      ASSERT_EQ(pair->read().second, "ping");
      ASSERT_EQ(pair->server().write("pong", 4).bytes, 4U);
      ASSERT_EQ(pair->receive(), "pong");
    }
  }
}

TEST(Session, TakesLessThanAKibibyteWhileIdle) {
  auto const certificates = certificates_for({server_for({"*"})});
  constexpr std::size_t count = 300;  // more than there are keyed ciphers
  std::vector<std::unique_ptr<Pair>> pairs;
  for (std::size_t i = 0; i < count; ++i) {
    pairs.push_back(std::make_unique<Pair>(*certificates));
    ASSERT_EQ(pairs.back()->shake_hands(), Status::done);
  }
  auto const before = mallinfo2().uordblks;
  for (auto const& pair : pairs) Session const gone = std::move(pair->server());
  auto const ciphers = 256 * 1400;  // of the thread, given back with the last keys
  EXPECT_LT(before - mallinfo2().uordblks, count * 1024 + ciphers);
}

}  // namespace
}  // namespace tidegate::tls
