#include <gtest/gtest.h>

#include "tests/http/h2_peer.h"

// A client session and an origin that is written by hand: one that lies must not be believed.
namespace tidegate::http {
namespace {

using wire::Fields;
using wire::frame;

struct Origin {
  explicit Origin(H2Limits const& limits = {}) : client(H2Session::Role::client, limits) {
    send(frame(wire::settings, 0, 0, {}) + frame(wire::settings, wire::ack, 0, {}));
  }

  bool send(std::string_view bytes) {
    bool const alive = client.session.receive(bytes, {});
    while (client.session.produce(output, 64 * 1024)) {
    }
    return alive && !client.session.is_over();
  }
  StreamId ask(std::string_view method, End end = End::yes) {
    RequestHead head;
    head.method = method;
    head.target = "/";
    head.scheme = "https";
    head.authority = "example.com";
    auto const id = client.session.request(head, end);
    send({});
    return id;
  }
  bool answer(StreamId id, Fields const& fields, End end) {
    return send(deflater.request(id, fields, end));
  }

  wire::Deflater deflater;
  H2Peer client;
  std::string output;
};

TEST(H2Origin, MalformedHeadsAreFailuresOfTheOriginAndOfOneStream) {
  Fields many{{":status", "200"}};
  for (int i = 0; i < 101; ++i) many.emplace_back("x-" + std::to_string(i), "v");
  for (Fields const& head :
       std::vector<Fields>{{{"x", "no status"}},
                           {{":status", "99"}},
                           {{":status", "1000"}},
                           {{":status", "abc"}},
                           {{":status", "101"}},
                           {{":status", "200"}, {":path", "/"}},
                           {{":status", "200"}, {"x", "a\r\nb"}},
                           {{":status", "200"}, {"X", "a"}},
                           {{":status", "200"}, {"connection", "close"}},
                           {{":status", "200"}, {"content-length", "x"}},
                           {{":status", "200"}, {"content-length", "5"}},
                           {{":status", "200"}, {"x", std::string(62000, '!')}},
                           many}) {
    Origin origin;
    auto const neighbour = origin.ask("GET");
    auto const id = origin.ask("GET");
    auto const block = origin.deflater.block(head);
    std::string bytes;
    for (std::size_t at = 0; at < block.size(); at += 16384) {
      auto const flags =
          (at == 0 ? wire::end_stream : 0) | (at + 16384 >= block.size() ? wire::end_headers : 0);
      bytes += frame(at == 0 ? wire::headers : wire::continuation, static_cast<std::uint8_t>(flags),
                     id, block.substr(at, 16384));
    }
    EXPECT_TRUE(origin.send(bytes)) << head.back().first;
    auto const& stream = origin.client[id];
    EXPECT_EQ(stream.heads, 0) << head.back().first;
    ASSERT_TRUE(stream.is_closed && stream.failure) << head.back().first;
    EXPECT_EQ(stream.failure->kind, Failure::Kind::protocol) << head.back().first;
    EXPECT_EQ(stream.failure->side, Failure::Side::upstream);
    EXPECT_FALSE(stream.failure->sent_nothing);
    EXPECT_TRUE(origin.answer(neighbour, {{":status", "204"}}, End::yes));
    EXPECT_FALSE(origin.client[neighbour].failure) << head.back().first;
  }
}

TEST(H2Origin, BodyThatIsNotAsLongAsPromisedFailsAfterTheHead) {
  for (auto const* body : {"1234", "123456"}) {
    Origin origin;
    auto const id = origin.ask("GET");
    origin.answer(id, {{":status", "200"}, {"content-length", "5"}}, End::no);
    origin.send(frame(wire::data, wire::end_stream, id, body));
    EXPECT_FALSE(origin.client[id].is_ended);
    ASSERT_TRUE(origin.client[id].failure);
    EXPECT_TRUE(origin.client[id].failure->response_started);
  }
}

TEST(H2Origin, BodyWithoutHeadAndBodyOfAHeadRequestAreRefused) {
  Origin first;
  auto const id = first.ask("GET");
  first.send(frame(wire::data, wire::end_stream, id, "x"));
  ASSERT_TRUE(first.client[id].failure);
  EXPECT_TRUE(first.client[id].body.empty());

  Origin second;
  auto const head = second.ask("HEAD");
  second.answer(head, {{":status", "200"}, {"content-length", "5"}}, End::no);
  second.send(frame(wire::data, wire::end_stream, head, "12345"));
  EXPECT_TRUE(second.client[head].body.empty());
  EXPECT_TRUE(second.client[head].failure);
}

TEST(H2Origin, InterimHeadsWithoutEndAreCutShort) {
  Origin origin;
  auto const id = origin.ask("GET");
  for (int i = 0; i < 17; ++i) origin.answer(id, {{":status", "103"}}, End::no);
  EXPECT_EQ(origin.client[id].interim.size(), 16U);
  EXPECT_EQ(origin.client[id].failure->kind, Failure::Kind::protocol);
}

TEST(H2Origin, AnswerBeforeTheRequestsEndIsAnAnswer) {
  Origin origin;
  auto const id = origin.ask("POST", End::no);
  origin.answer(id, {{":status", "413"}}, End::yes);
  EXPECT_TRUE(origin.client[id].is_ended);
  EXPECT_FALSE(origin.client[id].is_closed);
  origin.send(wire::reset(id, H2Error::none));
  EXPECT_TRUE(origin.client[id].is_closed);
  EXPECT_FALSE(origin.client[id].failure);
}

TEST(H2Origin, AnswersNobodyAskedForEndTheConnection) {
  Origin idle;
  EXPECT_FALSE(idle.answer(7, {{":status", "200"}}, End::yes));
  Origin push;
  auto const id = push.ask("GET");
  EXPECT_FALSE(push.send(frame(wire::push_promise, wire::end_headers, id,
                               wire::word(2) + push.deflater.block(wire::get()))));
  EXPECT_EQ(push.client[id].failure->kind, Failure::Kind::protocol);
}

TEST(H2Origin, ItsResetsAreNotCountedAgainstIt) {
  Origin origin;
  for (int i = 0; i < 2000; ++i) {
    auto const id = origin.ask("POST", End::no);
    ASSERT_TRUE(origin.send(wire::reset(id, H2Error::refused_stream))) << i;
    ASSERT_EQ(origin.client[id].failure->kind, Failure::Kind::refused);
  }
}

TEST(H2Origin, FloodsOfAnOriginAreCutToo) {
  Origin origin;
  auto const id = origin.ask("GET");
  int rounds = 0;
  while (rounds < 5000 && origin.send(frame(wire::ping, 0, 0, "12345678"))) ++rounds;
  EXPECT_EQ(rounds, 200);
  EXPECT_EQ(origin.client[id].failure->kind, Failure::Kind::overflow);
  EXPECT_EQ(origin.client[id].failure->side, Failure::Side::upstream);
}

}  // namespace
}  // namespace tidegate::http
