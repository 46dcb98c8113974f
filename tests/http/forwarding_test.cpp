#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "http/forwarding.h"

namespace tidegate::http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr Peer stranger{.address = "203.0.113.7"};
constexpr Peer own_proxy{.address = "10.0.0.1", .is_trusted = true};

template <class Head>
Fields fields_of(Head const& head) {
  Fields fields;
  for (auto const& field : head.headers) fields.emplace_back(field.name, field.value);
  return fields;
}

/// A request on its way through, with everything that its views point to.
struct Passage {
  Passage(Fields sent, Peer const& peer) : sent_(std::move(sent)) {
    for (auto const& [name, value] : sent_) head.headers.add(name, value);
    to_upstream(head, peer, "new-id", arena_);
  }
  [[nodiscard]] std::string value(std::string_view name) const {
    return std::string(head.headers.find(name).value_or("<none>"));
  }
  RequestHead head;

 private:
  Fields sent_;
  Arena arena_;
};

TEST(ToUpstream, RemovesWhatConcernsTheConnection) {
  Passage const passage({{"Host", "a"},
                         {"Connection", "keep-alive, X-Custom"},
                         {"connection", "x-other"},
                         {"Keep-Alive", "timeout=5"},
                         {"Proxy-Connection", "keep-alive"},
                         {"Upgrade", "h2c"},
                         {"HTTP2-Settings", "AAMAAABk"},
                         {"Transfer-Encoding", "chunked"},
                         {"TE", "gzip"},
                         {"x-custom", "1"},
                         {"X-OTHER", "2"},
                         {"Trailer", "Digest"},
                         {"Expect", "100-continue"}},
                        own_proxy);
  EXPECT_EQ(fields_of(passage.head), (Fields{{"Host", "a"},
                                             {"Trailer", "Digest"},
                                             {"Expect", "100-continue"},
                                             {"x-forwarded-for", "10.0.0.1"},
                                             {"x-forwarded-proto", "http"},
                                             {"x-request-id", "new-id"}}));
}

TEST(ToUpstream, NoConnectionOptionTakesHostOrLengthAway) {
  Passage const passage(
      {{"Host", "a"}, {"Content-Length", "5"}, {"Connection", "host, content-length"}}, stranger);
  EXPECT_EQ(passage.value("host"), "a");
  EXPECT_EQ(passage.value("content-length"), "5");
}

TEST(ToUpstream, SaysWhichCertificateThePeerShowedAndNothingElse) {
  for (bool const is_trusted : {false, true}) {
    Peer const peer{.address = "203.0.113.7",
                    .is_trusted = is_trusted,
                    .is_tls = true,
                    .client_certificate = "Hash=aa"};
    Passage const passage({{"X-Forwarded-Client-Cert", "Hash=1"}, {"Connection", "x-other"}}, peer);
    EXPECT_EQ(passage.head.headers.count(FieldId::x_forwarded_client_cert), 1U);
    EXPECT_EQ(passage.value("x-forwarded-client-cert"), "Hash=aa");
  }
  EXPECT_EQ(
      Passage({{"X-Forwarded-Client-Cert", "Hash=1"}}, stranger).value("x-forwarded-client-cert"),
      "<none>");
}

TEST(ToUpstream, KeepsTrailersOfTE) {
  EXPECT_EQ(Passage({{"TE", "gzip, Trailers"}, {"Connection", "TE"}}, stranger).value("te"),
            "trailers");
  EXPECT_EQ(Passage({{"TE", "gzip"}, {"TE", "trailers"}}, stranger).head.headers.count(FieldId::te),
            1U);
  EXPECT_EQ(Passage({{"TE", "trailersx"}}, stranger).value("te"), "<none>");
}

TEST(ToUpstream, AppendsThePeerToXForwardedFor) {
  auto const appended = [](Fields fields) {
    return Passage(std::move(fields), stranger).value("x-forwarded-for");
  };
  EXPECT_EQ(appended({}), "203.0.113.7");
  EXPECT_EQ(appended({{"X-Forwarded-For", ""}}), "203.0.113.7");
  EXPECT_EQ(appended({{"X-Forwarded-For", "1.1.1.1"}}), "1.1.1.1, 203.0.113.7");
  EXPECT_EQ(appended({{"X-Forwarded-For", "1.1.1.1"}, {"A", "b"}, {"x-forwarded-for", "2.2.2.2"}}),
            "1.1.1.1, 2.2.2.2, 203.0.113.7");
}

