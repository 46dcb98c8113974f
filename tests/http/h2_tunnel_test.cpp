#include <gtest/gtest.h>

#include "tests/http/h2_peer.h"

// Extended CONNECT (RFC 8441) once it was accepted.
namespace tidegate::http {
namespace {

struct H2Tunnel : testing::Test {
  H2Tunnel() {
    link.run();
    id = link.ask("GET", "/chat", End::no, Framing::none(), "websocket");
    link.run();
    link.answer(id, 101, End::no, Framing::until_close());
    link.run();
  }

  [[nodiscard]] bool is_closed() { return link.client[id].is_closed && link.server[id].is_closed; }

  H2Link link;
  StreamId id = 0;
};

TEST_F(H2Tunnel, A101GoesOutAs200WithoutALength) {
  EXPECT_EQ(link.server[id].protocol, "websocket");
  EXPECT_EQ(link.client[id].response.status, 200);
  EXPECT_FALSE(link.client[id].response.headers.find(FieldId::content_length));
  EXPECT_FALSE(link.client[id].is_ended);
}

TEST_F(H2Tunnel, TheEndOfTheAnswerDoesNotEndTheRequest) {
  (void)link.server.session.write(id, "over", End::yes);
  link.run();
  EXPECT_TRUE(link.client[id].is_ended);
  EXPECT_FALSE(is_closed());
  (void)link.client.session.write(id, "but listen", End::yes);
  link.run();
  EXPECT_EQ(link.server[id].body, "but listen");
  EXPECT_TRUE(is_closed());
  EXPECT_FALSE(link.client[id].failure || link.server[id].failure);
}

TEST_F(H2Tunnel, IsOverWithTheAnswerOnceNobodyWantsTheRest) {
  link.server.session.end_tunnel(id);
  (void)link.server.session.write(id, {}, End::yes);
  link.run();
  EXPECT_TRUE(is_closed());
  EXPECT_FALSE(link.server[id].failure);
}

TEST_F(H2Tunnel, IsOverWhenNobodyWantsTheRestAfterTheAnswer) {
  (void)link.server.session.write(id, {}, End::yes);
  link.run();
  EXPECT_FALSE(is_closed());
  link.server.session.end_tunnel(id);
  link.run();
  EXPECT_TRUE(is_closed());
  EXPECT_TRUE(link.client[id].is_ended);
  EXPECT_FALSE(link.server[id].failure);
}

TEST_F(H2Tunnel, AStreamThatIsNoneKnowsNoSuchEnd) {
  auto const plain = link.ask("POST", "/", End::no, Framing::chunked());
  link.run();
  link.server.session.end_tunnel(plain);
  link.run();
  EXPECT_FALSE(link.client[plain].is_closed);
}

}  // namespace
}  // namespace tidegate::http
