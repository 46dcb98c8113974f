#include "gateway/upstream/connector.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;

/// Runs the loop until the connector has decided.
struct Owner final : EventHandler {
  explicit Owner(EventLoop& run) : loop(run) {}
  void on_ready(std::uint32_t) override {
    if (connector->is_decided()) loop.stop();
  }
  EventLoop& loop;
  std::unique_ptr<Connector> connector;
};

struct ConnectorTest : testing::Test {
  static SocketAddress loopback(std::uint16_t port) {
    return *SocketAddress::parse("127.0.0.1", port);
  }
  /// A port at which nobody listens: bound and closed again.
  static SocketAddress refused() {
    auto const socket = listen_on(loopback(0));
    return loopback(SocketAddress::local_of(socket.fd()).port());
  }
  /// An address that never answers: nobody accepts, and its queue is full.
  struct Silent {
    Silent() : socket(::socket(AF_INET, SOCK_STREAM, 0)) {
      auto const any = loopback(0);
      EXPECT_EQ(::bind(socket.fd(), any.data(), any.size()), 0);
      EXPECT_EQ(::listen(socket.fd(), 0), 0);
      for (int i = 0; i < 8; ++i) fillers.push_back(begin_connect(address()));
    }
    [[nodiscard]] SocketAddress address() const { return SocketAddress::local_of(socket.fd()); }
    Socket socket;
    std::vector<Socket> fillers;
  };
  Socket connect(std::vector<SocketAddress> addresses, milliseconds timeout = 5s) {
    owner.connector = std::make_unique<Connector>(loop, owner, std::move(addresses), timeout);
    loop.run();
    return owner.connector->take_socket();
  }

  EventLoop loop;
  Owner owner{loop};
};

TEST_F(ConnectorTest, ConnectsToTheFirstAddressThatAnswers) {
  auto const listener = listen_on(loopback(0));
  auto const address = SocketAddress::local_of(listener.fd());
  EXPECT_TRUE(connect({address}));
  EXPECT_EQ(owner.connector->address().text(), address.text());
}

TEST_F(ConnectorTest, ARefusedAddressHandsOverToTheNext) {
  auto const listener = listen_on(loopback(0));
  auto const address = SocketAddress::local_of(listener.fd());
  EXPECT_TRUE(connect({refused(), address}));
  EXPECT_EQ(owner.connector->address().text(), address.text());
}

TEST_F(ConnectorTest, ASilentAddressIsOvertakenByTheNext) {
  Silent const silent;
  auto const listener = listen_on(loopback(0));
  auto const address = SocketAddress::local_of(listener.fd());
  EXPECT_TRUE(connect({silent.address(), address}));
  EXPECT_EQ(owner.connector->address().text(), address.text());
}

TEST_F(ConnectorTest, FailsWhenEveryAddressRefuses) {
  EXPECT_FALSE(connect({refused(), refused()}));
  EXPECT_EQ(owner.connector->error(), ECONNREFUSED);
}

TEST_F(ConnectorTest, GivesUpWhenTheTimeIsOver) {
  Silent const silent;
  EXPECT_FALSE(connect({silent.address()}, 20ms));
  EXPECT_EQ(owner.connector->error(), ETIMEDOUT);
}

}  // namespace
}  // namespace tidegate::gateway
