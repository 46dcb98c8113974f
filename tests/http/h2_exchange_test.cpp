#include <gtest/gtest.h>

#include "tests/http/h2_peer.h"

// A client session against a server session, in memory.
namespace tidegate::http {
namespace {

using Kind = Failure::Kind;
using Side = Failure::Side;

Headers fields(std::initializer_list<std::pair<std::string_view, std::string_view>> list) {
  Headers headers;
  for (auto const& [name, value] : list) headers.add(name, value);
  return headers;
}

TEST(H2Session, RequestWithoutBodyArrivesWhole) {
  H2Link link;
  auto const id = link.ask("GET", "/a?b=c");
  link.run();
  auto const& request = link.server[id].request;
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/a?b=c");
  EXPECT_EQ(request.scheme, "https");
  EXPECT_EQ(request.authority, "example.com");
  EXPECT_EQ(request.headers.find(FieldId::host), "example.com");
  EXPECT_EQ(request.version, Version::http2);
  EXPECT_EQ(request.framing.kind, Framing::Kind::none);
  EXPECT_TRUE(link.server[id].is_ended);
}

TEST(H2Session, AnswerArrivesWholeAndClosesTheStreamOnBothSides) {
  H2Link link;
  auto const id = link.ask("GET", "/");
  link.run();
  link.answer(id, 200, End::no, Framing::of_length(5));
  EXPECT_EQ(link.server.session.write(id, "hello", End::yes), Room::yes);
  link.run();
  auto const& answer = link.client[id];
  EXPECT_EQ(answer.response.status, 200);
  EXPECT_EQ(answer.response.framing.kind, Framing::Kind::length);
  EXPECT_EQ(answer.response.framing.length, 5U);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_TRUE(answer.is_ended && answer.is_closed && link.server[id].is_closed);
  EXPECT_FALSE(answer.failure || link.server[id].failure);
  EXPECT_TRUE(link.client.session.is_idle() && link.server.session.is_idle());
}

TEST(H2Session, HeadOfManyFramesArrivesWhole) {
  H2Limits const wide{.header_bytes = 1024 * 1024};
  H2Link link(wide, wide);
  auto const id = link.ask("GET", "/");
  link.run();
  std::string const large(60'000, 'a');  // the library reads no field beyond 64 KiB
  ResponseHead head;
  head.status = 200;
  head.headers = fields({{"x-a", large}, {"x-b", large}, {"x-c", large}});
  link.server.session.respond(id, head, End::yes);
  link.run();
  ASSERT_TRUE(link.client[id].is_closed);
  EXPECT_EQ(link.client[id].response.headers.find("x-c"), large);
}

TEST(H2Session, BodyOfUnknownLengthIsChunkedUntilItsEnd) {
  H2Link link;
  auto const id = link.ask("POST", "/", End::no, Framing::chunked());
  link.run();
  EXPECT_EQ(link.server[id].request.framing.kind, Framing::Kind::chunked);
  EXPECT_FALSE(link.server[id].is_ended);
  for (auto chunk : {"one ", "two ", "three"}) {
    EXPECT_EQ(link.client.session.write(id, chunk, End::no), Room::yes);
    link.run();
  }
  EXPECT_EQ(link.client.session.write(id, {}, End::yes), Room::yes);
  link.run();
  EXPECT_EQ(link.server[id].body, "one two three");
  EXPECT_TRUE(link.server[id].is_ended);
}

TEST(H2Session, TrailersComeThroughInBothDirectionsWithAndWithoutBody) {
  H2Link link;
  auto const id = link.ask("POST", "/", End::no, Framing::chunked());
  (void)link.client.session.write(id, "x", End::no);
  link.client.session.finish(id, fields({{"X-Sum", "1"}}));
  link.run();
  using List = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(link.server[id].trailers, (List{{"x-sum", "1"}}));
  EXPECT_EQ(link.server[id].body, "x");

  link.answer(id, 200, End::no, Framing::chunked());
  link.server.session.finish(id, fields({{"grpc-status", "0"}, {"grpc-message", ""}}));
  link.run();
  EXPECT_EQ(link.client[id].trailers, (List{{"grpc-status", "0"}, {"grpc-message", ""}}));
  EXPECT_TRUE(link.client[id].is_closed && !link.client[id].failure);
}

TEST(H2Session, EmptyTrailersStillEndTheBody) {
  H2Link link;
  auto const id = link.ask("GET", "/");
  link.run();
  link.answer(id, 200, End::no, Framing::chunked());
  link.server.session.finish(id, {});
  link.run();
  EXPECT_TRUE(link.client[id].is_ended && link.client[id].is_closed);
}

TEST(H2Session, TrailersThatComeTooLateAreDropped) {
  H2Link link;
  auto const id = link.ask("POST", "/", End::no, Framing::chunked());
  link.client.session.finish(id, fields({{"authorization", "x"}, {"range", "y"}, {"x-ok", "z"}}));
  link.run();
  ASSERT_EQ(link.server[id].trailers.size(), 1U);
  EXPECT_EQ(link.server[id].trailers[0].first, "x-ok");
}

TEST(H2Session, InterimAnswersComeBeforeTheAnswer) {
  H2Link link;
  auto const id = link.ask("GET", "/");
  link.run();
  ResponseHead hints;
  hints.status = 103;
  hints.headers.add("link", "</a.css>; rel=preload");
  link.server.session.inform(id, hints);
  link.server.session.inform(id, hints);
  link.run();
  link.answer(id, 204, End::yes);
  link.run();
  EXPECT_EQ(link.client[id].interim, (std::vector<int>{103, 103}));
  EXPECT_EQ(link.client[id].response.status, 204);
  EXPECT_TRUE(link.client[id].is_closed && !link.client[id].failure);
}

TEST(H2Session, HeadAnswerKeepsTheLengthOfTheBodyThatIsNotSent) {
  H2Link link;
  auto const id = link.ask("HEAD", "/");
  link.run();
  ResponseHead head;
  head.status = 200;
  head.headers.add("Content-Length", "1000");
  link.server.session.respond(id, head, End::yes);
  link.run();
  EXPECT_EQ(link.client[id].response.headers.find(FieldId::content_length), "1000");
  EXPECT_EQ(link.client[id].response.framing.kind, Framing::Kind::none);
  EXPECT_TRUE(link.client[id].is_closed && !link.client[id].failure);
}

TEST(H2Session, FieldsAboutOneConnectionAreNotSentAndNamesAreLowerCase) {
  H2Link link;
  RequestHead head;
  head.method = "GET";
  head.target = "/";
  head.scheme = "http";
  head.headers = fields({{"Host", "example.com"},
                         {"Connection", "x"},
                         {"Keep-Alive", "1"},
                         {"Transfer-Encoding", "chunked"},
                         {"Upgrade", "h2c"},
                         {"TE", "trailers, gzip"},
                         {"X-Upper", "Value"}});
  auto const id = link.client.session.request(head, End::yes);
  link.run();
  std::string seen;
  for (Field const& field : link.server[id].request.headers) {
    seen.append(field.name).append("=").append(field.value).append(";");
  }
  EXPECT_EQ(seen, "x-upper=Value;te=trailers;host=example.com;");
}

TEST(H2Session, AnswerBeforeTheRequestsEndStopsTheRequestWithoutAFailure) {
  H2Link link;
  auto const id = link.ask("POST", "/", End::no, Framing::chunked());
  link.run();
  link.answer(id, 413, End::yes, Framing::of_length(0));
  link.run();
  EXPECT_TRUE(link.server[id].is_closed && !link.server[id].failure);
  EXPECT_TRUE(link.client[id].is_closed && !link.client[id].failure);
  EXPECT_EQ(link.client[id].response.status, 413);
}

TEST(H2Session, ResetByTheClientIsAFailureOfTheClient) {
  H2Link link;
  auto const id = link.ask("GET", "/");
  link.run();
  link.client.session.reset(id, H2Error::cancel);
  link.run();
  ASSERT_TRUE(link.server[id].failure && link.client[id].failure);
  EXPECT_EQ(link.server[id].failure->kind, Kind::stream_reset);
  EXPECT_EQ(link.server[id].failure->side, Side::client);
  EXPECT_EQ(link.client[id].failure->kind, Kind::cancelled);
  EXPECT_EQ(link.client[id].failure->side, Side::gateway);
}

TEST(H2Session, ResetByTheServerTellsWhetherTheRequestMayBeSentAgain) {
  struct Case {
    H2Error error;
    Kind kind;
    bool sent_nothing;
  };
  for (auto const& each : {Case{H2Error::refused_stream, Kind::refused, true},
                           Case{H2Error::internal, Kind::stream_reset, false},
                           Case{H2Error::cancel, Kind::stream_reset, false},
                           Case{H2Error::none, Kind::stream_reset, false}}) {
    H2Link link;
    auto const id = link.ask("POST", "/", End::no, Framing::chunked());
    link.run();
    link.server.session.reset(id, each.error);
    link.run();
    ASSERT_TRUE(link.client[id].failure);
    EXPECT_EQ(link.client[id].failure->kind, each.kind);
    EXPECT_EQ(link.client[id].failure->side, Side::upstream);
    EXPECT_EQ(link.client[id].failure->sent_nothing, each.sent_nothing);
    EXPECT_FALSE(link.client[id].failure->response_started);
  }
}

TEST(H2Session, RequestThatWasResetBeforeItLeftIsNeverSent) {
  H2Link link;
  link.run();
  auto const id = link.ask("GET", "/");
  link.client.session.reset(id, H2Error::cancel);
  link.run();
  EXPECT_TRUE(link.client[id].is_closed);
  EXPECT_TRUE(link.client[id].failure->sent_nothing);
  EXPECT_TRUE(link.server.streams.empty());
}

TEST(H2Session, ExtendedConnectNeedsTheServersConsent) {
  H2Link link;
  EXPECT_FALSE(link.client.session.knows_connect_protocol());
  link.run();
  EXPECT_TRUE(link.client.session.knows_connect_protocol());
  auto const id = link.ask("GET", "/chat", End::no, Framing::chunked(), "websocket");
  link.run();
  EXPECT_EQ(link.server[id].request.method, "CONNECT");
  EXPECT_EQ(link.server[id].request.target, "/chat");
  EXPECT_EQ(link.server[id].protocol, "websocket");

  H2Link without({.accepts_connect_protocol = false});
  without.run();
  EXPECT_FALSE(without.client.session.knows_connect_protocol());
  auto const refused = without.ask("GET", "/chat", End::no, Framing::chunked(), "websocket");
  without.run();
  EXPECT_EQ(without.server[refused].heads, 0);
  EXPECT_EQ(without.client[refused].failure->kind, Kind::stream_reset);
}

TEST(H2Session, PingIsAnswered) {
  H2Link link;
  link.run();
  link.client.session.ping();
  link.run();
  EXPECT_EQ(link.client.pongs, 1);
  EXPECT_EQ(link.server.pongs, 0);
  EXPECT_TRUE(link.client.session.is_settled() && link.server.session.is_settled());
}

TEST(H2Session, BytesInPiecesOfAnySizeMeanTheSame) {
  for (std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
    H2Link link;
    auto const id = link.ask("POST", "/", End::no, Framing::chunked());
    (void)link.client.session.write(id, "body", End::no);
    link.client.session.finish(id, fields({{"x-sum", "1"}}));
    std::string bytes;
    while (link.client.session.produce(bytes, 10)) {
    }
    for (std::string_view rest = bytes; !rest.empty();) {
      ASSERT_TRUE(link.server.session.receive(rest.substr(0, piece), link.now));
      rest.remove_prefix(std::min(piece, rest.size()));
    }
    EXPECT_EQ(link.server[id].body, "body");
    EXPECT_TRUE(link.server[id].is_ended);
  }
}

}  // namespace
}  // namespace tidegate::http
