#include "routing/matcher.h"

#include <gtest/gtest.h>

#include "tests/routing/support.h"

namespace tidegate::routing {
namespace {

using test::exact;
using test::prefix;
using test::presence;
using test::regex;
using test::Request;
using Match = config::istio::HttpMatch;

bool matches(Match const& match, Request const& request) {
  config::Diagnostics diagnostics;
  Matcher const matcher(match, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors());
  return matcher.matches(request.head());
}

TEST(Matcher, WithoutConditionsMatchesEverything) {
  EXPECT_TRUE(matches({}, {.path = "/"}));
  EXPECT_TRUE(matches({}, {.path = "*", .method = "OPTIONS"}));
  EXPECT_TRUE(Matcher{}.is_catch_all());
}

TEST(Matcher, UriExactPrefixAndRegex) {
  struct Case {
    config::StringMatch uri;
    std::string_view path;
    bool expected;
  };
  for (Case const& c : {Case{exact("/a"), "/a", true},
                        {exact("/a"), "/a/", false},
                        {exact("/a"), "/A", false},
                        // Istio's prefix knows no segments.
                        {prefix("/api"), "/apix", true},
                        {prefix("/api"), "/api/v1", true},
                        {prefix("/api/"), "/api", false},
                        {prefix("/API"), "/api", false},
                        {prefix(""), "/x", true},
                        // A regex matches the whole path.
                        {regex("/v[0-9]+"), "/v12", true},
                        {regex("/v[0-9]+"), "/v12/x", false},
                        {regex("v1"), "/v1", false},
                        {regex(".*"), "/any/thing", true}}) {
    Match match;
    match.uri = c.uri;
    EXPECT_EQ(matches(match, {.path = c.path}), c.expected) << c.uri.value << " " << c.path;
  }
}

TEST(Matcher, IgnoreUriCaseHoldsForExactAndPrefixOnly) {
  struct Case {
    config::StringMatch uri;
    std::string_view path;
    bool expected;
  };
  for (Case const& c : {Case{exact("/Abc"), "/aBC", true},
                        {exact("/Abc"), "/abcd", false},
                        {prefix("/Abc"), "/ABCD", true},
                        {prefix("/Abc"), "/ab", false},
                        {regex("/abc"), "/ABC", false},
                        {regex("/abc"), "/abc", true}}) {
    Match match;
    match.uri = c.uri;
    match.ignore_uri_case = true;
    EXPECT_EQ(matches(match, {.path = c.path}), c.expected) << c.uri.value << " " << c.path;
  }
}

TEST(Matcher, MethodAndAuthorityAreCaseSensitiveAndAuthorityHasItsPort) {
  Match match;
  match.method = exact("GET");
  EXPECT_TRUE(matches(match, {.method = "GET"}));
  EXPECT_FALSE(matches(match, {.method = "get"}));
  EXPECT_FALSE(matches(match, {.method = "HEAD"}));
  match = {};
  match.authority = exact("a.test:8080");
  EXPECT_TRUE(matches(match, {.authority = "a.test:8080"}));
  EXPECT_FALSE(matches(match, {.authority = "a.test"}));
  EXPECT_FALSE(matches(match, {.authority = "A.test:8080"}));
}

TEST(Matcher, EveryConditionMustHold) {
  Match match;
  match.uri = prefix("/a");
  match.method = exact("POST");
  match.headers = {{"X-Canary", exact("yes")}};
  match.query_params = {{"v", exact("2")}};
  Request const good{"/a", "POST", "v=2", "a.test", {{"x-canary", "yes"}}};
  EXPECT_TRUE(matches(match, good));
  Request bad = good;
  bad.path = "/b";
  EXPECT_FALSE(matches(match, bad));
  bad = good;
  bad.method = "GET";
  EXPECT_FALSE(matches(match, bad));
  bad = good;
  bad.headers.clear();
  EXPECT_FALSE(matches(match, bad));
  bad = good;
  bad.query = "v=3";
  EXPECT_FALSE(matches(match, bad));
}

TEST(Matcher, HeadersByKindOnCommaJoinedValues) {
  using Headers = std::vector<std::pair<std::string_view, std::string_view>>;
  struct Case {
    config::StringMatch expected_value;
    Headers headers;
    bool expected;
  };
  for (Case const& c : {Case{presence(), {{"X-H", ""}}, true},
                        {presence(), {}, false},
                        {exact("v"), {{"x-h", "v"}}, true},
                        {exact("v"), {{"X-H", "V"}}, false},
                        {exact("v"), {}, false},
                        {exact(""), {{"x-h", ""}}, true},
                        {exact(""), {}, false},
                        {exact("a,b"), {{"x-h", "a"}, {"other", "z"}, {"X-H", "b"}}, true},
                        {exact("a"), {{"x-h", "a"}, {"x-h", "b"}}, false},
                        {exact("a,b,c"), {{"x-h", "a"}, {"x-h", "b"}, {"x-h", "c"}}, true},
                        {exact(",b"), {{"x-h", ""}, {"x-h", "b"}}, true},
                        {prefix("a,"), {{"x-h", "a"}, {"x-h", "b"}}, true},
                        {regex("a.b"), {{"x-h", "a"}, {"x-h", "b"}}, true},
                        {regex("a"), {{"x-h", "ab"}}, false}}) {
    Match match;
    match.headers = {{"X-h", c.expected_value}};
    EXPECT_EQ(matches(match, {.headers = c.headers}), c.expected) << c.expected_value.value;
  }
}

TEST(Matcher, CookiesAreJoinedAsCookies) {
  Match match;
  match.headers = {{"cookie", exact("a=1; b=2")}};
  EXPECT_TRUE(matches(match, {.headers = {{"Cookie", "a=1"}, {"Cookie", "b=2"}}}));
}

TEST(Matcher, PseudoHeadersAreLegalNames) {
  Match match;
  match.headers = {{":method", exact("PUT")},
                   {":path", exact("/x")},
                   {":authority", exact("a.test:1")},
                   {":scheme", exact("http")},
                   {"Host", prefix("a.test")}};
  EXPECT_TRUE(matches(match, {.path = "/x", .method = "PUT", .authority = "a.test:1"}));
  EXPECT_FALSE(matches(match, {.path = "/y", .method = "PUT", .authority = "a.test:1"}));
  EXPECT_FALSE(matches(match, {.path = "/x", .method = "PUT", .authority = "b.test"}));
}

TEST(Matcher, WithoutHeadersTreatsMissingAsEmpty) {
  using Headers = std::vector<std::pair<std::string_view, std::string_view>>;
  struct Case {
    config::StringMatch unwanted;
    Headers headers;
    bool expected;
  };
  for (Case const& c : {Case{presence(), {}, true},
                        {presence(), {{"x-h", ""}}, false},
                        {exact("v"), {}, true},
                        {exact("v"), {{"x-h", "w"}}, true},
                        {exact("v"), {{"x-h", "v"}}, false},
                        {exact(""), {}, false},
                        {prefix("v"), {{"x-h", "vw"}}, false},
                        {regex("v+"), {}, true},
                        {regex(".*"), {}, false},
                        {regex("v+"), {{"x-h", "vvv"}}, false}}) {
    Match match;
    match.without_headers = {{"X-H", c.unwanted}};
    EXPECT_EQ(matches(match, {.headers = c.headers}), c.expected)
        << c.unwanted.value << " " << c.headers.size();
  }
}

TEST(Matcher, QueryParametersByKindFirstOccurrenceCounts) {
  struct Case {
    config::StringMatch expected_value;
    std::string_view query;
    bool expected;
  };
  for (Case const& c : {Case{exact("1"), "k=1", true},
                        {exact("1"), "a=2&k=1&b", true},
                        {exact("1"), "k=2&k=1", false},
                        {exact("2"), "k=2&k=1", true},
                        {exact("1"), "K=1", false},
                        {exact("1"), "kk=1", false},
                        {exact("1"), "", false},
                        {exact(""), "k", true},
                        {exact(""), "k=", true},
                        {exact(""), "k=x", false},
                        {exact(""), "", false},
                        {exact("a=b"), "k=a=b", true},
                        {exact("1"), "&&k=1", true},
                        {presence(), "k", true},
                        {presence(), "x&k=9", true},
                        {presence(), "x", false},
                        {prefix("ab"), "k=abc", true},
                        {regex("[0-9]+"), "k=12", true},
                        {regex("[0-9]+"), "k=12a", false},
                        {exact("a b"), "k=a%20b", false}}) {
    Match match;
    match.query_params = {{"k", c.expected_value}};
    EXPECT_EQ(matches(match, {.query = c.query}), c.expected)
        << c.expected_value.value << " " << c.query;
  }
}

TEST(Matcher, CatchAllIsRootPrefixOrAnyRegexAlone) {
  struct Case {
    config::StringMatch uri;
    bool expected;
  };
  for (Case const& c : {Case{prefix("/"), true},
                        {prefix(""), true},
                        {regex(".*"), true},
                        {regex("/.*"), false},
                        {exact("/"), false},
                        {prefix("/a"), false}}) {
    config::Diagnostics diagnostics;
    Match match;
    match.uri = c.uri;
    EXPECT_EQ(Matcher(match, diagnostics).is_catch_all(), c.expected) << c.uri.value;
    match.method = exact("GET");
    EXPECT_FALSE(Matcher(match, diagnostics).is_catch_all());
    match.method.reset();
    match.without_headers = {{"a", presence()}};
    EXPECT_FALSE(Matcher(match, diagnostics).is_catch_all());
  }
}

TEST(Matcher, RegexThatDoesNotCompileIsReportedAtItsPlaceAndMatchesNothing) {
  struct Case {
    std::string regex, words;
  };
  for (Case const& c : {Case{"/a(", "missing"}, Case{"*", "repetition"}, Case{"(?=x)", "does not"},
                        Case{"(((a{100}){100}){100})", "regular expression"}}) {
    test::Compiled found;
    Match match;
    match.uri = test::text(config::StringMatch::Kind::regex, c.regex, "spec.http[0].match[0].uri");
    Matcher const matcher(match, found.diagnostics);
    EXPECT_EQ(found.count(config::Severity::error, "spec.http[0].match[0].uri", c.words), 1)
        << c.regex << ": " << found.all();
    EXPECT_EQ(found.diagnostics.all().front().where.line, 7);
    EXPECT_FALSE(matcher.matches(Request{}.head()));
  }
}

TEST(Matcher, HostileRegexInputIsMatchedInLinearTime) {
  Match match;
  match.headers = {{"x", regex("(a+)+b")}};
  std::string const long_value(50'000, 'a');
  EXPECT_FALSE(matches(match, {.headers = {{"x", long_value}}}));
}

}  // namespace
}  // namespace tidegate::routing
