#include "http/websocket.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/sha1.h"

namespace tidegate::http {
namespace {

std::string hex(std::array<std::uint8_t, 20> const& digest) {
  std::string text;
  for (auto byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (int value : values) text.push_back(static_cast<char>(value));
  return text;
}

/// A frame with the shortest header that holds its length.
std::string frame(int first, std::size_t size, bool is_masked = false) {
  int const mask = is_masked ? 0x80 : 0;
  std::string text = bytes({first});
  if (size < 126) {
    text += bytes({mask | static_cast<int>(size)});
  } else if (size < 65536) {
    text += bytes({mask | 126, static_cast<int>(size >> 8), static_cast<int>(size & 255)});
  } else {
    text += bytes({mask | 127, 0, 0, 0, 0, 0, static_cast<int>(size >> 16),
                   static_cast<int>(size >> 8 & 255), static_cast<int>(size & 255)});
  }
  return text + std::string(is_masked ? 4 : 0, 'm') + std::string(size, 'x');
}

TEST(Sha1, HasTheDigestsOfItsStandard) {
  EXPECT_EQ(hex(sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(hex(sha1(std::string(1'000'000, 'a'))), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(WebSocketAccept, IsTheOneOfTheStandard) {
  Arena arena;
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==", arena), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocketKey, IsSixteenBytesInBase64) {
  Arena arena;
  EXPECT_EQ(make_websocket_key(0, 0, arena), "AAAAAAAAAAAAAAAAAAAAAA==");
  EXPECT_EQ(make_websocket_key(0x0807060504030201, 0x100f0e0d0c0b0a09, arena),
            "AQIDBAUGBwgJCgsMDQ4PEA==");
}

TEST(WebSocketClose, IsMaskedTowardsServersOnly) {
  EXPECT_EQ(websocket_close_frame(1001, std::nullopt), bytes({0x88, 2, 0x03, 0xe9}));
  EXPECT_EQ(websocket_close_frame(1001, 0x12345678),
            bytes({0x88, 0x82, 0x12, 0x34, 0x56, 0x78, 0x03 ^ 0x12, 0xe9 ^ 0x34}));
}

TEST(WebSocketFrames, EndWhereTheirHeadersSay) {
  struct Case {
    std::string first;
    std::string_view what;
  };
  std::vector<Case> const cases = {
      {frame(0x81, 0), "empty"},
      {frame(0x81, 5), "short"},
      {frame(0x82, 125), "the longest short one"},
      {frame(0x82, 126), "the shortest with two bytes of length"},
      {frame(0x01, 65535), "the longest with two bytes of length"},
      {frame(0x00, 65536), "eight bytes of length"},
      {frame(0x81, 0, true), "empty and masked"},
      {frame(0x81, 5, true), "masked"},
      {frame(0x82, 70000, true), "long and masked"},
      {bytes({0x82, 126, 0, 1, 'x'}), "a longer length than needed"},
  };
  for (auto const& [first, what] : cases) {
    SCOPED_TRACE(what);
    WebSocketFrames whole;
    EXPECT_EQ(whole.take_one(first + "\x81\x01z"), first.size());
    EXPECT_TRUE(whole.is_between_frames());

    WebSocketFrames in_pieces;
    for (std::size_t i = 0; i < first.size(); ++i) {
      EXPECT_EQ(in_pieces.take_one(first.substr(i, 1)), 1u);
      ASSERT_EQ(in_pieces.is_between_frames(), i + 1 == first.size()) << i;
    }
    EXPECT_FALSE(in_pieces.has_closed());
  }
}

TEST(WebSocketFrames, ManyGoByAtOnce) {
  WebSocketFrames frames;
  frames.take(frame(0x81, 3) + frame(0x89, 0, true) + frame(0x82, 200));
  EXPECT_TRUE(frames.is_between_frames());
  frames.take(frame(0x81, 3) + "\x81");
  EXPECT_FALSE(frames.is_between_frames());
}

TEST(WebSocketFrames, TellOfACloseOnceItIsComplete) {
  WebSocketFrames frames;
  auto const close = websocket_close_frame(1000, 7);
  frames.take(frame(0x81, 8) + close.substr(0, close.size() - 1));
  EXPECT_FALSE(frames.has_closed());
  frames.take(close.substr(close.size() - 1));
  EXPECT_TRUE(frames.has_closed());
}

TEST(WebSocketFrames, TakeAnyLengthThatCanBeWritten) {
  WebSocketFrames frames;
  frames.take("\x82\x7f" + std::string(8, '\xff') + std::string(1000, 'x'));
  EXPECT_FALSE(frames.is_between_frames());
}

}  // namespace
}  // namespace tidegate::http
