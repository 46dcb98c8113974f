#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "http/head.h"
#include "routing/route_list.h"
#include "routing/snapshot.h"

// What it costs to find a request's host and route, by how many there are. Not part of `make test`.
namespace tidegate::routing {
namespace {

using Kind = config::StringMatch::Kind;

std::string path_of(std::size_t number) { return "/api/v1/part-" + std::to_string(number); }

/// Exact paths, prefixes and regexes by turns.
std::vector<Route> make_routes(std::size_t count) {
  config::Diagnostics diagnostics;
  std::vector<Route> routes(count);
  for (std::size_t i = 0; i < count; ++i) {
    constexpr Kind kinds[] = {Kind::exact, Kind::prefix, Kind::regex};
    Kind const kind = kinds[i % std::size(kinds)];
    config::istio::HttpMatch match;
    match.uri = config::StringMatch{kind,
                                    path_of(i) + (kind == Kind::regex    ? "/[0-9]+"
                                                  : kind == Kind::prefix ? "/"
                                                                         : ""),
                                    {}};
    routes[i].matcher = Matcher(match, diagnostics);
  }
  return routes;
}

/// A path that the last route of each kind matches, and one that none does.
std::vector<std::string> paths_for(std::size_t count) {
  std::vector<std::string> paths{"/nothing/of/that"};
  for (std::size_t i = count > 3 ? count - 3 : 0; i < count; ++i)
    paths.push_back(path_of(i) + (i % 3 == 0 ? "" : "/17"));
  return paths;
}

template <class Find>
void find_routes(benchmark::State& state, Find find) {
  auto const paths = paths_for(static_cast<std::size_t>(state.range(0)));
  http::RequestHead head;
  head.method = "GET";
  std::size_t next = 0;
  for (auto _ : state) {
    head.path = paths[next++ % paths.size()];
    benchmark::DoNotOptimize(find(head));
  }
}

void walk_routes(benchmark::State& state) {
  auto const routes = make_routes(static_cast<std::size_t>(state.range(0)));
  find_routes(state, [&](http::RequestHead const& head) -> Route const* {
    for (Route const& route : routes)
      if (route.matcher.matches(head)) return &route;
    return nullptr;
  });
}
BENCHMARK(walk_routes)
    ->Arg(1)
    ->Arg(2)
    ->Arg(3)
    ->Arg(4)
    ->Arg(6)
    ->Arg(8)
    ->Arg(10)
    ->Arg(100)
    ->Arg(10'000);

void find_in_index(benchmark::State& state) {
  auto const routes = make_routes(static_cast<std::size_t>(state.range(0)));
  PathTable const table(routes);
  find_routes(state, [&](http::RequestHead const& head) { return table.find(routes, head); });
}
BENCHMARK(find_in_index)
    ->Arg(1)
    ->Arg(2)
    ->Arg(3)
    ->Arg(4)
    ->Arg(6)
    ->Arg(8)
    ->Arg(10)
    ->Arg(100)
    ->Arg(10'000);

void make_index(benchmark::State& state) {
  auto const routes = make_routes(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    PathTable const table(routes);
    benchmark::DoNotOptimize(&table);
  }
}
BENCHMARK(make_index)->Arg(10)->Arg(100)->Arg(10'000);

/// Exact names, and a wildcard for each ten of them.
void find_host(benchmark::State& state) {
  auto const count = static_cast<std::size_t>(state.range(0));
  RouteTable table;
  table.hosts.resize(count);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    std::string const name = "customer-" + std::to_string(i) + ".example.com";
    bool const is_wildcard = i % 10 == 9;
    table.index.add(is_wildcard ? "*." + name : name, static_cast<std::uint32_t>(i));
    names.push_back((is_wildcard ? "www." : "") + name + ":8080");
  }
  std::size_t next = 0;
  for (auto _ : state) {
    next = (next + 7'919) % count;  // not in the order in which memory was taken
    benchmark::DoNotOptimize(table.find(names[next]));
  }
}
BENCHMARK(find_host)->Arg(1)->Arg(100)->Arg(10'000)->Arg(100'000);

}  // namespace
}  // namespace tidegate::routing

BENCHMARK_MAIN();
