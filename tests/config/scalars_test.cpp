#include "config/scalars.h"

#include <gtest/gtest.h>

namespace tidegate::config {
namespace {

using namespace std::chrono_literals;

TEST(Scalars, DurationsAreReadAsGoReadsThem) {
  struct Case {
    std::string_view text;
    std::chrono::nanoseconds value;
  };
  Case const cases[] = {
      {"5s", 5s},   {"1h30m", 90min}, {"100ms", 100ms}, {"0.1s", 100ms},
      {"24h", 24h}, {".5s", 500ms},   {"1.s", 1s},      {"0", 0s},
      {"+3s", 3s},  {"-3s", -3s},     {"1us", 1us},     {"1µs", 1us},
      {"7ns", 7ns}, {"1.5h", 90min},  {"0.3ms", 300us}, {"1m1ms", 60'001ms},
  };
  for (auto const& [text, value] : cases) EXPECT_EQ(parse_duration(text), value) << text;
}

TEST(Scalars, OtherTextIsNoDuration) {
  for (std::string_view text : {"", "5", "s", "5 s", "5S", "abc", "-", "1h ", "1..5s", ".s", "1d",
                                "9223372036854775808ns", "99999999999h", "1e3s", "1s2"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Scalars, SizesArePowersOf1024) {
  EXPECT_EQ(parse_size("65536"), 65536u);
  EXPECT_EQ(parse_size("60KiB"), 61440u);
  EXPECT_EQ(parse_size("64k"), 65536u);
  EXPECT_EQ(parse_size("1MiB"), 1048576u);
  EXPECT_EQ(parse_size("10GiB"), 10737418240u);
  EXPECT_EQ(parse_size("2 MiB"), 2097152u);
  for (std::string_view text : {"", "k", "-1", "1.5k", "1x", "99999999999999G", "0x10"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(Scalars, IntegersAreDecimal) {
  EXPECT_EQ(parse_integer("8080"), 8080);
  EXPECT_EQ(parse_integer("-1"), -1);
  EXPECT_EQ(parse_integer("+1"), 1);
  for (std::string_view text : {"", "+-1", "1.0", "0x10", "1 ", "99999999999999999999"}) {
    EXPECT_FALSE(parse_integer(text)) << text;
  }
}

TEST(Scalars, NumbersAreFinite) {
  EXPECT_EQ(parse_number("0.1"), 0.1);
  EXPECT_EQ(parse_number("1e1"), 10.0);
  for (std::string_view text : {"nan", "inf", "-inf", "1e999", "", "1%"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(Scalars, Base64IsStrict) {
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("YQ=="), "a");
  EXPECT_EQ(decode_base64("YWI="), "ab");
  EXPECT_EQ(decode_base64("YWJj"), "abc");
  EXPECT_EQ(decode_base64("YW\nJj\n"), "abc");
  EXPECT_EQ(decode_base64("/+8="), "\xff\xef");
  for (std::string_view text : {"Y", "YQ", "YQ=", "YQ===", "=",
                                "====", "Y===", "YQ==YQ==", "Y Q=", "YQ-_", "YQ=a", "!!!!"}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
}

TEST(Scalars, OneEditIsOneInsertionDeletionReplacementOrSwap) {
  for (std::string_view text : {"hots", "host", "hostss", "hosta", "ohsts", "nosts"}) {
    EXPECT_TRUE(is_one_edit_away(text, "hosts")) << text;
    EXPECT_TRUE(is_one_edit_away("hosts", text)) << text;
  }
  for (std::string_view text : {"hosts", "hst", "", "stsoh", "hostsss"}) {
    EXPECT_FALSE(is_one_edit_away(text, "hosts")) << text;
  }
}

}  // namespace
}  // namespace tidegate::config
