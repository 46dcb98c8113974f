#include "gateway/grpc_stream.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace tidegate::gateway {
namespace {

using http::End;
using http::GrpcKind;
using http::Room;

/// Both ends of a request: what a client's connection would be, and where the body goes.
struct Client final : http::ServerStream {
  void flow_to(http::BodySink& to) override {
    sink = &to;
    to.fed_by(this);
  }
  void pull() override { ++pulls; }
  void stop(http::Failure) override { is_stopped = true; }
  void inform(http::ResponseHead const&) override {}
  void respond(http::ResponseHead& with, End) override { head = with; }
  Room write(http::Chunk chunk, End end) override {
    got.append(chunk);
    has_ended = end == End::yes;
    return room;
  }
  void finish(http::Headers const& with) override { trailers = with; }
  void fail(http::Failure) override { has_failed = true; }
  void fed_by(http::BodySource* from) override { source = from; }

  http::BodySink* sink = nullptr;
  http::BodySource* source = nullptr;
  http::ResponseHead head;
  std::string got;
  std::optional<http::Headers> trailers;
  Room room = Room::yes;
  int pulls = 0;
  bool is_stopped = false;
  bool has_ended = false;
  bool has_failed = false;
};

struct Origin final : http::BodySink {
  Room write(http::Chunk chunk, End end) override {
    pieces.emplace_back(chunk);
    has_ended = end == End::yes;
    return room;
  }
  void finish(http::Headers const&) override { has_ended = true; }
  void fail(http::Failure) override { has_failed = true; }
  void fed_by(http::BodySource* from) override { source = from; }

  std::vector<std::string> pieces;
  http::BodySource* source = nullptr;
  Room room = Room::yes;
  bool has_ended = false;
  bool has_failed = false;
};

struct Handler final : RequestHandler {
  http::Arena& arena() override { return memory; }
  http::RequestHead& request() override { return head; }
  void start(http::ServerStream&) override {}
  void reject(http::ServerStream&, int, std::string_view) override {}
  void on_request_failure(http::Failure with) override { failure = with; }
  void finished(std::optional<http::Failure>) override {}

  http::Arena memory;
  http::RequestHead head;
  std::optional<http::Failure> failure;
};

struct GrpcStreamTest : testing::Test {
  /// A request with a body of this type, translated and flowing.
  GrpcStream& begin(std::string_view type) {
    handler.head.headers.add("content-type", type);
    handler.head.headers.add("content-length", "100");
    handler.head.headers.add("X-Grpc-Web", "1");
    handler.head.framing = http::Framing::of_length(100);
    auto& made = stream.emplace(client, handler, http::grpc_kind(type));
    if (made.is_web()) made.translate_request();
    made.flow_to(origin);
    return made;
  }

  /// Answers with a head of this type.
  void respond(std::string_view type, End end = End::no) {
    http::ResponseHead head;
    head.status = 200;
    head.headers.add("content-type", type);
    head.headers.add("content-length", "7");
    head.framing = http::Framing::of_length(7);
    stream->respond(head, end);
  }

  std::string_view answer_type() const {
    return client.head.headers.find(http::FieldId::content_type).value_or("");
  }

