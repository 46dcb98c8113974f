#include "routing/path_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "routing/host_table.h"
#include "routing/random.h"
#include "routing/route_list.h"
#include "tests/routing/support.h"

namespace tidegate::routing {
namespace {

using config::StringMatch;

/// Small words, so that what is generated overlaps.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_.below(n)); }
  template <class T, std::size_t N>
  T pick(T const (&items)[N]) {
    return items[below(N)];
  }

  std::string path() {
    std::string path = "/";
    for (std::size_t left = below(6); left > 0; --left) path += pick({'a', 'b', 'A', '/'});
    return path;
  }

  StringMatch uri() {
    if (one_in(3)) return test::exact(path());
    if (one_in(2)) return test::prefix(one_in(10) ? "" : path());
    return test::regex(pick<std::string>({"", "(?i)", "^"}) + path() +
                       pick<std::string>({"", "?", "*", "+", ".*", "|/b.*", "[ab]+", "(a|b)?", "$",
                                          "{2}", "\\Q/\\E", "a{0,2}b*"}));
  }

  Route route(std::size_t number) {
    config::istio::HttpMatch match;
    if (!one_in(8)) match.uri = uri();
    match.ignore_uri_case = one_in(4);
    if (one_in(4)) match.method = test::exact(pick<std::string>({"GET", "POST"}));
    if (one_in(4)) match.headers.emplace_back("x", test::exact(pick<std::string>({"1", "2"})));
    if (one_in(6)) match.query_params.emplace_back("q", test::exact("1"));
    config::Diagnostics diagnostics;
    Route route;
    route.name = std::to_string(number);
    route.matcher = Matcher(match, diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.all().front().message;
    return route;
  }

  std::vector<Route> routes() {
    std::vector<Route> routes;
    for (std::size_t left = 1 + below(40); left > 0; --left) routes.push_back(route(routes.size()));
    return routes;
  }

  std::string name() {
    std::string name = pick<std::string>({"a", "b", "c"});
    for (std::size_t left = below(4); left > 0; --left)
      name += pick<std::string>({".a", ".b", "x"});
    return name;
  }
  std::string pattern() {
    if (one_in(12)) return "*";
    return one_in(2) ? "*." + name() : name();
  }

 private:
  Random random_;
};

Route const* first_match(std::vector<Route> const& routes, http::RequestHead const& request) {
  for (Route const& route : routes)
    if (route.matcher.matches(request)) return &route;
  return nullptr;
}

TEST(PathTable, FindsTheFirstRouteThatMatchesWhateverTheRoutesAre) {
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    Generator generator(seed);
    std::vector<Route> const routes = generator.routes();
    PathTable const table(routes);
    for (int i = 0; i < 30; ++i) {
      std::string const path = generator.path();
      test::Request request{.path = path, .method = generator.one_in(2) ? "GET" : "POST"};
      if (generator.one_in(2)) request.headers = {{"x", generator.one_in(2) ? "1" : "2"}};
      if (generator.one_in(2)) request.query = "q=1";
      auto const head = request.head();
      Route const* const expected = first_match(routes, head);
      Route const* const found = table.find(routes, head);
      ASSERT_EQ(found, expected) << "seed " << seed << ", path " << path << ": found "
                                 << (found ? found->name : "none") << ", expected "
                                 << (expected ? expected->name : "none");
    }
  }
}

TEST(PathTable, OfManyPrefixesInsideEachOtherTheFirstWins) {
  config::Diagnostics diagnostics;
  std::vector<Route> routes(200);
  std::string path = "/";
  for (Route& route : routes) {
    route.matcher = Matcher(test::uri(test::prefix(path += 'a')), diagnostics);
  }
  std::vector<Route> const reversed(routes.rbegin(), routes.rend());
  PathTable const table(routes), backwards(reversed);
  auto const longest = test::Request{.path = path}.head();
  EXPECT_EQ(table.find(routes, longest), &routes.front());
  EXPECT_EQ(backwards.find(reversed, longest), &reversed.front());
  auto const shorter = test::Request{.path = std::string_view(path).substr(0, 150)}.head();
  EXPECT_EQ(backwards.find(reversed, shorter), &reversed[200 - 149]);
  EXPECT_EQ(table.find(routes, test::Request{.path = "/"}.head()), nullptr);
}

TEST(PathTable, WithoutRoutesFindsNothing) {
  std::vector<Route> const none;
  EXPECT_EQ(PathTable(none).find(none, test::Request{}.head()), nullptr);
  EXPECT_EQ(PathTable().find(none, test::Request{}.head()), nullptr);
}

TEST(RouteList, FindsTheSameRouteHoweverManyThereAre) {
  for (std::size_t count : {1U, 2U, 7U, 8U, 9U, 1000U}) {
    config::Diagnostics diagnostics;
    std::vector<Route> routes(count);
    for (std::size_t i = 0; i < count; ++i)
      routes[i].matcher = Matcher(test::uri(test::exact("/" + std::to_string(i))), diagnostics);
    RouteList const list(std::move(routes));
    std::string const last = "/" + std::to_string(count - 1);
    EXPECT_EQ(list.find(test::Request{.path = last}.head()), &list.back());
    EXPECT_EQ(list.find(test::Request{.path = "/0"}.head()), &list[0]);
    EXPECT_EQ(list.find(test::Request{.path = "/x"}.head()), nullptr);
  }
}

TEST(RouteList, CopySharesItsRoutes) {
  RouteList const list(std::vector<Route>(3));
  RouteList const copy = list;
  EXPECT_EQ(copy.begin(), list.begin());
  EXPECT_TRUE(RouteList().empty());
  EXPECT_EQ(RouteList().find(test::Request{}.head()), nullptr);
}

/// Exact names before the longest suffix before `*`, by looking at every pattern.
std::optional<std::uint32_t> best_pattern(std::vector<std::string> const& patterns,
                                          std::string const& host) {
  std::optional<std::uint32_t> best;
  for (std::uint32_t i = 0; i < patterns.size(); ++i) {
    if (patterns[i] == host) return i;
    if (!covers(patterns[i], host)) continue;
    if (!best || patterns[i].size() > patterns[*best].size()) best = i;
  }
  return best;
}

TEST(HostTable, FindsTheBestPatternWhateverThePatternsAre) {
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    Generator generator(seed);
    HostTable table;
    std::vector<std::string> patterns;
    for (std::size_t left = 1 + generator.below(12); left > 0; --left) {
      std::string pattern = generator.pattern();
      if (!table.add(pattern, static_cast<std::uint32_t>(patterns.size()))) continue;
      patterns.push_back(std::move(pattern));
    }
    for (int i = 0; i < 30; ++i) {
      std::string const host = generator.name();
      ASSERT_EQ(table.find(host), best_pattern(patterns, host)) << "seed " << seed << ' ' << host;
    }
  }
}

}  // namespace
}  // namespace tidegate::routing
