#include "config/names.h"

#include <gtest/gtest.h>

namespace tidegate::config {
namespace {

TEST(Names, HostPatternsAreNamesAddressesAndLeadingWildcards) {
  for (std::string_view host : {"*", "*.example.com", "example.com", "fdr-backend", "my_app.local",
                                "10.0.0.1", "2001:db8::1", "a.b.c.", "*.com"}) {
    EXPECT_TRUE(is_host_pattern(host)) << host;
  }
  for (std::string_view host : {"", "*.", "a.*", "*a.com", "a..b", "-a.com", "a-.com",
                                "Example.com", "a.com:80", "a b", "http://a", "*.*.com", ".com"}) {
    EXPECT_FALSE(is_host_pattern(host)) << host;
  }
  EXPECT_FALSE(is_dns_name(std::string(64, 'a')));
  EXPECT_TRUE(is_dns_name(std::string(63, 'a')));
}

TEST(Names, CidrsHaveAPrefixThatFits) {
  for (std::string_view text : {"10.0.0.0/8", "::1", "::/0", "1.2.3.4/32", "2001:db8::/128"}) {
    EXPECT_TRUE(is_cidr(text)) << text;
  }
  for (std::string_view text : {"", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1",
                                "example.com", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(is_cidr(text)) << text;
  }
}

TEST(Names, SocketAddressesNeedAnIpAndAPort) {
  auto const v6 = parse_socket_address("[::1]:9901");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->address, "::1");
  EXPECT_EQ(v6->port, 9901);
  EXPECT_TRUE(parse_socket_address("127.0.0.1:0"));
  for (std::string_view text : {"", "127.0.0.1", ":80", "localhost:80", "::1:80", "[127.0.0.1]:80",
                                "127.0.0.1:65536", "127.0.0.1:", "127.0.0.1:x"}) {
    EXPECT_FALSE(parse_socket_address(text)) << text;
  }
}

TEST(Names, LoopbackIsTheWholeOf127) {
  EXPECT_TRUE(is_loopback("127.0.0.1"));
  EXPECT_TRUE(is_loopback("127.1.2.3"));
  EXPECT_TRUE(is_loopback("::1"));
  EXPECT_FALSE(is_loopback("0.0.0.0"));
  EXPECT_FALSE(is_loopback("::"));
}

TEST(Names, UnixSocketsArePathsFromTheRootOrAbstract) {
  for (std::string_view text : {"unix:///a", "unix://@a"})
    EXPECT_TRUE(is_unix_socket(text)) << text;
  for (std::string_view text : {"", "/a", "unix://", "unix://a", "unix:///", "unix:/a"}) {
    EXPECT_FALSE(is_unix_socket(text)) << text;
  }
  EXPECT_TRUE(is_unix_socket("unix:///" + std::string(106, 'a')));
  EXPECT_FALSE(is_unix_socket("unix:///" + std::string(107, 'a')));
}

TEST(Names, ASubsetMatchesNothingThatThePatternDoesNot) {
  EXPECT_TRUE(is_subset_of("a.com", "a.com"));
  EXPECT_TRUE(is_subset_of("a.com", "*"));
  EXPECT_TRUE(is_subset_of("*", "*"));
  EXPECT_TRUE(is_subset_of("*.x.a.com", "*.a.com"));
  EXPECT_TRUE(is_subset_of("*.a.com", "*.a.com"));
  EXPECT_FALSE(is_subset_of("*.a.com", "*.x.a.com"));
  EXPECT_FALSE(is_subset_of("a.com", "*.a.com"));
  EXPECT_FALSE(is_subset_of("*", "*.a.com"));
  EXPECT_FALSE(is_subset_of("*.a.com", "a.com"));
}

TEST(Names, HeaderNamesAreTokensAndValuesOneLine) {
  EXPECT_TRUE(is_header_name("X-Api_Key.1"));
  for (std::string_view name : {"", ":path", "a b", "a\n", "a:"})
    EXPECT_FALSE(is_header_name(name));
  EXPECT_TRUE(is_header_value("a\tb %REQ(x)% \xc3\xa4"));
  EXPECT_TRUE(is_header_value(""));
  for (char const c : {'\n', '\r', '\0', '\x7f'}) EXPECT_FALSE(is_header_value(std::string(1, c)));
}

TEST(Names, HostsOverlapWhenSomeNameMatchesBoth) {
  EXPECT_TRUE(do_hosts_overlap("*", "a.com"));
  EXPECT_TRUE(do_hosts_overlap("a.com", "a.com"));
  EXPECT_TRUE(do_hosts_overlap("*.a.com", "x.y.a.com"));
  EXPECT_TRUE(do_hosts_overlap("*.x.a.com", "*.a.com"));
  EXPECT_FALSE(do_hosts_overlap("*.a.com", "a.com"));
  EXPECT_FALSE(do_hosts_overlap("*.a.com", "*.b.com"));
  EXPECT_FALSE(do_hosts_overlap("*.a.com", "xa.com"));
}

}  // namespace
}  // namespace tidegate::config
