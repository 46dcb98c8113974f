#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/config/problems.h"

// Whatever the bytes: a clear error, in bounded memory, without a crash.
namespace tidegate::config {
namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

std::string repeated(std::string_view part, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + part.size());
  while (text.size() < bytes) text += part;
  return text;
}

TEST(Hostile, AMebibyteOfNestingIsRefused) {
  for (std::string_view part : {"[", "{", "- ", "{a: ", "[[],", "? ", "[{a: ", "a: ", "\"", "!!x ",
                                "&a ", "*a ", "[\"]\",", "- - [", "{? ", "|\n ", "--- [ "}) {
    EXPECT_NE(problems_of(repeated(part, mebibyte)).find("error f:"), std::string::npos) << part;
  }
}

TEST(Hostile, NestingBySpacesIsRefusedAtTheLimit) {
  std::string yaml;
  for (std::size_t depth = 0; depth < 100; ++depth) yaml += std::string(depth, ' ') + "a:\n";
  EXPECT_EQ(problems_of(yaml), "error f:65:65: nested deeper than 64 levels\n");
}

TEST(Hostile, NestingUpToTheLimitIsRead) {
  std::string yaml = "features: " + std::string(63, '[') + std::string(63, ']');
  EXPECT_EQ(problems_of(yaml), "notice f:1:11: features: not a setting of the gateway; ignored\n");
  EXPECT_NE(problems_of("features: " + std::string(64, '[') + std::string(64, ']')).find("deeper"),
            std::string::npos);
}

TEST(Hostile, BillionLaughsRunOutOfBudget) {
  std::string yaml = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 20; ++i) {
    std::string const above = "*a" + std::to_string(i - 1);
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int copy = 0; copy < 9; ++copy) yaml += (copy ? "," : "") + above;
    yaml += "]\n";
  }
  EXPECT_NE(problems_of(yaml).find("too large: more than 500000 values"), std::string::npos);
}

TEST(Hostile, LongTextThatIsNamedOftenRunsOutOfBudget) {
  std::string yaml = "a: &a " + std::string(mebibyte, 'x') + "\nb: [";
  for (int i = 0; i < 100; ++i) yaml += "*a, ";
  EXPECT_NE(problems_of(yaml + "]\n").find("64 MiB of text"), std::string::npos);
}

TEST(Hostile, AliasesCannotDeepenTheNestingBeyondTheLimit) {
  std::string yaml = "a0: &a0 [x]\n";
  for (int i = 1; i < 80; ++i) {
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  }
  EXPECT_NE(problems_of(yaml).find("nested deeper than 64 levels when the alias is written out"),
            std::string::npos);
}

TEST(Hostile, AnAliasInsideItsOwnAnchorIsRefused) {
  EXPECT_EQ(problems_of("a: &a [*a]\n"),
            "error f:1:8: an alias may not stand inside what it names\n");
}

TEST(Hostile, AnUnknownAliasIsRefused) {
  EXPECT_NE(problems_of("a: *nobody\n").find("error f:1:"), std::string::npos);
}

TEST(Hostile, TextThatIsNotUtf8NamesTheByte) {
  struct Case {
    std::string yaml;
    std::string place;
  };
  Case const cases[] = {
      {"a: b\nc: \xff\n", "f:2:4"},
      {"a: \xc0\xaf", "f:1:4"},
      {"a: \xed\xa0\x80", "f:1:4"},
      {"a: \xe2\x82", "f:1:4"},
      {"a: \xf4\x90\x80\x80", "f:1:4"},
      {std::string("a: b\0c", 6), "f:1:5"},
      {"a: \x1b[31m", "f:1:4"},
      {std::string("a\0:\0 \0b\0", 8), "f:1:2"},
      {"\xfe\xff", "f:1:1"},
  };
  for (auto const& [yaml, place] : cases) {
    EXPECT_EQ(problems_of(yaml),
              "error " + place + ": not UTF-8 text: a byte that YAML does not allow\n");
  }
}

TEST(Hostile, SizesAreBounded) {
  EXPECT_NE(problems_of("# " + std::string(17 * mebibyte, 'x')).find("larger than 16 MiB"),
            std::string::npos);
  EXPECT_NE(problems_of(repeated("--- a\n", mebibyte)).find("more than 10000 documents"),
            std::string::npos);
  EXPECT_NE(problems_of("a: [" + repeated("1,", 4 * mebibyte)).find("more than a million"),
            std::string::npos);
  EXPECT_NE(problems_of(repeated("- 1\n", 3 * mebibyte)).find("too large"), std::string::npos);
  EXPECT_EQ(problems_of("a: b\n" + repeated("c\n", 4 * mebibyte)),
            "error f: more than a million lines; split it\n");
}

TEST(Hostile, ALongCommentIsNoProblem) {
  EXPECT_EQ(problems_of("# " + std::string(4 * mebibyte, 'x') + "\n"), "");
}

TEST(Hostile, AThousandWarningsAreKept) {
  std::string yaml;
  for (int i = 0; i < 5000; ++i) yaml += "field" + std::to_string(i) + ": 1\n";
  auto const problems = loaded(yaml).problems;
  ASSERT_EQ(problems.size(), 1001u);
  EXPECT_EQ(problems.back(),
            "warning f: more than 1000 problems of this sort; the rest is not listed");
}

TEST(Hostile, RandomBytesNeverCrash) {
  std::mt19937 random(1);
  constexpr std::string_view alphabet = "ab:- \n\t[]{}\"'&*!|>%@`#?,~0<=./\\";
  for (int round = 0; round < 3000; ++round) {
    std::string yaml;
    auto const size = random() % 200;
    for (std::size_t i = 0; i < size; ++i) {
      yaml +=
          round % 3 == 0 ? static_cast<char>(random() % 256) : alphabet[random() % alphabet.size()];
    }
    std::string const seen = problems_of(yaml);
    EXPECT_TRUE(seen.empty() || seen.ends_with('\n'));
  }
}

}  // namespace
}  // namespace tidegate::config
