#include <gtest/gtest.h>

#include <string>

#include "http/h1_body.h"

namespace tidegate::http {
namespace {

using Status = BodyDecoder::Step::Status;

TEST(BodyDecoder, NoBodyIsDoneAtOnce) {
  for (auto framing : {Framing::none(), Framing::of_length(0)}) {
    BodyDecoder decoder;
    decoder.start(framing);
    EXPECT_TRUE(decoder.is_done());
    auto const step = decoder.next("GET / HTTP/1.1");
    EXPECT_EQ(step.status, Status::done);
    EXPECT_EQ(step.consumed, 0U);
  }
}

TEST(BodyDecoder, LengthIsDoneWithItsLastByte) {
  BodyDecoder decoder;
  decoder.start(Framing::of_length(5));
  auto step = decoder.next("123");
  EXPECT_EQ(step.data, "123");
  EXPECT_FALSE(decoder.is_done());
  step = decoder.next("45GET");
  EXPECT_EQ(step.status, Status::data);
  EXPECT_EQ(step.data, "45");
  EXPECT_EQ(step.consumed, 2U);
  EXPECT_TRUE(decoder.is_done());
  EXPECT_EQ(decoder.next("GET").status, Status::done);
}

TEST(BodyDecoder, LengthsBeyond32BitsAreCounted) {
  BodyDecoder decoder;
  std::string const piece(1 << 20, 'x');
  std::uint64_t left = 5ULL << 30;
  decoder.start(Framing::of_length(left));
  while (left > 0) {
    auto const step = decoder.next(piece);
    ASSERT_EQ(step.status, Status::data);
    left -= step.data.size();
  }
  EXPECT_TRUE(decoder.is_done());
}

TEST(BodyDecoder, CloseDelimitedNeverEndsByItself) {
  BodyDecoder decoder;
  decoder.start(Framing::until_close());
  EXPECT_TRUE(decoder.ends_at_close());
  EXPECT_EQ(decoder.next("0\r\n\r\n").data, "0\r\n\r\n");
  EXPECT_EQ(decoder.next("").status, Status::need_more);
  EXPECT_FALSE(decoder.is_done());
  EXPECT_TRUE(decoder.ends_at_close());
}

TEST(BodyDecoder, ChunkDataIsAViewOfTheInputInOneRun) {
  BodyDecoder decoder;
  decoder.start(Framing::chunked());
  std::string_view const input = "a\r\n0123456789\r\n0\r\n\r\nGET";
  auto step = decoder.next(input);
  EXPECT_EQ(step.data, "0123456789");
  EXPECT_EQ(step.data.data(), input.data() + 3);
  EXPECT_EQ(step.consumed, 13U);
  step = decoder.next(input.substr(13));
  EXPECT_EQ(step.status, Status::done);
  EXPECT_EQ(input.substr(13 + step.consumed), "GET");
  EXPECT_TRUE(decoder.trailer_block().empty());
}

TEST(BodyDecoder, TrailersArriveInPieces) {
  std::string_view const block = "Digest: x\r\nAuthorization: y\r\n\r\n";
  BodyDecoder decoder;
  decoder.start(Framing::chunked());
  ASSERT_EQ(decoder.next("0\r\n").status, Status::need_more);
  for (std::size_t i = 0; i + 1 < block.size(); ++i) {
    ASSERT_EQ(decoder.next(block.substr(i, 1)).status, Status::need_more);
  }
  auto const step = decoder.next("\nGET");
  EXPECT_EQ(step.status, Status::done);
  EXPECT_EQ(step.consumed, 1U);
  EXPECT_EQ(decoder.trailer_block(), block);
  EXPECT_EQ(decoder.trailers().find("digest"), "x");
  EXPECT_EQ(decoder.trailers().size(), 1U);
}

TEST(BodyDecoder, TrailerLimitIsInclusive) {
  auto const outcome = [](std::size_t bytes) {
    BodyDecoder decoder;
    decoder.start(Framing::chunked());
    return decoder.next("0\r\nA: " + std::string(bytes - 7, 'b') + "\r\n\r\nGET").status;
  };
  EXPECT_EQ(outcome(8 * 1024), Status::done);
  EXPECT_EQ(outcome(8 * 1024 + 1), Status::malformed);
}

TEST(BodyDecoder, ExtensionLimitIsInclusive) {
  auto const outcome = [](std::size_t bytes) {
    BodyDecoder decoder;
    decoder.start(Framing::chunked());
    return decoder.next("0;" + std::string(bytes - 1, 'a') + "\r\n\r\n").status;
  };
  EXPECT_EQ(outcome(256), Status::done);
  EXPECT_EQ(outcome(257), Status::malformed);
}

TEST(BodyDecoder, TrailersFollowTheRuleForUnderscores) {
  auto const outcome = [](Underscores rule) {
    BodyDecoder decoder;
    decoder.start(Framing::chunked(), rule);
    auto const status = decoder.next("0\r\nA_b: c\r\n\r\n").status;
    return std::pair(status, decoder.trailers().size());
  };
  EXPECT_EQ(outcome(Underscores::allow), std::pair(Status::done, std::size_t{1}));
  EXPECT_EQ(outcome(Underscores::drop), std::pair(Status::done, std::size_t{0}));
  EXPECT_EQ(outcome(Underscores::reject).first, Status::malformed);
}

TEST(BodyDecoder, MalformedIsForGoodUntilTheNextStart) {
  BodyDecoder decoder;
  decoder.start(Framing::chunked());
  ASSERT_EQ(decoder.next("x").status, Status::malformed);
  EXPECT_EQ(decoder.next("0\r\n\r\n").status, Status::malformed);
  EXPECT_FALSE(decoder.is_done());
  decoder.start(Framing::chunked());
  EXPECT_EQ(decoder.next("0\r\n\r\n").status, Status::done);
}

TEST(BodyDecoder, NothingOfOneMessageIsLeftInTheNext) {
  BodyDecoder decoder;
  decoder.start(Framing::chunked());
  ASSERT_EQ(decoder.next("0\r\nA: b\r\n\r\n").status, Status::done);
  decoder.start(Framing::chunked());
  ASSERT_EQ(decoder.next("0\r\n\r\n").status, Status::done);
  EXPECT_TRUE(decoder.trailers().empty());
  EXPECT_TRUE(decoder.trailer_block().empty());
}

}  // namespace
}  // namespace tidegate::http
