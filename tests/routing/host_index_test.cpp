#include "routing/host_index.h"

#include <gtest/gtest.h>

#include "routing/compile_hosts.h"
#include "routing/random.h"

namespace tidegate::routing {
namespace {

std::string random_pattern(Random& random) {
  if (random.below(12) == 0) return "*";
  constexpr std::string_view words[] = {"a", "b", "ab", "a-b"};
  std::string pattern = random.below(2) == 0 ? "*." : "";
  pattern += words[random.below(std::size(words))];
  for (std::uint64_t left = random.below(3); left > 0; --left)
    pattern += '.' + std::string(words[random.below(std::size(words))]);
  return pattern;
}

TEST(HostIndex, FindsWhatLookingAtEveryPatternFinds) {
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    Random random(seed);
    HostIndex index;
    std::vector<std::string> patterns;
    for (std::uint64_t left = random.below(15); left > 0; --left) {
      patterns.push_back(random_pattern(random));
      index.add(patterns.back(), patterns.size() - 1);
    }
    for (int i = 0; i < 10; ++i) {
      std::string const pattern = random_pattern(random);
      std::vector<std::size_t> expected;
      for (std::size_t each = 0; each < patterns.size(); ++each)
        if (!intersect(patterns[each], pattern).empty()) expected.push_back(each);
      ASSERT_EQ(index.overlapping(pattern), expected) << "seed " << seed << ", " << pattern;
    }
  }
}

TEST(HostIndex, ValueOfSeveralPatternsIsFoundOnce) {
  HostIndex index;
  index.add("a.b", 3);
  index.add("*.b", 3);
  index.add("*", 1);
  EXPECT_EQ(index.overlapping("a.b"), (std::vector<std::size_t>{1, 3}));
}

}  // namespace
}  // namespace tidegate::routing