TEST(ToUpstream, NominatingItDoesNotHideThePeer) {
  Passage const passage({{"Connection", "x-forwarded-for"}, {"X-Forwarded-For", "1.1.1.1"}},
                        stranger);
  EXPECT_EQ(passage.value("x-forwarded-for"), "1.1.1.1, 203.0.113.7");
}

TEST(ToUpstream, BelievesTheSchemeOfOwnProxiesOnly) {
  auto const scheme = [](std::string const& said, Peer const& peer) {
    Passage const passage({{"X-Forwarded-Proto", said}}, peer);
    EXPECT_EQ(passage.head.scheme, passage.value("x-forwarded-proto"));
    EXPECT_EQ(passage.head.headers.count(FieldId::x_forwarded_proto), 1U);
    return std::string(passage.head.scheme);
  };
  Peer const stranger_by_tls{.address = "203.0.113.7", .is_tls = true};
  EXPECT_EQ(scheme("https", stranger), "http");
  EXPECT_EQ(scheme("http", stranger_by_tls), "https");
  EXPECT_EQ(scheme("HTTPS", own_proxy), "https");
  EXPECT_EQ(scheme("gopher", own_proxy), "http");
}

TEST(ToUpstream, StrangersClaimNothing) {
  Fields const claims{{"x-envoy-retry-on", "5xx"},
                      {"X-Envoy-External-Address", "1.1.1.1"},
                      {"X-Forwarded-Client-Cert", "Hash=1"},
                      {"Forwarded", "for=1.1.1.1"},
                      {"X-Request-Id", "theirs"},
                      {"X-Forwarded-Host", "b"}};
  EXPECT_EQ(fields_of(Passage(claims, stranger).head),
            (Fields{{"X-Forwarded-Host", "b"},
                    {"x-forwarded-for", "203.0.113.7"},
                    {"x-forwarded-proto", "http"},
                    {"x-request-id", "new-id"},
                    {"x-envoy-external-address", "203.0.113.7"}}));
}

TEST(ToUpstream, OwnProxiesMaySayMore) {
  Passage const passage({{"x-envoy-retry-on", "5xx"},
                         {"X-Envoy-External-Address", "1.1.1.1"},
                         {"X-Forwarded-Client-Cert", "Hash=1"},
                         {"Forwarded", "for=1.1.1.1"},
                         {"X-Request-Id", "theirs"}},
                        own_proxy);
  EXPECT_EQ(passage.value("x-request-id"), "theirs");
  EXPECT_EQ(passage.value("x-envoy-external-address"), "1.1.1.1");
  EXPECT_EQ(passage.value("x-envoy-retry-on"), "5xx");
  EXPECT_EQ(passage.value("x-forwarded-client-cert"), "Hash=1");
  EXPECT_EQ(passage.value("forwarded"), "for=1.1.1.1");
  EXPECT_EQ(Passage({{"X-Request-Id", ""}}, own_proxy).value("x-request-id"), "new-id");
}

TEST(ClientOf, IsTheNearestAddressThatIsNoProxyOfOurs) {
  TrustedProxies proxies;
  ASSERT_TRUE(proxies.add("10.0.0.0/8"));
  struct Case {
    std::string_view forwarded_for, client;
  };
  for (auto const& c : {Case{"192.0.2.1, 10.0.0.1", "192.0.2.1"},
                        Case{"192.0.2.1,10.0.0.2 , 10.0.0.1", "192.0.2.1"},
                        Case{"203.0.113.1, 192.0.2.1, 10.0.0.1", "192.0.2.1"},
                        Case{"10.0.0.1", "10.0.0.1"}, Case{"10.0.0.3, 10.0.0.1", "10.0.0.3"},
                        Case{"unknown, 10.0.0.1", "10.0.0.1"}, Case{"", "10.0.0.1"}}) {
    Headers headers;
    if (!c.forwarded_for.empty()) headers.add("x-forwarded-for", c.forwarded_for);
    EXPECT_EQ(client_of(headers, proxies, "10.0.0.1"), c.client) << c.forwarded_for;
  }
}

