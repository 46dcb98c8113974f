#include "tls/record_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "tests/tls/pair.h"
#include "tls/context.h"
#include "tls/openssl_stream.h"

namespace tidegate::tls {
namespace {

using Status = Session::Status;
using testing::server_for;

/// A stream of ours with an OpenSSL client at its other end, both without a Session.
class RecordStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets_), 0);
    config::Diagnostics diagnostics;
    server_ = make_server_context(server_for({"*"}), TicketKeys::generate(), diagnostics);
    client_context_.reset(SSL_CTX_new(TLS_client_method()));
    client_.reset(SSL_new(client_context_.get()));
    SSL_set_fd(client_.get(), sockets_[0]);
    SSL_set_connect_state(client_.get());
    connection_.socket = sockets_[1];
  }
  void TearDown() override {
    ::close(sockets_[0]);
    ::close(sockets_[1]);
  }

  [[nodiscard]] std::unique_ptr<RecordStream> take_over(std::uint64_t records_per_key) {
    SslPtr ssl(SSL_new(server_.context.get()));
    SSL_set_accept_state(ssl.get());
    OpensslStream openssl(std::move(ssl), connection_);
    for (int round = 0; round < 5; ++round) {
      SSL_do_handshake(client_.get());
      if (openssl.handshake().status == Status::done) return openssl.hand_over(records_per_key);
    }
    return nullptr;
  }
  [[nodiscard]] std::string receive() {
    std::string text(100'000, '\0');
    std::size_t size = 0;
    std::size_t count = 0;
    while (SSL_read_ex(client_.get(), text.data() + size, text.size() - size, &count) == 1)
      size += count;
    text.resize(size);
    clear_errors();
    return text;
  }

  int sockets_[2] = {-1, -1};
  ServerContext server_;
  ContextPtr client_context_;
  SslPtr client_;
  Connection connection_;
};

int key_updates = 0;

void count_key_updates(int is_own, int, int type, void const* bytes, std::size_t, SSL*, void*) {
  bool const is_update =
      type == SSL3_RT_HANDSHAKE && *static_cast<unsigned char const*>(bytes) == SSL3_MT_KEY_UPDATE;
  if (is_own == 0 && is_update) ++key_updates;
}

TEST_F(RecordStreamTest, ChangesItsKeyAfterItsLimitAndTheClientFollows) {
  auto const stream = take_over(4);
  ASSERT_NE(stream, nullptr);
  SSL_set_msg_callback(client_.get(), count_key_updates);
  std::string const text(1'000, 'x');
  std::string_view const part = text;
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(stream->write(std::span(&part, 1)).bytes, text.size());
    ASSERT_EQ(receive(), text) << i;
  }
  EXPECT_EQ(key_updates, 5);  // the ticket counts
}

TEST_F(RecordStreamTest, SendsSeveralRecordsInOneCall) {
  auto const stream = take_over(RecordLayer::records_per_key);
  ASSERT_NE(stream, nullptr);
  static_cast<void>(receive());  // the ticket
  std::string const text(4 * RecordLayer::longest_plaintext, 'x');
  std::string_view const part = text;
  ASSERT_EQ(stream->write(std::span(&part, 1)).bytes, text.size());
  EXPECT_EQ(receive(), text);
}

}  // namespace
}  // namespace tidegate::tls
