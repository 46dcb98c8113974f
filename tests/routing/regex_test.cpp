#include "routing/regex.h"

#include <gtest/gtest.h>

namespace tidegate::routing {
namespace {

std::shared_ptr<Regex const> regex(std::string const& text) {
  std::string error;
  auto result = Regex::shared(text, error);
  EXPECT_EQ(error, "") << text;
  return result;
}

TEST(Regex, LiteralPrefixIsWhatEveryMatchBeginsWith) {
  struct Case {
    std::string text, prefix;
  };
  for (Case const& c : {Case{"/api/v[0-9]+", "/api/v"},
                        {"/api", "/api"},
                        {"/api/.*", "/api/"},
                        {"/ab*", "/a"},
                        {"/ab?c", "/a"},
                        {"/ab{2}", "/a"},
                        {"/ab+", "/ab"},
                        {"/a\\.b", "/a"},
                        {".*", ""},
                        {"", ""}}) {
    EXPECT_EQ(regex(c.text)->literal_prefix(), c.prefix) << c.text;
  }
}

TEST(Regex, LiteralPrefixOfAlternativesIsWhatTheyShareAtMost) {
  for (std::string const text :
       {"/ab|/cd", "/ab|x", "(/ab)|/ac", "/a(b|c)", "(?i)/ab", "\\Q/a*\\E|/b"}) {
    std::string const prefix = regex(text)->literal_prefix();
    EXPECT_TRUE(std::string("/a").starts_with(prefix)) << text << ": " << prefix;
  }
  EXPECT_EQ(regex("/ab|x")->literal_prefix(), "");
  EXPECT_EQ(regex("/ab/(x|y)/.*")->literal_prefix(), "/ab/");
}

TEST(Regex, SameTextIsCompiledOnce) {
  auto const one = regex("/same/[a-z]+");
  EXPECT_EQ(regex("/same/[a-z]+"), one);
  EXPECT_NE(regex("/other/[a-z]+"), one);
  EXPECT_TRUE(one->matches("/same/x"));
  EXPECT_FALSE(one->matches("/same/x/y"));
}

TEST(Regex, MistakeIsSaidEveryTime) {
  for (int i = 0; i < 2; ++i) {
    std::string error;
    EXPECT_EQ(Regex::shared("(", error), nullptr);
    EXPECT_NE(error.find("does not compile"), std::string::npos) << error;
  }
}

TEST(Regex, ManyThatNobodyHoldsAreForgotten) {
  auto const kept = regex("/kept");
  for (int i = 0; i < 5'000; ++i) static_cast<void>(regex("/gone/" + std::to_string(i)));
  EXPECT_EQ(regex("/kept"), kept);
}

}  // namespace
}  // namespace tidegate::routing