TEST(ToDownstream, HidesTheOriginsConnectionAndServer) {
  Arena arena;
  ResponseHead head;
  head.headers.add("Server", "nginx");
  head.headers.add("Connection", "close, x-a");
  head.headers.add("Keep-Alive", "timeout=5");
  head.headers.add("X-A", "1");
  head.headers.add("Upgrade", "h2c");
  head.headers.add("Transfer-Encoding", "chunked");
  head.headers.add("Content-Length", "5");
  to_downstream(head, arena, "now");
  EXPECT_EQ(fields_of(head),
            (Fields{{"Content-Length", "5"}, {"server", "tidegate"}, {"date", "now"}}));
}

TEST(ToDownstream, NoConnectionOptionTakesTheLengthAway) {
  Arena arena;
  ResponseHead head;
  head.headers.add("Connection", "content-length");
  head.headers.add("Content-Length", "5");
  to_downstream(head, arena, "now");
  EXPECT_EQ(head.headers.find("content-length"), "5");
}

TEST(ToDownstream, KeepsTheOriginsDate) {
  Arena arena;
  ResponseHead head;
  head.headers.add("Date", "then");
  to_downstream(head, arena, "now");
  EXPECT_EQ(fields_of(head), (Fields{{"Date", "then"}, {"server", "tidegate"}}));
}

TEST(TrustedProxies, ContainsItsNetworksOnly) {
  TrustedProxies proxies;
  EXPECT_FALSE(proxies.contains("10.0.0.1"));
  for (std::string_view cidr : {"10.0.0.9/8", "192.0.2.128/25", "198.51.100.7", "2001:db8::/33"}) {
    ASSERT_TRUE(proxies.add(cidr)) << cidr;
  }
  for (std::string_view inside : {"10.255.0.1", "192.0.2.128", "192.0.2.255", "198.51.100.7",
                                  "2001:db8:7fff::1", "::ffff:10.1.2.3"}) {
    EXPECT_TRUE(proxies.contains(inside)) << inside;
  }
  for (std::string_view outside : {"11.0.0.1", "192.0.2.127", "198.51.100.6", "2001:db8:8000::1",
                                   "::10.1.2.3", "", "10.0.0.1:80", "10.0.0", "unix"}) {
    EXPECT_FALSE(proxies.contains(outside)) << outside;
  }
}

TEST(TrustedProxies, AllOfOneFamilyIsNotTheOther) {
  TrustedProxies v4;
  ASSERT_TRUE(v4.add("0.0.0.0/0"));
  EXPECT_TRUE(v4.contains("203.0.113.7"));
  EXPECT_FALSE(v4.contains("2001:db8::1"));
  TrustedProxies v6;
  ASSERT_TRUE(v6.add("::/0"));
  EXPECT_TRUE(v6.contains("2001:db8::1"));
  EXPECT_FALSE(v6.contains("203.0.113.7"));
}

TEST(TrustedProxies, TakesRawAddresses) {
  TrustedProxies proxies;
  ASSERT_TRUE(proxies.add("10.0.0.0/8"));
  EXPECT_TRUE(proxies.contains(std::vector<std::uint8_t>{10, 1, 2, 3}));
  EXPECT_TRUE(proxies.contains(
      std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3}));
  EXPECT_FALSE(proxies.contains(std::vector<std::uint8_t>{11, 1, 2, 3}));
  EXPECT_FALSE(proxies.contains(std::vector<std::uint8_t>{10, 1, 2}));
}

TEST(TrustedProxies, RefusesWhatIsNoNetwork) {
  TrustedProxies proxies;
  for (std::string_view text :
       {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ",
        "10.0.0.0/8/8", "10.0.0/8", "010.0.0.0/8", "::/129", "::ffff:10.0.0.0/8", "[::1]",
        "a.example", "10.0.0.0/0x8", "10.0.0.0/1000"}) {
    EXPECT_FALSE(proxies.add(text)) << text;
  }
  EXPECT_TRUE(proxies.empty());
}

TEST(RequestId, IsAUuidOfVersion4) {
  Arena arena;
  EXPECT_EQ(make_request_id(0, 0, arena), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(make_request_id(~0ULL, ~0ULL, arena), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  EXPECT_EQ(make_request_id(0x0123456789abcdef, 0xfedcba9876543210, arena),
            "01234567-89ab-4def-bedc-ba9876543210");
}

}  // namespace
}  // namespace tidegate::http
