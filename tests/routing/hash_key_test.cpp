#include "routing/hash_key.h"

#include <gtest/gtest.h>

#include "routing/hash.h"
#include "tests/routing/support.h"

namespace tidegate::routing {
namespace {

using namespace test;
using config::istio::ConsistentHash;
using config::istio::HashCookie;
using std::chrono::milliseconds;
using std::chrono::seconds;

HashKey key(ConsistentHash::Key kind, std::string name = {}) {
  ConsistentHash written;
  written.key = kind;
  written.name = std::move(name);
  return HashKey(written);
}

HashKey cookie(HashCookie written) {
  ConsistentHash hash;
  hash.key = ConsistentHash::Key::cookie;
  hash.cookie = std::move(written);
  return HashKey(hash);
}

HashCookie called(std::string name, std::optional<milliseconds> ttl = std::nullopt) {
  HashCookie made;
  made.name = std::move(name);
  made.ttl = ttl;
  return made;
}

std::optional<std::uint64_t> of(HashKey const& key, Request const& request) {
  return key.of(request.head(), "192.0.2.1");
}

TEST(Hash, IsXxHash64) {
  EXPECT_EQ(hash_of(""), 0xef46db3751d8e999ULL);
  EXPECT_EQ(hash_of("a"), 0xd24ec4f1a98c6e5bULL);
}

TEST(HashKey, AHeaderWhateverItsCase) {
  auto const user = key(ConsistentHash::Key::header, "X-User");
  EXPECT_EQ(of(user, {.headers = {{"x-user", "jane"}}}), hash_of("jane"));
  EXPECT_EQ(of(user, {.headers = {{"x-users", "jane"}}}), std::nullopt);
}

TEST(HashKey, AllFieldsOfAHeaderCount) {
  auto const user = key(ConsistentHash::Key::header, "x-user");
  auto const both = of(user, {.headers = {{"x-user", "a"}, {"x-user", "b"}}});
  EXPECT_NE(both, of(user, {.headers = {{"x-user", "a"}}}));
  EXPECT_NE(both, of(user, {.headers = {{"x-user", "b"}}}));
}

TEST(HashKey, TheClientsAddress) {
  EXPECT_EQ(of(key(ConsistentHash::Key::source_ip), {}), hash_of("192.0.2.1"));
}

TEST(HashKey, AQueryParameterInAnyPlace) {
  auto const user = key(ConsistentHash::Key::query_parameter, "user");
  EXPECT_EQ(of(user, {.query = "user=jane"}), hash_of("jane"));
  EXPECT_EQ(of(user, {.query = "a=1&user=jane&user=joe&b"}), hash_of("jane"));
  EXPECT_EQ(of(user, {.query = "user="}), hash_of(""));
  EXPECT_EQ(of(user, {.query = "users=jane&xuser=joe"}), std::nullopt);
  EXPECT_EQ(of(user, {}), std::nullopt);
}

TEST(HashKey, ACookieAmongOthers) {
  auto const session = cookie(called("session"));
  for (auto const* field : {"session=abc", "a=1; session=abc; b=2", "a=1;session=\"abc\"",
                            " session = abc ; session=def"}) {
    EXPECT_EQ(of(session, {.headers = {{"cookie", field}}}), hash_of("abc")) << field;
  }
  EXPECT_EQ(of(session, {.headers = {{"cookie", "a=1"}, {"cookie", "session=abc"}}}),
            hash_of("abc"))
      << "HTTP/2 clients split the field";
  EXPECT_EQ(of(session, {.headers = {{"cookie", "xsession=abc; Session=abc"}}}), std::nullopt);
}

TEST(HashKey, ACookieIsMadeOnlyWhereItsLifeIsGiven) {
  EXPECT_FALSE(cookie(called("session")).makes_cookies());
  EXPECT_TRUE(cookie(called("session", milliseconds(0))).makes_cookies());
  EXPECT_FALSE(key(ConsistentHash::Key::header, "x-user").makes_cookies());
}

TEST(HashKey, AMadeCookieLeadsWhereItsNextRequestWillLead) {
  auto const session = cookie(called("session", milliseconds(0)));
  http::Arena arena;
  auto const made = session.make_cookie("192.0.2.1:5000", "192.0.2.9:443", arena);
  auto const sent = made.field.substr(0, made.field.find(';'));
  EXPECT_EQ(of(session, {.headers = {{"cookie", sent}}}), made.hash);
  EXPECT_NE(session.make_cookie("192.0.2.1:5001", "192.0.2.9:443", arena).hash, made.hash);
}

TEST(HashKey, ACookiesAttributes) {
  auto const attributes = [](HashCookie const& written) {
    http::Arena arena;
    auto const field = cookie(written).make_cookie("a", "b", arena).field;
    EXPECT_TRUE(field.starts_with("s=\"")) << field;
    return std::string(field.substr(field.find(';')));
  };
  auto written = called("s", seconds(0));
  EXPECT_EQ(attributes(written), "; HttpOnly");
  written.attributes = {{"SameSite", "Lax"}, {"Secure", ""}};
  EXPECT_EQ(attributes(written), "; HttpOnly; SameSite=Lax; Secure");
  written = called("s", seconds(90));
  written.path = "/p";
  EXPECT_EQ(attributes(written), "; Max-Age=90; Path=/p; HttpOnly");
}

}  // namespace
}  // namespace tidegate::routing
