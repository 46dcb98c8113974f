#include <gtest/gtest.h>

#include <string>

#include "http/h1_writer.h"

namespace tidegate::http {
namespace {

std::string response(ResponseHead const& head, Version client = Version::http11,
                     Persistence persistence = Persistence::keep_alive) {
  std::string out;
  write_response_head(head, client, persistence, out);
  return out;
}

ResponseHead answer(int status, Framing framing) {
  ResponseHead head;
  head.status = status;
  head.framing = framing;
  return head;
}

TEST(H1Writer, RequestFramingComesFromTheHeadAlone) {
  RequestHead head;
  head.method = "PUT";
  head.target = "/x?y";
  head.headers.add("Host", "a");
  head.headers.add("Content-Length", "99");
  head.headers.add("transfer-encoding", "gzip");
  head.headers.add("Connection", "x");
  std::string const begin = "PUT /x?y HTTP/1.1\r\nHost: a\r\n";
  auto const written = [&head](Framing framing) {
    std::string out;
    head.framing = framing;
    write_request_head(head, out);
    return out;
  };
  EXPECT_EQ(written(Framing::none()), begin + "\r\n");
  EXPECT_EQ(written(Framing::of_length(0)), begin + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(written(Framing::of_length(INT64_MAX)),
            begin + "Content-Length: 9223372036854775807\r\n\r\n");
  EXPECT_EQ(written(Framing::chunked()), begin + "Transfer-Encoding: chunked\r\n\r\n");
}

TEST(H1Writer, ARequestAlwaysHasAHost) {
  RequestHead head;
  head.method = "GET";
  head.target = "/";
  head.authority = "a:1";
  std::string out = "before ";
  write_request_head(head, out);
  EXPECT_EQ(out, "before GET / HTTP/1.1\r\nHost: a:1\r\n\r\n");
}

TEST(H1Writer, ResponseSaysWhatBecomesOfTheConnection) {
  auto const head = answer(200, Framing::of_length(1));
  std::string const line = "HTTP/1.1 200 OK\r\n";
  std::string const end = "Content-Length: 1\r\n\r\n";
  EXPECT_EQ(response(head), line + end);
  EXPECT_EQ(response(head, Version::http11, Persistence::close),
            line + "Connection: close\r\n" + end);
  EXPECT_EQ(response(head, Version::http10), line + "Connection: keep-alive\r\n" + end);
  EXPECT_EQ(response(head, Version::http10, Persistence::close),
            line + "Connection: close\r\n" + end);
}

TEST(H1Writer, ABodyThatEndsAtCloseClosesWhateverIsAsked) {
  EXPECT_EQ(response(answer(200, Framing::until_close())),
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(response(answer(200, Framing::chunked()), Version::http10),
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(response(answer(200, Framing::chunked())),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(H1Writer, LengthOfABodyThatIsNotSentIsKept) {
  for (int status : {200, 304}) {
    auto head = answer(status, Framing::none());
    head.reason = "x";
    head.headers.add("Content-Length", "5");
    head.headers.add("Transfer-Encoding", "chunked");
    EXPECT_EQ(response(head),
              "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: 5\r\n\r\n");
  }
}

TEST(H1Writer, InterimAnswersAnd204HaveNoFraming) {
  for (int status : {100, 103, 204}) {
    auto head = answer(status, Framing::none());
    head.reason = "x";
    head.headers.add("Content-Length", "5");
    EXPECT_EQ(response(head), "HTTP/1.1 " + std::to_string(status) + " x\r\n\r\n");
  }
  auto head = answer(100, Framing::none());
  EXPECT_EQ(response(head, Version::http11, Persistence::close), "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST(H1Writer, ChunksAreHexadecimal) {
  std::string out;
  write_chunk_header(0xdeadbeef, out);
  EXPECT_EQ(out, "deadbeef\r\n");
}

TEST(H1Writer, LastChunkCarriesTheTrailers) {
  std::string out;
  write_last_chunk(nullptr, out);
  EXPECT_EQ(out, "0\r\n\r\n");
  Headers trailers;
  trailers.add("grpc-status", "0");
  out.clear();
  write_last_chunk(&trailers, out);
  EXPECT_EQ(out, "0\r\ngrpc-status: 0\r\n\r\n");
}

TEST(H1Writer, ReasonIsTheOriginsOrTheUsual) {
  auto head = answer(431, Framing::of_length(0));
  EXPECT_TRUE(response(head).starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
  head.reason = "Enough";
  EXPECT_TRUE(response(head).starts_with("HTTP/1.1 431 Enough\r\n"));
  for (int status : {99, 306, 512, 799}) EXPECT_EQ(reason_phrase(status), "Unknown") << status;
  EXPECT_EQ(reason_phrase(100), "Continue");
  EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
}

Persistence persistence(Version version, std::initializer_list<std::string_view> values) {
  Headers headers;
  for (auto value : values) headers.add("Connection", value);
  return persistence_of(version, headers);
}

TEST(Persistence, FollowsVersionAndConnection) {
  EXPECT_EQ(persistence(Version::http11, {}), Persistence::keep_alive);
  EXPECT_EQ(persistence(Version::http10, {}), Persistence::close);
  EXPECT_EQ(persistence(Version::http11, {"CLOSE"}), Persistence::close);
  EXPECT_EQ(persistence(Version::http10, {"Keep-Alive"}), Persistence::keep_alive);
  EXPECT_EQ(persistence(Version::http11, {"upgrade, ,close"}), Persistence::close);
  EXPECT_EQ(persistence(Version::http11, {"keep-alive", "close"}), Persistence::close);
  EXPECT_EQ(persistence(Version::http10, {"keep-alive, close"}), Persistence::close);
  EXPECT_EQ(persistence(Version::http11, {"closed"}), Persistence::keep_alive);
}

TEST(ChunkFraming, SurroundsEachPieceAndEndsTheBody) {
  struct {
    std::string_view piece;
    End end;
    std::string_view written;
  } const cases[] = {{"abc", End::no, "3\r\nabc\r\n"},
                     {"abc", End::yes, "3\r\nabc\r\n0\r\n\r\n"},
                     {"", End::yes, "0\r\n\r\n"},
                     {"", End::no, ""}};
  for (auto const& each : cases) {
    std::string out;
    auto const tail = frame_chunk(each.piece, each.end, out);
    EXPECT_EQ(out.append(each.piece).append(tail), each.written);
  }
}

}  // namespace
}  // namespace tidegate::http
