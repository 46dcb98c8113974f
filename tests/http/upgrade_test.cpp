#include "http/upgrade.h"

#include <gtest/gtest.h>

#include <string>

#include "http/h1_head.h"
#include "http/h1_writer.h"

namespace tidegate::http {
namespace {

std::string requested(std::string_view text) {
  RequestHead head;
  auto const error = parse_request_head(text, {}, Underscores::reject, head);
  EXPECT_EQ(error.status, 0) << text;
  return std::string(requested_upgrade(head));
}

TEST(Upgrade, IsIgnoredWhereItCannotBeMeantOrTrusted) {
  struct Case {
    std::string line;
    std::string fields;
    std::string_view protocol;
  };
  std::string const get = "GET / HTTP/1.1\r\n";
  std::string const post = "POST / HTTP/1.1\r\n";
  std::string const listed = "Connection: Upgrade\r\n";
  Case const cases[] = {
      {get, listed + "Upgrade: websocket\r\n", "websocket"},
      {get, "Connection: keep-alive, upgrade\r\nUpgrade: WebSocket\r\n", "WebSocket"},
      {post, listed + "Upgrade: SPDY/3.1\r\nContent-Length: 0\r\n", "SPDY/3.1"},
      {get, listed, ""},
      {get, "Upgrade: websocket\r\n", ""},
      {get, "Connection: close\r\nUpgrade: websocket\r\n", ""},
      {get, listed + "Upgrade:\r\n", ""},
      {get, listed + "Upgrade: a, b\r\n", ""},
      {get, listed + "Upgrade: a\r\nUpgrade: b\r\n", ""},
      {get, listed + "Upgrade: a/\r\n", ""},
      {get, listed + "Upgrade: a/b/c\r\n", ""},
      {get, listed + "Upgrade: a b\r\n", ""},
      {get, listed + "Upgrade: h2c\r\n", ""},
      {get, listed + "Upgrade: H2C\r\n", ""},
      {post, listed + "Upgrade: websocket\r\n", ""},
      {post, listed + "Upgrade: tcp\r\nContent-Length: 1\r\n", ""},
      {post, listed + "Upgrade: tcp\r\nTransfer-Encoding: chunked\r\n", ""},
      {"GET / HTTP/1.0\r\n", listed + "Upgrade: websocket\r\n", ""},
  };
  for (auto const& [line, fields, protocol] : cases) {
    EXPECT_EQ(requested(line + "Host: a\r\n" + fields + "\r\n"), protocol) << fields;
  }
}

TEST(Upgrade, IsAcceptedOnlyByAnAnswerThatNamesIt) {
  struct Case {
    std::string fields;
    bool changes;
  };
  Case const cases[] = {{"Upgrade: websocket\r\n", true},
                        {"upgrade: WebSocket\r\n", true},
                        {"", false},
                        {"Upgrade: other\r\n", false},
                        {"Upgrade: websocket, other\r\n", false},
                        {"Upgrade: websocket\r\nUpgrade: websocket\r\n", false}};
  for (auto const& [fields, changes] : cases) {
    ResponseHead head;
    auto const text = "HTTP/1.1 101 Yes\r\n" + fields + "\r\n";
    ASSERT_EQ(parse_response_head(text, {}, "GET", head).status, 0);
    EXPECT_EQ(changes_to("websocket", head), changes) << fields;
  }
}

TEST(Upgrade, IsWrittenWithTheOptionThatBelongsToIt) {
  RequestHead request;
  request.method = "GET";
  request.target = "/";
  request.protocol = "websocket";
  request.headers.add("Host", "a");
  std::string out;
  write_request_head(request, out);
  EXPECT_EQ(out, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  out.clear();
  request.headers.add("te", "trailers");
  write_request_head(request, out);
  EXPECT_TRUE(out.ends_with("\r\nConnection: Upgrade, TE\r\n\r\n")) << out;

  ResponseHead response;
  response.status = 101;
  response.headers.add("Upgrade", "websocket");
  response.framing = Framing::until_close();
  out.clear();
  write_response_head(response, Version::http11, Persistence::keep_alive, out);
  EXPECT_EQ(
      out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
}

}  // namespace
}  // namespace tidegate::http
