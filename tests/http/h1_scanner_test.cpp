#include <gtest/gtest.h>

#include <string>

#include "http/h1_head.h"

namespace tidegate::http {
namespace {

using Status = HeadScanner::Result::Status;
constexpr std::string_view head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// The number of bytes after which the scanner is sure, fed one by one; and what of.
std::pair<std::size_t, Status> decided(std::string_view bytes, std::size_t limit = 1000) {
  HeadScanner scanner;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    auto const result = scanner.scan(bytes.substr(0, size), limit);
    if (result.status != Status::need_more) return {size, result.status};
  }
  return {bytes.size(), Status::need_more};
}

TEST(HeadScanner, EndsWithTheEmptyLine) {
  HeadScanner scanner;
  auto const result = scanner.scan(std::string(head) + "body\r\n\r\n", 1000);
  EXPECT_EQ(result.status, Status::complete);
  EXPECT_EQ(result.size, head.size());
  EXPECT_EQ(decided(head), std::pair(head.size(), Status::complete));
}

TEST(HeadScanner, RefusesAtTheOffendingByte) {
  EXPECT_EQ(decided("GET / HTTP/1.1\n...."), std::pair(std::size_t{15}, Status::malformed));
  EXPECT_EQ(decided("GET /\r\r...."), std::pair(std::size_t{7}, Status::malformed));
  EXPECT_EQ(decided("GET /\r\n\rX...."), std::pair(std::size_t{9}, Status::malformed));
  EXPECT_EQ(decided(std::string_view("GET /\0....", 10)),
            std::pair(std::size_t{6}, Status::malformed));
  EXPECT_EQ(decided("GET /\r\n\n...."), std::pair(std::size_t{8}, Status::malformed));
  EXPECT_EQ(decided("\r\n...."), std::pair(std::size_t{2}, Status::malformed));
  EXPECT_EQ(decided("GET\x7f...."), std::pair(std::size_t{4}, Status::malformed));
}

TEST(HeadScanner, FindsAControlByteAtEveryOffset) {
  for (std::size_t at = 0; at < 40; ++at) {
    for (char c : {'\0', '\x01', '\n', '\x1f', '\x7f'}) {
      std::string bytes(64, '\xff');
      bytes[at] = c;
      HeadScanner scanner;
      EXPECT_EQ(scanner.scan(bytes, 1000).status, Status::malformed) << at;
    }
    std::string bytes(64, ' ');
    bytes[at] = '\t';
    HeadScanner scanner;
    EXPECT_EQ(scanner.scan(bytes, 1000).status, Status::need_more) << at;
  }
}

TEST(HeadScanner, LimitCountsTheWholeHead) {
  EXPECT_EQ(decided(head, head.size()).second, Status::complete);
  EXPECT_EQ(decided(head, head.size() - 1), std::pair(head.size() - 1, Status::too_long));
  HeadScanner scanner;
  EXPECT_EQ(scanner.scan(head, head.size() - 1).status, Status::too_long);
}

TEST(HeadScanner, WhatIsBeyondTheLimitDoesNotCount) {
  HeadScanner scanner;
  EXPECT_EQ(scanner.scan("GET / HTTP/1.1\n", 10).status, Status::too_long);
}

TEST(HeadScanner, ResetBeginsANewHead) {
  HeadScanner scanner;
  ASSERT_EQ(scanner.scan(head, 1000).status, Status::complete);
  scanner.reset();
  EXPECT_EQ(scanner.scan("GET /\r\n", 1000).status, Status::need_more);
}

TEST(LeadingBlank, IsOneEmptyLine) {
  EXPECT_EQ(leading_blank("\r\nGET"), 2U);
  EXPECT_EQ(leading_blank("\r\n\r\nGET"), 2U);
  EXPECT_EQ(leading_blank("GET"), 0U);
  EXPECT_EQ(leading_blank("\n"), 0U);
  EXPECT_EQ(leading_blank(""), 0U);
}

}  // namespace
}  // namespace tidegate::http
