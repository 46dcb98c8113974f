#include "gateway/io/output.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "gateway/io/input.h"

namespace tidegate::gateway {
namespace {

struct OutputTest : testing::Test {
  OutputTest() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()), 0);
    transport = Transport(Socket(fds[0]));
    peer = Socket(fds[1]);
  }
  std::string received() {
    std::string all(1 << 20, '\0');
    auto const got = ::recv(peer.fd(), all.data(), all.size(), 0);
    all.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return all;
  }

  BufferPool pool;
  Output output{pool};
  Transport transport{Socket{}};
  Socket peer;
};

TEST_F(OutputTest, QueuedBytesChunkAndTailLeaveInOrder) {
  output.queue().append("head ");
  EXPECT_EQ(output.send(transport, "body", " tail"), Transport::Status::done);
  EXPECT_TRUE(output.empty());
  EXPECT_EQ(received(), "head body tail");
}

TEST_F(OutputTest, WhatAFullSocketDoesNotTakeIsKeptAndSentLater) {
  std::string const big(4 << 20, 'x');
  EXPECT_EQ(output.send(transport, big, "end"), Transport::Status::blocked);
  EXPECT_TRUE(output.is_blocked());
  std::string all;
  while (!output.empty()) {
    all += received();
    output.unblock();
    ASSERT_NE(output.flush(transport), Transport::Status::failed);
  }
  for (std::string part = received(); !part.empty(); part = received()) all += part;
  EXPECT_EQ(all.size(), big.size() + 3);
  EXPECT_EQ(all.substr(big.size()), "end");
}

TEST_F(OutputTest, WhileBlockedNothingOvertakes) {
  std::string const big(4 << 20, 'x');
  (void)output.send(transport, big, "");
  auto const before = output.size();
  received();  // there would be room now, but nobody said so
  EXPECT_EQ(output.send(transport, "late", ""), Transport::Status::blocked);
  EXPECT_EQ(output.size(), before + 4);
}

TEST_F(OutputTest, ABrokenSocketIsReported) {
  peer.close();
  std::string const big(4 << 20, 'x');
  EXPECT_EQ(output.send(transport, big, ""), Transport::Status::failed);
}

TEST(Input, KeepsWhatIsNotUsedInOrder) {
  BufferPool pool;
  Input input(pool);
  EXPECT_TRUE(input.empty());
  input.append("abc");
  input.use(1);
  input.append("de");
  EXPECT_EQ(input.view(), "bcde");
  input.use(4);
  EXPECT_TRUE(input.empty());
  EXPECT_EQ(input.view(), "");
}

}  // namespace
}  // namespace tidegate::gateway