  Client client;
  Origin origin;
  Handler handler;
  std::optional<GrpcStream> stream;
};

std::string const two_messages("\0\0\0\0\1a\0\0\0\0\0", 11);

TEST_F(GrpcStreamTest, LeavesGrpcAsItIsAndCountsMessages) {
  begin("application/grpc");
  EXPECT_TRUE(handler.head.headers.find("x-grpc-web"));
  EXPECT_EQ(client.sink->write(two_messages, End::yes), Room::yes);
  EXPECT_EQ(origin.pieces, std::vector<std::string>{two_messages});
  EXPECT_TRUE(origin.has_ended);
  respond("application/grpc");
  EXPECT_EQ(answer_type(), "application/grpc");
  EXPECT_EQ(client.head.framing.kind, http::Framing::Kind::length);
  EXPECT_EQ(stream->write(two_messages.substr(6), End::no), Room::yes);
  http::Headers trailers;
  trailers.add("grpc-status", "0");
  stream->finish(trailers);
  EXPECT_TRUE(client.trailers);
  EXPECT_EQ(client.got, two_messages.substr(6));
  EXPECT_EQ(stream->request_messages(), 2U);
  EXPECT_EQ(stream->response_messages(), 1U);
}

TEST_F(GrpcStreamTest, CountsNoMessagesInAnAnswerThatIsNoGrpc) {
  begin("application/grpc");
  respond("text/html");
  EXPECT_EQ(stream->write("<html></html>", End::yes), Room::yes);
  EXPECT_EQ(stream->response_messages(), 0U);
}

TEST_F(GrpcStreamTest, MakesTheHeadOfAWebRequestOneOfGrpc) {
  begin("application/grpc-web+proto");
  auto const& headers = handler.head.headers;
  EXPECT_EQ(headers.find("content-type"), "application/grpc+proto");
  EXPECT_EQ(headers.find("te"), "trailers");
  EXPECT_FALSE(headers.find("x-grpc-web"));
  EXPECT_FALSE(headers.find("content-length"));
  EXPECT_EQ(handler.head.framing.kind, http::Framing::Kind::chunked);
}

TEST_F(GrpcStreamTest, DecodesTextInAnyPieces) {
  begin("application/grpc-web-text");
  for (char const c : std::string("AAAAAAFh"))
    EXPECT_EQ(client.sink->write({&c, 1}, End::no), Room::yes);
  EXPECT_EQ(client.sink->write("AAAAAAA=", End::yes), Room::yes);
  std::string all;
  for (auto const& piece : origin.pieces) all += piece;
  EXPECT_EQ(all, two_messages);
  EXPECT_EQ(origin.pieces.size(), 3U);  // nothing is said where nothing was completed
  EXPECT_TRUE(origin.has_ended);
  EXPECT_EQ(stream->request_messages(), 2U);
}

TEST_F(GrpcStreamTest, FailsARequestWhoseTextIsMalformed) {
  for (std::string_view text : {"AA!A", "AAAA="}) {
    handler.failure.reset();
    handler.head.clear();
    origin.pieces.clear();
    begin("application/grpc-web-text");
    EXPECT_EQ(client.sink->write(text, End::yes), Room::no);
    ASSERT_TRUE(handler.failure) << text;
    EXPECT_EQ(handler.failure->side, http::Failure::Side::client);
    EXPECT_TRUE(origin.pieces.empty());
    EXPECT_FALSE(origin.has_ended);
  }
}

TEST_F(GrpcStreamTest, WritesTrailersAsTheLastPartForTheWeb) {
  begin("application/grpc-web");
  respond("application/grpc");
  EXPECT_EQ(answer_type(), "application/grpc-web+proto");
  EXPECT_EQ(client.head.framing.kind, http::Framing::Kind::chunked);
  EXPECT_FALSE(client.head.headers.find("content-length"));
  EXPECT_EQ(stream->write(two_messages, End::no), Room::yes);
  http::Headers trailers;
  trailers.add("grpc-status", "0");
  stream->finish(trailers);
  EXPECT_FALSE(client.trailers);
  EXPECT_TRUE(client.has_ended);
  EXPECT_EQ(client.got, two_messages + std::string("\x80\0\0\0\x10", 5) + "grpc-status: 0\r\n");
  EXPECT_EQ(stream->response_messages(), 2U);
}

TEST_F(GrpcStreamTest, EncodesEveryPieceForTextAtOnce) {
  begin("application/grpc-web-text");
  respond("application/grpc");
  EXPECT_EQ(answer_type(), "application/grpc-web-text+proto");
  client.room = Room::no;
  EXPECT_EQ(stream->write(two_messages.substr(0, 5), End::no), Room::no);
  EXPECT_EQ(client.got, "AAAAAAE=");
  http::Headers trailers;
  trailers.add("a", "b");
  stream->finish(trailers);
  EXPECT_EQ(client.got, "AAAAAAE=gAAAAAZhOiBiDQo=");
  EXPECT_TRUE(client.has_ended);
}

TEST_F(GrpcStreamTest, KeepsAnAnswerWithoutABodyInItsHead) {
  begin("application/grpc-web");
  respond("application/grpc", End::yes);
  EXPECT_EQ(answer_type(), "application/grpc-web+proto");
  EXPECT_EQ(client.head.framing.kind, http::Framing::Kind::length);
}

TEST_F(GrpcStreamTest, LeavesOtherAnswersToTheWebAlone) {
  begin("application/grpc-web-text");
  respond("text/html");
  EXPECT_EQ(answer_type(), "text/html");
  EXPECT_EQ(stream->write("<html>", End::no), Room::yes);
  stream->finish({});
  EXPECT_EQ(client.got, "<html>");
  EXPECT_TRUE(client.trailers);
}

TEST_F(GrpcStreamTest, PassesBackpressureAndFailuresOn) {
  begin("application/grpc-web-text");
  ASSERT_EQ(origin.source, &*stream);
  origin.room = Room::no;
  EXPECT_EQ(client.sink->write("AAAA", End::no), Room::no);
  origin.source->pull();
  EXPECT_EQ(client.pulls, 1);
  client.sink->fail({});
  EXPECT_TRUE(origin.has_failed);
  stream->fed_by(&client);
  EXPECT_EQ(client.source, &client);
  stream->fail({});
  EXPECT_TRUE(client.has_failed);
  stream->stop({});
  EXPECT_TRUE(client.is_stopped);
  EXPECT_EQ(client.sink->write("AAAA", End::no), Room::no);
  EXPECT_EQ(origin.pieces.size(), 1U);
}

}  // namespace
}  // namespace tidegate::gateway
