#include "tests/config/http_routes.h"

namespace tidegate::config {
namespace {

using namespace std::chrono_literals;
using istio::CorsPolicy;
using istio::Redirect;

TEST(HttpActions, RedirectsAreRead) {
  auto redirect = *route_of(
                       "redirect: {uri: '/a?b=c', authority: 'b.com:8443', scheme: https, "
                       "redirectCode: 308, port: 8443}")
                       .redirect;
  EXPECT_EQ(redirect.uri, "/a?b=c");
  EXPECT_EQ(redirect.prefix_rewrite, std::nullopt);
  EXPECT_EQ(redirect.authority, "b.com:8443");
  EXPECT_EQ(redirect.scheme, "https");
  EXPECT_EQ(redirect.code, 308);
  EXPECT_EQ(redirect.port_from, Redirect::Port::given);
  EXPECT_EQ(redirect.port, 8443u);
  redirect = *route_of("redirect: {prefix_rewrite: /}").redirect;
  EXPECT_EQ(redirect.uri, std::nullopt);
  EXPECT_EQ(redirect.prefix_rewrite, "/");
  EXPECT_EQ(redirect.code, 301);
  EXPECT_EQ(redirect.port_from, Redirect::Port::as_requested);
}

TEST(HttpActions, APortOfARedirectIsDerived) {
  auto const port_from = [](std::string const& name) {
    return route_of("redirect: {derivePort: " + name + "}").redirect->port_from;
  };
  EXPECT_EQ(port_from("FROM_PROTOCOL_DEFAULT"), Redirect::Port::protocol_default);
  EXPECT_EQ(port_from("FROM_REQUEST_PORT"), Redirect::Port::of_listener);
  EXPECT_EQ(port_from("1"), Redirect::Port::of_listener);
}

TEST(HttpActions, RedirectsAreChecked) {
  RouteCase const cases[] = {
      {"redirect: {}",
       "error f:7:16: spec.http[0].redirect: expected at least one of uri, prefixRewrite, "
       "authority, port and scheme\n"},
      {"redirect: {uri: /a, prefixRewrite: /b}",
       "error f:7:16: spec.http[0].redirect: uri and prefixRewrite exclude each other\n"},
      {"redirect: {port: 1, derivePort: FROM_REQUEST_PORT}",
       "error f:7:38: spec.http[0].redirect.derivePort: port and derivePort exclude each other\n"},
      {"redirect: {scheme: ftp}",
       "error f:7:25: spec.http[0].redirect.scheme: expected http or https; found \"ftp\"\n"},
      {"redirect: {uri: /, redirectCode: 200}",
       "error f:7:39: spec.http[0].redirect.redirectCode: expected a whole number, 301 to 308; "
       "found \"200\"\n"},
      {"redirect: {uri: /, redirectCode: 304}",
       "error f:7:39: spec.http[0].redirect.redirectCode: expected 301, 302, 303, 307 or 308; "
       "found \"304\"\n"},
      {"redirect: {uri: /}, rewrite: {uri: /a}, fault: {abort: {percentage: {value: 1}, "
       "httpStatus: 500}}",
       "error f:7:53: spec.http[0].fault: cannot go with redirect\n"
       "error f:7:35: spec.http[0].rewrite: cannot go with redirect\n"},
      {"redirect: {uri: /}, timeout: 1s",
       "warning f:7:35: spec.http[0].timeout: has no effect: a redirect reaches no origin\n"},
  };
  expect_mistakes(cases);
}

TEST(HttpActions, DirectResponsesAreRead) {
  auto response =
      *route_of("direct_response: {status: 503, body: {string: \"a\\nb\"}}").direct_response;
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "a\nb");
  EXPECT_EQ(route_of("directResponse: {status: 200, body: {bytes: AAE=}}").direct_response->body,
            std::string("\0\1", 2));
  EXPECT_EQ(route_of("directResponse: {status: 200, body: {bytes: _-8}}").direct_response->body,
            "\xff\xef");
  EXPECT_EQ(route_of("directResponse: {status: 204}").direct_response->body, "");
}

TEST(HttpActions, DirectResponsesAreChecked) {
  RouteCase const cases[] = {
      {"directResponse: {}", "error f:7:22: spec.http[0].directResponse: `status` is missing\n"},
      {"directResponse: {status: 100}",
       "error f:7:31: spec.http[0].directResponse.status: expected a whole number, 200 to 599; "
       "found \"100\"\n"},
      {"directResponse: {status: 200, body: {bytes: '!'}}",
       "error f:7:50: spec.http[0].directResponse.body.bytes: expected base64; use `string` for "
       "plain text; found \"!\"\n"},
      {"directResponse: {status: 200, body: {string: a, bytes: YQ==}}",
       "error f:7:42: spec.http[0].directResponse.body: string and bytes exclude each other\n"},
      {"directResponse: {status: 200, body: {string: " + std::string(100 * 1024 + 1, 'a') + "}}",
       "warning f:7:42: spec.http[0].directResponse.body: has more than 100 KiB, which every route "
       "table keeps in memory\n"},
      {"directResponse: {status: 200, body: {string: " + std::string(1024 * 1024 + 1, 'a') + "}}",
       "error f:7:42: spec.http[0].directResponse.body: a body may have at most 1 MiB\n"},
  };
  expect_mistakes(cases);
}

TEST(HttpActions, RewritesAreRead) {
  auto rewrite = *route_of(beside_route("rewrite: {uri: /b, authority: b.com}")).rewrite;
  EXPECT_EQ(rewrite.uri, "/b");
  EXPECT_EQ(rewrite.authority, "b.com");
  EXPECT_FALSE(rewrite.uri_regex);
  rewrite =
      *route_of(beside_route("rewrite: {uri_regex_rewrite: {match: '^/(a)', rewrite: '/\\1'}}"))
           .rewrite;
  EXPECT_EQ(rewrite.uri_regex->match.value, "^/(a)");
  EXPECT_EQ(rewrite.uri_regex->match.origin.path, "spec.http[0].rewrite.uri_regex_rewrite.match");
  EXPECT_EQ(rewrite.uri_regex->rewrite, "/\\1");
}

TEST(HttpActions, RewritesAreChecked) {
  RouteCase const cases[] = {
      {beside_route("rewrite: {}"),
       "error f:7:15: spec.http[0].rewrite: expected at least one of uri, uriRegexRewrite and "
       "authority\n"},
      {beside_route("rewrite: {uri: /, uriRegexRewrite: {match: a, rewrite: b}}"),
       "error f:7:15: spec.http[0].rewrite: uri and uriRegexRewrite exclude each other\n"},
      {beside_route("rewrite: {uriRegexRewrite: {match: a}}"),
       "error f:7:33: spec.http[0].rewrite.uriRegexRewrite: `rewrite` is missing\n"},
      {beside_route("rewrite: {uriRegexRewrite: {match: '', rewrite: b}}"),
       "error f:7:41: spec.http[0].rewrite.uriRegexRewrite.match: expected a regex; found \"\"\n"},
  };
  expect_mistakes(cases);
}

TEST(HttpActions, HeadersAreReadInTheirOrder) {
  auto const route = route_of(
      "headers: {request: {set: {X-B: '%REQ(a)%', X-A: b, Host: h, ':authority': i}, add: {x-c: "
      "''}, remove: [X-D]}, response: {remove: [server]}}, route: [{destination: {host: a}, "
      "headers: {response: {set: {x-e: f}}}}]");
  auto const& request = route.headers.request;
  ASSERT_EQ(request.set.size(), 4u);
  EXPECT_EQ(request.set[0].name, "x-b");
  EXPECT_EQ(request.set[0].value, "%REQ(a)%");
  EXPECT_EQ(request.set[0].origin.path, "spec.http[0].headers.request.set.X-B");
  EXPECT_EQ(request.set[1].name, "x-a");
  EXPECT_EQ(request.set[2].name, "host");
  EXPECT_EQ(request.set[3].name, ":authority");
  EXPECT_EQ(request.add.at(0).value, "");
  EXPECT_EQ(request.remove, std::vector<std::string>{"x-d"});
  EXPECT_EQ(route.headers.response.remove, std::vector<std::string>{"server"});
  EXPECT_EQ(route.route.at(0).headers.response.set.at(0).name, "x-e");
}

TEST(HttpActions, HeadersThatCannotBeChangedAreLeftOut) {
  RouteCase const cases[] = {
      {beside_route("headers: {request: {set: {':path': /}}}"),
       "warning f:7:41: spec.http[0].headers.request.set.:path: Istio does not change `:path` "
       "here; ignored\n"},
      {beside_route("headers: {request: {remove: [Host]}}"),
       "warning f:7:35: spec.http[0].headers.request.remove[0]: Istio does not change `host` here; "
       "ignored\n"},
      {beside_route("headers: {response: {add: {host: a}}}"),
       "warning f:7:39: spec.http[0].headers.response.add.host: Istio does not change `host` here; "
       "ignored\n"},
      {beside_route("headers: {request: {add: {'a b': c}}}"),
       "error f:7:39: spec.http[0].headers.request.add.a b: expected the name of a header; found "
       "\"a b\"\n"},
      {beside_route("headers: {request: {add: {a: \"b\\r\\nc: d\"}}}"),
       "error f:7:35: spec.http[0].headers.request.add.a: a header's value cannot hold line breaks "
       "or other control characters\n"},
      {beside_route("headers: {request: {remove: ['']}}"),
       "error f:7:35: spec.http[0].headers.request.remove[0]: expected the name of a header; found "
       "\"\"\n"},
  };
  expect_mistakes(cases);
  EXPECT_TRUE(loaded(with_route(beside_route("headers: {request: {remove: [Host]}}")))
                  .documents.virtual_services.at(0)
                  .http.at(0)
                  .headers.request.remove.empty());
}

TEST(HttpActions, CorsPoliciesAreRead) {
  auto const cors =
      *route_of(beside_route("corsPolicy: {allowOrigins: [{exact: 'https://a.com'}, {regex: "
                             "'.*b'}, {exact: '*'}], allowMethods: [GET, '*'], allowHeaders: "
                             "[X-A, '*'], exposeHeaders: [x-b], maxAge: 24h, allowCredentials: "
                             "true, unmatchedPreflights: IGNORE}"))
           .cors;
  ASSERT_EQ(cors.allow_origins.size(), 3u);
  EXPECT_EQ(cors.allow_origins[0].kind, StringMatch::Kind::exact);
  EXPECT_EQ(cors.allow_origins[1].kind, StringMatch::Kind::regex);
  EXPECT_EQ(cors.allow_origins[2].kind, StringMatch::Kind::presence);
  EXPECT_EQ(cors.allow_methods, (std::vector<std::string>{"GET", "*"}));
  EXPECT_EQ(cors.allow_headers, (std::vector<std::string>{"X-A", "*"}));
  EXPECT_EQ(cors.expose_headers, std::vector<std::string>{"x-b"});
  EXPECT_EQ(cors.max_age, 24h);
  EXPECT_TRUE(cors.allow_credentials);
  EXPECT_EQ(cors.unmatched_preflights, CorsPolicy::UnmatchedPreflights::ignore);
}

TEST(HttpActions, CorsPoliciesHaveDefaults) {
  auto const cors =
      *route_of(beside_route("corsPolicy: {maxAge: 0s, unmatchedPreflights: 1}")).cors;
  EXPECT_TRUE(cors.allow_origins.empty());
  EXPECT_EQ(cors.max_age, 0s);
  EXPECT_FALSE(cors.allow_credentials);
  EXPECT_EQ(cors.unmatched_preflights, CorsPolicy::UnmatchedPreflights::forward);
}

TEST(HttpActions, CorsPoliciesAreChecked) {
  RouteCase const cases[] = {
      {beside_route("corsPolicy: {allowOrigin: ['*']}"),
       "warning f:7:32: spec.http[0].corsPolicy.allowOrigin: deprecated; write allowOrigins: "
       "[{exact: …}]\n"},
      {beside_route("corsPolicy: {allowOrigin: [a], allowOrigins: [{exact: b}]}"),
       "warning f:7:32: spec.http[0].corsPolicy.allowOrigin: deprecated, ignored because "
       "`allowOrigins` is given as well\n"},
      {beside_route("corsPolicy: {allowMethods: [get]}"),
       "error f:7:34: spec.http[0].corsPolicy.allowMethods[0]: expected a method such as GET, or "
       "*; found \"get\"\n"},
      {beside_route("corsPolicy: {allowHeaders: ['a b']}"),
       "error f:7:34: spec.http[0].corsPolicy.allowHeaders[0]: expected the name of a header; "
       "found \"a b\"\n"},
      {beside_route("corsPolicy: {maxAge: 1500ms}"),
       "error f:7:27: spec.http[0].corsPolicy.maxAge: expected a duration of whole seconds; found "
       "\"1500ms\"\n"},
      {beside_route("corsPolicy: {allowOrigins: [{}]}"),
       "error f:7:34: spec.http[0].corsPolicy.allowOrigins[0]: expected exactly one of exact, "
       "prefix and regex\n"},
  };
  expect_mistakes(cases);
}

TEST(HttpActions, MirrorsAreRead) {
  auto mirrors = route_of(beside_route("mirror: {host: B, subset: v1}")).mirrors;
  ASSERT_EQ(mirrors.size(), 1u);
  EXPECT_EQ(mirrors[0].destination.host.value, "b");
  EXPECT_EQ(mirrors[0].destination.subset.value, "v1");
  EXPECT_EQ(mirrors[0].percentage, istio::all_millionths);
  EXPECT_EQ(route_of(beside_route("mirror: {host: b}, mirrorPercentage: {value: 0.5}"))
                .mirrors.at(0)
                .percentage,
            5'000u);
  EXPECT_EQ(route_of(beside_route("mirror: {host: b}, mirrorPercent: 7")).mirrors.at(0).percentage,
            70'000u);
  mirrors = route_of(beside_route("mirrors: [{destination: {host: b}}, {destination: {host: c}, "
                                  "percentage: {value: 0}}]"))
                .mirrors;
  ASSERT_EQ(mirrors.size(), 2u);
  EXPECT_EQ(mirrors[0].percentage, istio::all_millionths);
  EXPECT_EQ(mirrors[1].percentage, 0u);
}

TEST(HttpActions, MirrorsAreChecked) {
  RouteCase const cases[] = {
      {beside_route("mirror: {host: b}, mirrors: [{destination: {host: c}}]"),
       "error f:7:14: spec.http[0].mirror: mirror and mirrors exclude each other\n"},
      {beside_route("mirrors: [{percentage: {value: 1}}]"),
       "error f:7:16: spec.http[0].mirrors[0]: `destination` is missing\n"},
      {beside_route("mirrorPercentage: {value: 1}"),
       "warning f:7:5: spec.http[0]: has a percentage for a mirror, but no mirror\n"},
      {beside_route("mirror: {host: b}, mirrorPercent: 101"),
       "error f:7:40: spec.http[0].mirrorPercent: expected a whole number, 0 to 100; found "
       "\"101\"\n"},
  };
  expect_mistakes(cases);
}

TEST(HttpActions, DelegatesAreRead) {
  auto const delegate = *route_of("delegate: {name: b, namespace: ns}").delegate;
  EXPECT_EQ(delegate.name, "b");
  EXPECT_EQ(delegate.name_space, "ns");
  EXPECT_EQ(route_of("delegate: {name: b}").delegate->name_space, "");
  RouteCase const cases[] = {
      {"delegate: {}", "error f:7:16: spec.http[0].delegate: `name` is missing\n"},
  };
  expect_mistakes(cases);
}

}  // namespace
}  // namespace tidegate::config
