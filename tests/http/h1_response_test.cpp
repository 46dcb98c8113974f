#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/h1_head.h"
#include "tests/http/relay.h"

namespace tidegate::http {
namespace {

using namespace std::string_literals;
using relay::Response;
using relay::Verdict;

struct Case {
  std::string_view name;
  std::string bytes;
};

std::string with(std::string const& lines) { return "HTTP/1.1 200 OK\r\n" + lines + "\r\n"; }
std::string line(std::string const& text) { return text + "\r\nContent-Length: 0\r\n\r\n"; }

std::vector<Case> hostile_heads() {
  return {
      {"status 099", line("HTTP/1.1 099 x")},
      {"status 1000", line("HTTP/1.1 1000 x")},
      {"status 20", line("HTTP/1.1 20 x")},
      {"status +20", line("HTTP/1.1 +20 x")},
      {"status 2x0", line("HTTP/1.1 2x0 x")},
      {"no status", line("HTTP/1.1")},
      {"no status but a blank", line("HTTP/1.1 ")},
      {"two blanks before the status", line("HTTP/1.1  200 OK")},
      {"junk behind the status", line("HTTP/1.1 200OK")},
      {"version 2.0", line("HTTP/2.0 200 OK")},
      {"version 1.2", line("HTTP/1.2 200 OK")},
      {"lower-case version", line("http/1.1 200 OK")},
      {"another protocol", line("ICY 200 OK")},
      {"no status line", line("Server: x")},
      {"empty line first", "\r\n" + with("")},
      {"control byte in the reason", line("HTTP/1.1 200 O\x01K")},
      {"NUL in the reason", line("HTTP/1.1 200 O\0K"s)},
      {"bare CR in the reason", line("HTTP/1.1 200 O\rK")},
      {"length and coding", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
      {"two lengths", with("Content-Length: 5\r\nContent-Length: 6\r\n")},
      {"two equal lengths", with("Content-Length: 5\r\nContent-Length: 5\r\n")},
      {"length list", with("Content-Length: 5, 5\r\n")},
      {"negative length", with("Content-Length: -1\r\n")},
      {"empty length", with("Content-Length:\r\n")},
      {"coding gzip", with("Transfer-Encoding: gzip\r\n")},
      {"coding gzip, chunked", with("Transfer-Encoding: gzip, chunked\r\n")},
      {"coding chunked, gzip", with("Transfer-Encoding: chunked, gzip\r\n")},
      {"two codings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
      {"coding of 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"NUL in a field", with("A: b\0c\r\n"s)},
      {"bare CR in a field", with("A: b\rc\r\n")},
      {"bare LF in a field", with("A: b\nSet-Cookie: c\r\n")},
      {"folded field", with("A: b\r\n c\r\n")},
      {"blank before the colon", with("A : b\r\n")},
      {"no colon", with("A\r\n")},
      {"empty name", with(": b\r\n")},
      {"non-ASCII name", with("\xc3\xa9: b\r\n")},
      {"LF for CRLF", "HTTP/1.1 200 OK\nA: b\n\n"},
      {"head end CR LF CR X", "HTTP/1.1 200 OK\r\nA: b\r\n\rX"},
      {"field of 1 MiB", with("A: " + std::string(1 << 20, 'b') + "\r\n")},
      {"Connection: content-length", with("Connection: content-length\r\nContent-Length: 1\r\n")},
      {"chunk size -1", with("Transfer-Encoding: chunked\r\n") + "-1\r\n"},
      {"chunk end XX", with("Transfer-Encoding: chunked\r\n") + "1\r\naXX0\r\n\r\n"},
      {"trailer Content-Length",
       with("Transfer-Encoding: chunked\r\n") + "0\r\nContent-Length: 1\r\n\r\n"},
  };
}

TEST(H1Response, HostileOriginsAreRefused) {
  for (auto const& each : hostile_heads()) {
    Response response("GET");
    response.feed(each.bytes);
    EXPECT_EQ(response.verdict(), Verdict::refused) << each.name;
    EXPECT_EQ(response.status(), 502) << each.name;
  }
}

TEST(H1Response, ByteByByteHostileOriginsAreRefusedToo) {
  for (auto const& each : hostile_heads()) {
    Response response("GET");
    for (char const& c : each.bytes) response.feed({&c, 1});
    EXPECT_EQ(response.status(), 502) << each.name;
  }
}

/// How the body of a response to `method` with this start of a head is framed (RFC 9112 §6.3).
Framing framing_of(std::string_view method, std::string const& bytes) {
  ResponseHead head;
  auto const error = parse_response_head(bytes, {}, method, head);
  EXPECT_EQ(error.status, 0) << bytes;
  return head.framing;
}

TEST(H1Response, BodyEndsAsRfc9112Says) {
  using Kind = Framing::Kind;
  auto const head = [](std::string const& status, std::string const& lines) {
    return "HTTP/1.1 " + status + " x\r\n" + lines + "\r\n";
  };
  std::string const chunked = "Transfer-Encoding: chunked\r\n";
  EXPECT_EQ(framing_of("GET", head("200", "Content-Length: 5\r\n")).length, 5U);
  EXPECT_EQ(framing_of("GET", head("200", chunked)).kind, Kind::chunked);
  EXPECT_EQ(framing_of("GET", head("200", "")).kind, Kind::until_close);
  EXPECT_EQ(framing_of("GET", head("404", "")).kind, Kind::until_close);
  EXPECT_EQ(framing_of("GET", head("205", "")).kind, Kind::until_close);
  EXPECT_EQ(framing_of("POST", head("999", "Content-Length: 0\r\n")).kind, Kind::length);
  for (auto const& lines : {std::string(), chunked, "Content-Length: 5\r\n"s}) {
    EXPECT_EQ(framing_of("HEAD", head("200", lines)).kind, Kind::none) << lines;
    for (auto const* status : {"100", "101", "103", "199", "204", "304"}) {
      EXPECT_EQ(framing_of("GET", head(status, lines)).kind, Kind::none) << status << lines;
    }
  }
}

TEST(H1Response, StatusLineIsReadAsReceived) {
  ResponseHead head;
  ASSERT_FALSE(parse_response_head("HTTP/1.0 404 Nicht gef\xc3\xbcnden\r\n\r\n", {}, "GET", head));
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.reason, "Nicht gef\xc3\xbcnden");
  EXPECT_EQ(head.version, Version::http10);
}

TEST(H1Response, ReasonMayBeEmptyOrMissing) {
  for (auto const* text : {"HTTP/1.1 200 \r\n\r\n", "HTTP/1.1 200\r\n\r\n"}) {
    ResponseHead head;
    ASSERT_FALSE(parse_response_head(text, {}, "GET", head)) << text;
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.reason, "");
  }
}

TEST(H1Response, NamesWithUnderscoresPass) {
  ResponseHead head;
  ASSERT_FALSE(parse_response_head(with("A_b: c\r\n"), {}, "GET", head));
}

TEST(H1Response, BytesBehindTheAnswerAreLeftOver) {
  std::string const answer = with("Content-Length: 2\r\n") + "ok";
  Response response("GET");
  response.feed(answer + "HTTP/1.1 200 OK\r\n\r\npoison");
  ASSERT_EQ(response.verdict(), Verdict::forwarded);
  EXPECT_EQ(response.consumed(), answer.size());
  EXPECT_EQ(response.written(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

TEST(H1Response, BodyOfAHeadAnswerIsLeftOver) {
  std::string const head = with("Content-Length: 2\r\n");
  Response response("HEAD");
  response.feed(head + "ok");
  ASSERT_EQ(response.verdict(), Verdict::forwarded);
  EXPECT_EQ(response.consumed(), head.size());
  EXPECT_EQ(response.written(), head);
}

TEST(H1Response, AnAnswerCutShortIsNotComplete) {
  for (auto const& bytes :
       {with("Content-Length: 5\r\n") + "1234",
        with("Transfer-Encoding: chunked\r\n") + "5\r\n12345",
        with("Transfer-Encoding: chunked\r\n") + "5\r\n12345\r\n0\r\n", "HTTP/1.1 200 OK\r\n"s}) {
    Response response("GET");
    response.feed(bytes);
    EXPECT_EQ(response.verdict(), Verdict::incomplete) << bytes;
    EXPECT_FALSE(response.ends_at_close()) << bytes;
  }
}

}  // namespace
}  // namespace tidegate::http
