#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/uri.h"

namespace tidegate::http {
namespace {

using Outcome = NormalPath::Outcome;

struct Normalized {
  Outcome outcome;
  std::string target;
  std::string path;
  std::string query;
};

Normalized normalize(std::string_view target, PathRules rules = {}) {
  Arena arena;
  RequestHead head;
  head.target = target;
  auto const outcome = normalize_target(head, rules, arena).outcome;
  return {outcome, std::string(head.target), std::string(head.path), std::string(head.query)};
}

struct Case {
  std::string_view sent;
  std::string_view upstream;
};

std::vector<Case> rewritten() {
  return {
      {"/", "/"},
      {"/a/b", "/a/b"},
      {"/a?", "/a?"},
      {"/a/?b=/../c//d%2e", "/a/?b=/../c//d%2e"},
      {"/a/.", "/a/"},
      {"/a/./b", "/a/b"},
      {"/a/..", "/"},
      {"/a/b/..", "/a/"},
      {"/a/b/../", "/a/"},
      {"/a/b/../../c", "/c"},
      {"/./a", "/a"},
      {"/.", "/"},
      {"/...", "/..."},
      {"/.well-known/x", "/.well-known/x"},
      {"/a/..b/.c/d..", "/a/..b/.c/d.."},
      {"/a/%2e%2E/b", "/b"},
      {"/a/.%2e/b?c", "/b?c"},
      {"/%2e/a", "/a"},
      {"//", "/"},
      {"//a///b//", "/a/b/"},
      {"/a//../b", "/a/b"},
      {"/a\\b", "/a/b"},
      {"/a\\..\\b", "/b"},
      {"/%61%7e%2D%5f", "/a~-_"},
      {"/%c3%a9", "/%C3%A9"},
      {"/%3f%23%20%0a", "/%3F%23%20%0A"},
      {"/%252e%252e/a", "/%252e%252e/a"},
      {"/%25%32%65", "/%252e"},
      {"/a;b/c;d=e", "/a;b/c;d=e"},
      {"/a;..b/x", "/a;..b/x"},
      {"/a%3bb", "/a%3Bb"},
      {"/a;../;../b;..;", "/a;../;../b;..;"},
      {"/\\..\\a", "/a"},
  };
}

TEST(NormalPath, SpellingsBecomeOne) {
  for (auto const& each : rewritten()) {
    auto const result = normalize(each.sent);
    EXPECT_EQ(result.outcome, Outcome::ok) << each.sent;
    EXPECT_EQ(result.target, each.upstream) << each.sent;
  }
}

TEST(NormalPath, TwiceIsOnce) {
  for (auto const& each : rewritten()) {
    auto const once = normalize(each.sent);
    auto const twice = normalize(once.target);
    EXPECT_EQ(twice.outcome, Outcome::ok) << each.sent;
    EXPECT_EQ(twice.target, once.target) << each.sent;
  }
}

TEST(NormalPath, TargetIsPathAndQuery) {
  auto const plain = normalize("/a/b?c?d");
  EXPECT_EQ(plain.path, "/a/b");
  EXPECT_EQ(plain.query, "c?d");
  auto const changed = normalize("/a/./b?c?d");
  EXPECT_EQ(changed.path, "/a/b");
  EXPECT_EQ(changed.query, "c?d");
  EXPECT_EQ(normalize("/a/./b").query, "");
  EXPECT_EQ(normalize("*").path, "*");
}

TEST(NormalPath, APlainTargetIsNotCopied) {
  Arena arena;
  RequestHead head;
  std::string_view const target = "/a/b?c";
  head.target = target;
  ASSERT_EQ(normalize_target(head, {}, arena).outcome, Outcome::ok);
  EXPECT_EQ(head.target.data(), target.data());
  EXPECT_EQ(head.path.data(), target.data());
  EXPECT_EQ(head.query.data(), target.data() + 5);
}

TEST(NormalPath, TricksAreRefused) {
  for (std::string_view target :
       {"/..",   "/../a",        "/a/../../b",   "/%2e%2e", "/.%2e/a", "/..;/a", "/a/..;x=y/b",
        "/.;/a", "/a/%2e%2e;/b", "/..%3b/a",     "/%00",    "/a%00b",  "/%",     "/%2",
        "/%zz",  "/%2x",         "/a%%20",       "",        "a",       "?a",     "http://a/",
        "/a b",  "/a#b",         "/caf\xc3\xa9", "/a?b c",  "/a?b#c",  "/a\x7f"}) {
    EXPECT_EQ(normalize(target).outcome, Outcome::bad) << target;
  }
  EXPECT_EQ(normalize(std::string_view("/a\0b", 4)).outcome, Outcome::bad);
}

TEST(NormalPath, SlashesAreMergedOnlyWhenAsked) {
  PathRules const rules{.merge_slashes = false};
  EXPECT_EQ(normalize("//a///b//", rules).target, "//a///b//");
  EXPECT_EQ(normalize("/a//../b", rules).target, "/a/b");
  EXPECT_EQ(normalize("//..", rules).target, "/");
}

TEST(NormalPath, EscapedSlashesFollowTheirRule) {
  for (std::string_view sent : {"/a%2fb", "/a%2Fb", "/a%5cb", "/a%5Cb"}) {
    auto const with = [sent](Escapes escapes) {
      return normalize(sent, {.escaped_slashes = escapes});
    };
    EXPECT_EQ(with(Escapes::reject).outcome, Outcome::bad);
    EXPECT_EQ(with(Escapes::unescape_and_forward).outcome, Outcome::ok);
    EXPECT_EQ(with(Escapes::unescape_and_forward).target, "/a/b");
    EXPECT_EQ(with(Escapes::unescape_and_redirect).outcome, Outcome::redirect);
    EXPECT_EQ(with(Escapes::unescape_and_redirect).target, "/a/b");
    EXPECT_EQ(with(Escapes::keep).outcome, Outcome::ok);
  }
  EXPECT_EQ(normalize("/a%2fb", {.escaped_slashes = Escapes::keep}).target, "/a%2Fb");
}

TEST(NormalPath, DotsBehindEscapedSlashesAreSeen) {
  PathRules const forward{.escaped_slashes = Escapes::unescape_and_forward};
  EXPECT_EQ(normalize("/a/b%2f..%2fc", forward).target, "/a/c");
  EXPECT_EQ(normalize("/..%2fc", forward).outcome, Outcome::bad);
  PathRules const keep{.escaped_slashes = Escapes::keep};
  for (std::string_view target :
       {"/a/..%2fc", "/a%2f..", "/a/b%5c..%5cc", "/.%2Fa", "/a;%2f..;b"}) {
    EXPECT_EQ(normalize(target, keep).outcome, Outcome::bad) << target;
  }
}

TEST(NormalPath, RedirectsDoNotLeaveTheHost) {
  PathRules const rules{.merge_slashes = false};
  EXPECT_EQ(normalize("/%2fevil.example", rules).outcome, Outcome::bad);
  EXPECT_EQ(normalize("/%5cevil.example", rules).outcome, Outcome::bad);
  auto const merged = normalize("/%2fevil.example");
  EXPECT_EQ(merged.outcome, Outcome::redirect);
  EXPECT_EQ(merged.target, "/evil.example");
}

TEST(NormalPath, QueryKeepsItsEscapedSlashes) {
  EXPECT_EQ(normalize("/a?b=%2f..%5c%00").outcome, Outcome::ok);
  EXPECT_EQ(normalize("/a?b=%2f").target, "/a?b=%2f");
}

}  // namespace
}  // namespace tidegate::http
