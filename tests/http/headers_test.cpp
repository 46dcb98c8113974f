#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "http/arena.h"
#include "http/headers.h"
#include "http/response_flags.h"

namespace tidegate::http {
namespace {

std::vector<std::pair<std::string, FieldId>> known_names() {
  return {{"authorization", FieldId::authorization},
          {"connection", FieldId::connection},
          {"content-length", FieldId::content_length},
          {"content-type", FieldId::content_type},
          {"cookie", FieldId::cookie},
          {"date", FieldId::date},
          {"expect", FieldId::expect},
          {"forwarded", FieldId::forwarded},
          {"grpc-status", FieldId::grpc_status},
          {"host", FieldId::host},
          {"http2-settings", FieldId::http2_settings},
          {"keep-alive", FieldId::keep_alive},
          {"origin", FieldId::origin},
          {"proxy-connection", FieldId::proxy_connection},
          {"server", FieldId::server},
          {"te", FieldId::te},
          {"trailer", FieldId::trailer},
          {"transfer-encoding", FieldId::transfer_encoding},
          {"upgrade", FieldId::upgrade},
          {"user-agent", FieldId::user_agent},
          {"x-envoy-anything", FieldId::x_envoy},
          {"x-forwarded-client-cert", FieldId::x_forwarded_client_cert},
          {"x-forwarded-for", FieldId::x_forwarded_for},
          {"x-forwarded-host", FieldId::x_forwarded_host},
          {"x-forwarded-proto", FieldId::x_forwarded_proto},
          {"x-request-id", FieldId::x_request_id}};
}

TEST(FieldId, IsFoundInAnyCase) {
  for (auto const& [name, id] : known_names()) {
    std::string upper = name;
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(identify(name), id) << name;
    EXPECT_EQ(identify(upper), id) << upper;
  }
}

TEST(FieldId, ANameThatDiffersInOneByteIsAnother) {
  for (auto const& [name, id] : known_names()) {
    std::size_t const end = id == FieldId::x_envoy ? 8 : name.size();
    for (std::size_t i = 0; i < end; ++i) {
      for (int bit : {1, 0x20, 0x80}) {
        std::string other = name;
        other[i] = static_cast<char>(other[i] ^ bit);
        if (iequals(other, name)) continue;
        EXPECT_EQ(identify(other), FieldId::other) << other;
      }
    }
    EXPECT_EQ(identify(name.substr(1)), FieldId::other);
    if (id != FieldId::x_envoy) {
      EXPECT_EQ(identify(name + "s"), FieldId::other);
    }
  }
  EXPECT_EQ(identify(""), FieldId::other);
  EXPECT_EQ(identify("x-envoy-"), FieldId::other);
}

TEST(Iequals, OnlyLettersLoseTheirCase) {
  EXPECT_TRUE(iequals("aZ-9", "Az-9"));
  EXPECT_FALSE(iequals("[", "{"));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_FALSE(iequals("\xc9", "\xe9"));
}

TEST(Headers, SetReplacesTheFirstAndDropsTheOthers) {
  Headers headers;
  headers.add("A", "1");
  headers.add("B", "2");
  headers.add("a", "3");
  headers.set("a", "4");
  ASSERT_EQ(headers.size(), 2U);
  EXPECT_EQ(headers.begin()->name, "A");
  EXPECT_EQ(headers.begin()->value, "4");
  headers.set("C", "5");
  EXPECT_EQ(headers.find("c"), "5");
}

TEST(Headers, RemoveTakesAllOfAName) {
  Headers headers;
  headers.add("Host", "1");
  headers.add("x", "2");
  headers.add("HOST", "3");
  EXPECT_EQ(headers.count(FieldId::host), 2U);
  EXPECT_EQ(headers.find(FieldId::host), "1");
  headers.remove(FieldId::host);
  EXPECT_EQ(headers.find(FieldId::host), std::nullopt);
  headers.remove("X");
  EXPECT_TRUE(headers.empty());
}

TEST(Arena, KeepsViewsValidWhileItGrows) {
  Arena arena;
  auto const first = arena.copy("first");
  auto const large = arena.copy(std::string(100'000, 'x'));
  auto const joined = arena.concat({"a", "", "bc"});
  EXPECT_EQ(first, "first");
  EXPECT_EQ(large.size(), 100'000U);
  EXPECT_EQ(joined, "abc");
}

TEST(Flags, AreWrittenInEnvoysOrder) {
  EXPECT_EQ(to_string({}), "-");
  EXPECT_EQ(to_string(Flag::upstream_retry_limit_exceeded), "URX");
  EXPECT_EQ(to_string(Flags(Flag::delay_injected) | Flag::no_healthy_upstream), "UH,DI");
}

TEST(Flags, EachHasANameOfItsOwn) {
  std::vector<std::string> names;
  for (unsigned bit = 0; bit < 20; ++bit) {
    auto const name = to_string(static_cast<Flag>(1U << bit));
    EXPECT_NE(name, "-") << bit;
    for (auto const& other : names) EXPECT_NE(name, other);
    names.push_back(name);
  }
}

}  // namespace
}  // namespace tidegate::http
