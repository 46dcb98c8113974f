#include "gateway/io/transport.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "tls/certificates.h"
#include "tls/client_context.h"
#include "tls/self_signed.h"

namespace tidegate::gateway {
namespace {

using Status = Transport::Status;

/// A connection to an origin with TLS: both ends as the gateway uses them.
class TlsTransport : public ::testing::Test {
 protected:
  TlsTransport() {
    auto const made = tls::make_self_signed({"a.test"}, std::chrono::hours(1));
    config::TlsServer server;
    server.hosts = {"*"};
    server.certificates = {{made.certificate, made.key, {}}};
    certificates_ = tls::Certificates::create({server}, tls::TicketKeys::generate(), diagnostics_);
    config::TlsClient settings;
    settings.ca_certificates = made.certificate;
    settings.offers_http2 = true;
    context_ = tls::ClientContext::create(settings, diagnostics_);
    std::array<int, 2> sockets{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets.data()), 0);
    ours_ = Socket(sockets[0]);
    theirs_ = Socket(sockets[1]);
  }

  [[nodiscard]] Transport client(std::string_view authority) {
    int const fd = ours_.fd();
    return {std::move(ours_), context_->connect(fd, authority, sessions_)};
  }
  [[nodiscard]] Transport origin() {
    int const fd = theirs_.fd();
    return {std::move(theirs_), certificates_->accept(fd)};
  }

  config::Diagnostics diagnostics_;
  std::shared_ptr<tls::Certificates const> certificates_;
  std::shared_ptr<tls::ClientContext const> context_;
  tls::ClientSessions sessions_;
  Socket ours_;
  Socket theirs_;
};

TEST_F(TlsTransport, ShakesHandsAndMovesBytesAsAClient) {
  auto client = this->client("a.test");
  auto origin = this->origin();
  EXPECT_EQ(client.handshake().status, Status::blocked);
  EXPECT_EQ(origin.handshake().status, Status::blocked);
  EXPECT_EQ(client.handshake().status, Status::done);
  EXPECT_EQ(origin.handshake().status, Status::done);
  EXPECT_EQ(client.tls()->alpn(), "h2");

  std::array<std::string_view, 2> const parts{"head ", "body"};
  EXPECT_EQ(client.write(parts).bytes, 9U);
  std::array<char, 64> buffer{};
  auto const heard = origin.read(buffer);
  EXPECT_EQ(std::string_view(buffer.data(), heard.bytes), "head body");

  EXPECT_EQ(client.read(buffer).status, Status::blocked);
  EXPECT_EQ(origin.write(parts).bytes, 9U);
  auto const answer = client.read(buffer);
  EXPECT_EQ(std::string_view(buffer.data(), answer.bytes), "head body");
  EXPECT_TRUE(answer.drained);
  origin.shut_write();
  EXPECT_EQ(client.read(buffer).status, Status::closed);
}

TEST_F(TlsTransport, FailsWithAReasonWhenTheOriginIsSomebodyElse) {
  auto client = this->client("b.test");
  auto origin = this->origin();
  EXPECT_EQ(client.handshake().status, Status::blocked);
  EXPECT_EQ(origin.handshake().status, Status::blocked);
  EXPECT_EQ(client.handshake().status, Status::failed);
  EXPECT_EQ(client.handshake().status, Status::failed);
  EXPECT_EQ(client.tls()->error(),
            "certificate verify failed: no subject alternative name matches `b.test`");
  EXPECT_EQ(origin.handshake().status, Status::failed);
}

TEST_F(TlsTransport, IsClosedWhenTheOriginHangsUpDuringTheHandshake) {
  auto client = this->client("a.test");
  EXPECT_EQ(client.handshake().status, Status::blocked);
  std::array<char, 4096> hello{};
  EXPECT_GT(recv(theirs_.fd(), hello.data(), hello.size(), 0), 0);
  theirs_.close();
  EXPECT_EQ(client.handshake().status, Status::closed);
  EXPECT_EQ(client.tls()->error(), "closed by the peer");
}

}  // namespace
}  // namespace tidegate::gateway
