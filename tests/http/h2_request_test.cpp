#include <gtest/gtest.h>

#include "tests/http/h2_peer.h"

// Which requests a server lets through, refuses with an answer, or resets.
namespace tidegate::http {
namespace {

using wire::Fields;

Fields with(Fields fields, std::string_view name, std::string_view value) {
  for (auto& field : fields) {
    if (field.first == name) field.second = value;
  }
  return fields;
}

Fields without(Fields fields, std::string_view name) {
  std::erase_if(fields, [name](auto const& field) { return field.first == name; });
  return fields;
}

struct Case {
  char const* name;
  Fields fields;
  int status = 0;  // of the answer; 0: reset with PROTOCOL_ERROR
};

void expect_refused(std::vector<Case> const& cases) {
  for (auto const& each : cases) {
    H2Victim victim;
    EXPECT_TRUE(victim.request(1, each.fields)) << each.name;
    EXPECT_EQ(victim.server[1].heads, 0) << each.name;
    EXPECT_TRUE(victim.server[1].is_closed) << each.name;
    if (each.status == 0) {
      EXPECT_EQ(victim.reset(), H2Error::protocol) << each.name;
    } else {
      EXPECT_EQ(victim.server[1].rejected.status, each.status) << each.name;
      EXPECT_EQ(wire::count(wire::headers, victim.output), 1U) << each.name;
      EXPECT_EQ(victim.reset(), std::nullopt) << each.name;
    }
    EXPECT_TRUE(victim.request(3, wire::get())) << each.name;
    EXPECT_EQ(victim.server[3].heads, 1) << each.name << ": the connection lives on";
  }
}

TEST(H2Request, WhatTheLibraryLetsThroughIsAnswered400) {
  expect_refused({
      {"host differs", wire::get({{"host", "evil.com"}}), 400},
      {"user in authority", with(wire::get(), ":authority", "a@example.com"), 400},
      {"list in authority", with(wire::get(), ":authority", "a.com,b.com"), 400},
      {"junk port", with(wire::get(), ":authority", "example.com:99999"), 400},
      {"bad host alone", without(wire::get({{"host", "a@b"}}), ":authority"), 400},
      {"fragment", with(wire::get(), ":path", "/a#b"), 400},
      {"high byte in path", with(wire::get(), ":path", "/\xc3\xa9"), 400},
      {"other scheme", with(wire::get(), ":scheme", "ftp"), 400},
      {"underscore", wire::get({{"content_length", "5"}}), 400},
      {"http2-settings", wire::get({{"http2-settings", "AAMAAABkAAQAAP__"}}), 400},
      {"TRACE", with(wire::get(), ":method", "TRACE"), 405},
      {"CONNECT", {{":method", "CONNECT"}, {":authority", "example.com:443"}}, 501},
  });
}

TEST(H2Request, WhatBreaksTheProtocolIsReset) {
  expect_refused({
      {"CR LF in value", wire::get({{"x", "a\r\nb: c"}})},
      {"LF in value", wire::get({{"x", "a\nb"}})},
      {"NUL in value", wire::get({{"x", std::string("a\0b", 3)}})},
      {"blank before value", wire::get({{"x", " a"}})},
      {"upper case", wire::get({{"X-Upper", "a"}})},
      {"blank in name", wire::get({{"x y", "a"}})},
      {"colon in name", wire::get({{"x:y", "a"}})},
      {"empty name", wire::get({{"", "a"}})},
      {"connection", wire::get({{"connection", "close"}})},
      {"keep-alive", wire::get({{"keep-alive", "1"}})},
      {"proxy-connection", wire::get({{"proxy-connection", "close"}})},
      {"transfer-encoding", wire::get({{"transfer-encoding", "chunked"}})},
      {"upgrade", wire::get({{"upgrade", "h2c"}})},
      {"te: gzip", wire::get({{"te", "gzip"}})},
      {"pseudo after field",
       {{":method", "GET"}, {":scheme", "https"}, {"x", "y"}, {":path", "/"}}},
      {"pseudo twice", wire::get({{":path", "/b"}})},
      {"unknown pseudo", wire::get({{":version", "2"}})},
      {":status in request", wire::get({{":status", "200"}})},
      {"no method", without(wire::get(), ":method")},
      {"no path", without(wire::get(), ":path")},
      {"no scheme", without(wire::get(), ":scheme")},
      {"empty path", with(wire::get(), ":path", "")},
      {"path without slash", with(wire::get(), ":path", "a")},
      {"blank in path", with(wire::get(), ":path", "/a b")},
      {"blank in method", with(wire::get(), ":method", "GET /x")},
      {"length is a list", wire::get({{"content-length", "0,0"}})},
      {"length twice", wire::get({{"content-length", "0"}, {"content-length", "0"}})},
      {"length with sign", wire::get({{"content-length", "+0"}})},
      {"length without body", wire::get({{"content-length", "5"}})},
      {"empty authority", with(wire::get(), ":authority", "")},
      {"no authority at all", without(wire::get(), ":authority")},
      {"asterisk with GET", with(wire::get(), ":path", "*")},
      {"two hosts", wire::get({{"host", "example.com"}, {"host", "example.com"}})},
  });
}

TEST(H2Request, HostAloneOrEqualToTheAuthorityIsTaken) {
  H2Victim victim;
  victim.request(1, without(wire::get({{"host", "only.com:8443"}}), ":authority"));
  EXPECT_EQ(victim.server[1].request.authority, "only.com:8443");
  victim.request(3, wire::get({{"host", "EXAMPLE.com"}}));
  EXPECT_EQ(victim.server[3].heads, 1);
  EXPECT_EQ(victim.server[3].request.headers.count(FieldId::host), 1U);
  EXPECT_EQ(victim.server[3].request.headers.find(FieldId::host), "example.com");
}

TEST(H2Request, CookieCrumbsBecomeOneField) {
  H2Victim victim;
  Fields crumbs;
  for (int i = 0; i < 300; ++i) crumbs.emplace_back("cookie", "c" + std::to_string(i) + "=v");
  victim.request(1, wire::get(crumbs));
  auto const& headers = victim.server[1].request.headers;
  ASSERT_EQ(headers.count(FieldId::cookie), 1U);
  EXPECT_TRUE(headers.find(FieldId::cookie)->starts_with("c0=v; c1=v; c2=v"));
  EXPECT_TRUE(headers.find(FieldId::cookie)->ends_with("; c299=v"));
}

TEST(H2Request, LengthAndEndOfStreamDecideTheFraming) {
  H2Victim victim;
  victim.server.answer_with = 0;
  victim.request(1, wire::post(), End::yes);
  EXPECT_EQ(victim.server[1].request.framing.kind, Framing::Kind::none);
  victim.request(3, wire::post({{"content-length", "0"}}), End::yes);
  EXPECT_EQ(victim.server[3].request.framing.kind, Framing::Kind::length);
  victim.request(5, wire::post({{"content-length", "7"}}), End::no);
  EXPECT_EQ(victim.server[5].request.framing.length, 7U);
  victim.request(7, wire::post(), End::no);
  EXPECT_EQ(victim.server[7].request.framing.kind, Framing::Kind::chunked);
}

TEST(H2Request, UnderscoresMayBeAllowedOrDropped) {
  H2Victim allowing({.underscores = Underscores::allow});
  allowing.request(1, wire::get({{"x_y", "1"}}));
  EXPECT_EQ(allowing.server[1].request.headers.find("x_y"), "1");
  H2Victim dropping({.underscores = Underscores::drop});
  dropping.request(1, wire::get({{"x_y", "1"}}));
  EXPECT_EQ(dropping.server[1].heads, 1);
  EXPECT_FALSE(dropping.server[1].request.headers.find("x_y"));
}

TEST(H2Request, HeadsOverTheLimitsAreAnswered431AndTheConnectionLivesOn) {
  H2Victim victim;
  Fields many;
  for (int i = 0; i < 101; ++i) many.emplace_back("x-" + std::to_string(i), "v");
  EXPECT_TRUE(victim.request(1, wire::get(many)));
  EXPECT_EQ(victim.server[1].rejected.status, 431);

  auto const head = [&](StreamId id, std::size_t size) {
    auto const block = victim.deflater.block(wire::get({{"x-big", std::string(size, '!')}}));
    auto bytes = wire::frame(wire::headers, wire::end_stream, id, block.substr(0, 16384));
    for (std::size_t at = 16384; at < block.size(); at += 16384) {
      bool const is_last = at + 16384 >= block.size();
      bytes += wire::frame(wire::continuation, is_last ? wire::end_headers : 0, id,
                           block.substr(at, 16384));
    }
    return bytes;
  };
  EXPECT_TRUE(victim.send(head(3, 50 * 1024)));
  EXPECT_EQ(victim.server[3].heads, 1);
  EXPECT_TRUE(victim.send(head(5, 64 * 1024)));
  EXPECT_EQ(victim.server[5].rejected.status, 431);
  EXPECT_TRUE(victim.request(7, wire::get()));
  EXPECT_EQ(victim.server[7].heads, 1);
}

TEST(H2Request, BodyThatDoesNotFitItsLengthIsReset) {
  struct Length {
    std::string body;
    End end;
  };
  for (auto const& each : {Length{"123456", End::no}, Length{"1234", End::yes}}) {
    H2Victim victim;
    victim.request(1, wire::post({{"content-length", "5"}}), End::no);
    victim.send(wire::frame(wire::data, each.end == End::yes ? wire::end_stream : 0, 1, each.body));
    EXPECT_EQ(victim.reset(), H2Error::protocol);
    ASSERT_TRUE(victim.server[1].failure);
    EXPECT_EQ(victim.server[1].failure->kind, Failure::Kind::protocol);
    EXPECT_EQ(victim.server[1].failure->side, Failure::Side::client);
    EXPECT_FALSE(victim.server[1].is_ended);
  }
}

TEST(H2Request, UnsoundTrailersAreReset) {
  for (Fields const& trailers : std::vector<Fields>{{{"host", "evil.com"}},
                                                    {{"content-length", "5"}},
                                                    {{":path", "/"}},
                                                    {{"x_y", "1"}},
                                                    {{"transfer-encoding", "chunked"}},
                                                    {{"x", "a\r\nb"}}}) {
    H2Victim victim;
    victim.request(1, wire::post(), End::no);
    victim.send(victim.deflater.request(1, trailers, End::yes));
    EXPECT_EQ(victim.reset(), H2Error::protocol) << trailers[0].first;
    EXPECT_TRUE(victim.server[1].is_closed && victim.server[1].failure) << trailers[0].first;
    EXPECT_FALSE(victim.server[1].is_ended) << trailers[0].first;
  }
  H2Victim victim;
  victim.request(1, wire::post(), End::no);
  victim.send(victim.deflater.request(1, {{"x-sum", "1"}}, End::no));
  EXPECT_EQ(victim.reset(), H2Error::protocol) << "trailers must end the stream";
}

TEST(H2Request, BodyOfARefusedRequestIsSwallowed) {
  H2Victim victim;
  victim.request(1, with(wire::post(), ":path", "/a#b"), End::no);
  EXPECT_EQ(victim.server[1].rejected.status, 400);
  EXPECT_TRUE(victim.server[1].is_closed);
  EXPECT_TRUE(victim.send(wire::frame(wire::data, wire::end_stream, 1, "late")));
  EXPECT_TRUE(victim.server[1].body.empty());
}

}  // namespace
}  // namespace tidegate::http
