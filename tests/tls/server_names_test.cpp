#include "tls/server_names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tidegate::tls {
namespace {

using Kind = ServerName::Kind;

std::string number(std::size_t value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
}

std::string entry(std::string const& name, char type = 0) {
  return type + number(name.size()) + name;
}

std::string list(std::string const& entries) { return number(entries.size()) + entries; }

ServerName parse(std::string const& extension) {
  return ServerName::parse(
      {reinterpret_cast<unsigned char const*>(extension.data()), extension.size()});
}

TEST(ServerName, IsLowerCasedAndLosesItsFinalDot) {
  auto const name = parse(list(entry("Api.Example.COM.")));
  EXPECT_EQ(name.kind, Kind::host);
  EXPECT_EQ(name.text, "api.example.com");
}

TEST(ServerName, IsAHostOnlyWhenDnsCouldHoldIt) {
  std::string const label63(63, 'a');
  struct {
    std::string text;
    Kind kind;
  } const table[] = {
      {"example.com", Kind::host},
      {"localhost", Kind::host},
      {"_service.example.com", Kind::host},
      {"xn--mnchen-3ya.de", Kind::host},
      {label63 + ".com", Kind::host},
      {"1.2.3.4.in-addr.arpa", Kind::host},
      {label63 + "a.com", Kind::unusable},
      {label63 + "." + label63 + "." + label63 + "." + label63, Kind::unusable},
      {"127.0.0.1", Kind::unusable},
      {"::1", Kind::unusable},
      {"a..b", Kind::unusable},
      {".example.com", Kind::unusable},
      {".", Kind::unusable},
      {"*.example.com", Kind::unusable},
      {"example.com:443", Kind::unusable},
      {"ex ample.com", Kind::unusable},
      {"ex\nample.com", Kind::unusable},
      {"m\xc3\xbcnchen.de", Kind::unusable},
      {std::string("a\0b.com", 7), Kind::malformed},
      {std::string(256, 'a'), Kind::malformed},
      {"", Kind::malformed},
  };
  for (auto const& row : table) EXPECT_EQ(parse(list(entry(row.text))).kind, row.kind) << row.text;
}

TEST(ServerName, WithABrokenStructureIsMalformed) {
  std::string const good = list(entry("example.com"));
  std::vector<std::string> const table = {
      "",
      "\0",
      list(""),
      good.substr(0, good.size() - 1),
      good + "x",
      list(entry("example.com", 1)),
      list(entry("example.com") + entry("example.org")),
      list(std::string(1, '\0') + number(12) + "example.com"),
      list(std::string(1, '\0') + number(10) + "example.com"),
  };
  for (auto const& extension : table)
    EXPECT_EQ(parse(extension).kind, Kind::malformed) << ::testing::PrintToString(extension);
}

class Choice : public ::testing::Test {
 protected:
  void SetUp() override {
    names_.add("foo.com", 1);
    names_.add("*.foo.com", 2);
    names_.add("*.bar.foo.com", 3);
    names_.add("x.bar.foo.com", 4);
    names_.add("foo.com", 5);
  }
  [[nodiscard]] int chosen(std::string const& name) const {
    return static_cast<int>(names_.find(parse(list(entry(name)))).value_or(0));
  }
  ServerNames names_;
};

TEST_F(Choice, IsExactThenTheLongestWildcard) {
  struct {
    char const* name;
    int server;
  } const table[] = {
      {"foo.com", 1},         {"a.foo.com", 2},       {"a.b.foo.com", 2}, {"bar.foo.com", 2},
      {"a.bar.foo.com", 3},   {"a.b.bar.foo.com", 3}, {"FOO.com", 1},     {"x.bar.foo.com", 4},
      {"y.x.bar.foo.com", 3}, {"xfoo.com", 0},        {"foo.com.org", 0}, {"com", 0},
  };
  for (auto const& row : table) EXPECT_EQ(chosen(row.name), row.server) << row.name;
}

TEST_F(Choice, OfWhatIsNoHostNameIsTheStarOnly) {
  EXPECT_EQ(names_.find({}), std::nullopt);
  EXPECT_EQ(chosen("127.0.0.1"), 0);
  names_.add("*", 9);
  EXPECT_EQ(names_.find({}), 9U);
  EXPECT_EQ(chosen("127.0.0.1"), 9);
  EXPECT_EQ(chosen("elsewhere.org"), 9);
  EXPECT_EQ(chosen("a.foo.com"), 2);
  EXPECT_EQ(names_.find(parse("broken")), std::nullopt);
}

}  // namespace
}  // namespace tidegate::tls
