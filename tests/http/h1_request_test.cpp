#include <gtest/gtest.h>

#include "http/h1_head.h"
#include "tests/http/h1_request_cases.h"
#include "tests/http/relay.h"

namespace tidegate::http {
namespace {

using relay::Request;
using relay::Verdict;

constexpr std::string_view added_at_the_edge =
    "x-forwarded-for: 203.0.113.7\r\n"
    "x-forwarded-proto: http\r\n"
    "x-request-id: new-id\r\n"
    "x-envoy-external-address: 203.0.113.7\r\n";

std::string expected_upstream(RequestCase const& request) {
  auto text = request.upstream;
  return text.replace(text.find('@'), 1, added_at_the_edge);
}

int outcome_of(Request const& request) {
  switch (request.verdict()) {
    case Verdict::incomplete: return waits;
    case Verdict::forwarded: return 0;
    case Verdict::refused: return request.status();
  }
  return -2;
}

void expect_refusals(std::vector<RequestCase> const& cases) {
  for (auto const& each : cases) {
    Request request(Request::Forwarding::edge);
    request.feed(each.bytes);
    EXPECT_EQ(outcome_of(request), each.status) << each.name;
  }
}

TEST(H1Request, MalformedRequestLinesAreRefused) { expect_refusals(malformed_lines()); }
TEST(H1Request, MalformedTargetsAreRefused) { expect_refusals(malformed_targets()); }
TEST(H1Request, MalformedHostsAreRefused) { expect_refusals(malformed_hosts()); }
TEST(H1Request, MalformedHeadsAreRefused) { expect_refusals(malformed_heads()); }
TEST(H1Request, MalformedFieldsAreRefused) { expect_refusals(malformed_fields()); }
TEST(H1Request, AmbiguousLengthsAreRefused) { expect_refusals(malformed_lengths()); }
TEST(H1Request, AmbiguousCodingsAreRefused) { expect_refusals(malformed_codings()); }
TEST(H1Request, MalformedBodiesAreRefused) { expect_refusals(malformed_bodies()); }

TEST(H1Request, OriginsGetExactlyTheseBytes) {
  for (auto const& each : accepted_requests()) {
    Request request(Request::Forwarding::edge);
    request.feed(each.bytes);
    ASSERT_EQ(outcome_of(request), 0) << each.name;
    EXPECT_EQ(request.written(), expected_upstream(each)) << each.name;
  }
}

TEST(H1Request, ByteByByteGivesTheSameAsOnePiece) {
  for (auto const& each : all_requests()) {
    Request whole(Request::Forwarding::edge);
    whole.feed(each.bytes);
    Request dribbled(Request::Forwarding::edge);
    std::string_view const bytes = each.bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) dribbled.feed(bytes.substr(i, 1));
    EXPECT_EQ(outcome_of(dribbled), outcome_of(whole)) << each.name;
    if (whole.verdict() != Verdict::forwarded) continue;
    EXPECT_EQ(dribbled.written(), whole.written()) << each.name;
    EXPECT_EQ(dribbled.consumed(), whole.consumed()) << each.name;
  }
}

TEST(H1Request, AnySplitInTwoGivesTheSameAsOnePiece) {
  for (auto const& each : all_requests()) {
    if (each.bytes.size() > 600) continue;
    Request whole(Request::Forwarding::edge);
    whole.feed(each.bytes);
    for (std::size_t at = 0; at <= each.bytes.size(); ++at) {
      Request split(Request::Forwarding::edge);
      split.feed(std::string_view(each.bytes).substr(0, at));
      split.feed(std::string_view(each.bytes).substr(at));
      ASSERT_EQ(outcome_of(split), outcome_of(whole)) << each.name << " at " << at;
      if (whole.verdict() != Verdict::forwarded) continue;
      ASSERT_EQ(split.written(), whole.written()) << each.name << " at " << at;
    }
  }
}

TEST(H1Request, WhatIsBehindTheBodyBelongsToTheNextRequest) {
  std::string const first =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "1\r\nx\r\n0\r\n\r\n";
  Request request(Request::Forwarding::none);
  request.feed(first + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_EQ(request.verdict(), Verdict::forwarded);
  EXPECT_EQ(request.consumed(), first.size());
}

TEST(H1Request, AcceptedValuesHoldNoLineEnds) {
  for (auto const& each : accepted_requests()) {
    Request request(Request::Forwarding::edge);
    request.feed(each.bytes);
    for (auto const& field : request.head().headers) {
      EXPECT_EQ(field.name.find_first_of(std::string_view("\r\n\0: ", 5)), std::string_view::npos);
      EXPECT_EQ(field.value.find_first_of(std::string_view("\r\n\0", 3)), std::string_view::npos);
    }
  }
}

TEST(H1Request, UnderscoresMayBeAllowedOrDropped) {
  std::string_view const bytes = "GET / HTTP/1.1\r\nHost: a\r\nA_b: c\r\nD: e\r\n\r\n";
  Request allowed(Request::Forwarding::none, Underscores::allow);
  allowed.feed(bytes);
  EXPECT_EQ(allowed.written(), bytes);
  Request dropped(Request::Forwarding::none, Underscores::drop);
  dropped.feed(bytes);
  EXPECT_EQ(dropped.written(), "GET / HTTP/1.1\r\nHost: a\r\nD: e\r\n\r\n");
}

TEST(H1Request, DetailsAreThoseOfEnvoy) {
  auto const details = [](std::string_view lines, std::string_view first = "GET / HTTP/1.1\r\n") {
    auto const bytes = std::string(first) + std::string(lines) + "\r\n";
    RequestHead head;
    return std::string(parse_request_head(bytes, {}, Underscores::reject, head).details);
  };
  EXPECT_EQ(details(""), "missing_host_header");
  EXPECT_EQ(details("Host: a\r\nb c\r\n"), "http1.codec_error");
  EXPECT_EQ(details("Host: a\r\nb_c: d\r\n"), "http1.unexpected_underscore");
  EXPECT_EQ(details("Host: a\r\nTransfer-Encoding: x\r\n"), "http1.invalid_transfer_encoding");
  EXPECT_EQ(details("Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
            "http1.content_length_and_chunked_not_allowed");
  EXPECT_EQ(details("", "CONNECT a:1 HTTP/1.1\r\n"), "connect_not_supported");
  RequestHead head;
  auto const large = parse_request_head("GET / HTTP/1.0\r\n\r\n", {.bytes = 17}, {}, head);
  EXPECT_EQ(large.details, "request_headers_too_large");
}

TEST(H1Request, LimitsAreInclusive) {
  std::string_view const bytes = "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n";
  RequestHead head;
  EXPECT_EQ(parse_request_head(bytes, {bytes.size(), 2}, {}, head).status, 0);
  head.clear();
  EXPECT_EQ(parse_request_head(bytes, {bytes.size(), 1}, {}, head).status, 431);
  head.clear();
  EXPECT_EQ(parse_request_head(bytes, {bytes.size() - 1, 2}, {}, head).status, 431);
}

TEST(H1Request, AHeadThatIsCutIsRefused) {
  // Not what the scanner delivers; the parser must not read beyond it all the same.
  std::string const bytes = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::string const exact(bytes, 0, size);
    RequestHead head;
    EXPECT_EQ(parse_request_head(exact, {}, {}, head).status, 400) << size;
  }
}

}  // namespace
}  // namespace tidegate::http
