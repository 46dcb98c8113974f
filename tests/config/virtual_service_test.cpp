#include <gtest/gtest.h>

#include "tests/config/http_routes.h"

namespace tidegate::config {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view to_a = "route: [{destination: {host: a}}]";

TEST(VirtualService, MatchesAreRead) {
  auto const route = route_of(beside_route(
      "match: [{uri: {regex: '/a.*'}, method: {exact: GET}, authority: {prefix: a}, name: n, "
      "headers: {X-A: {}, x-b: null, x-c: {regex: '*'}, x-d: {prefix: v}}, "
      "without_headers: {x-e: {}}, queryParams: {Q: {exact: ''}}, scheme: {exact: https}, port: "
      "443, gateways: [mesh], sourceLabels: {app: a}, source_namespace: ns}]"));
  ASSERT_EQ(route.match.size(), 1u);
  auto const& match = route.match[0];
  EXPECT_EQ(match.name, "n");
  EXPECT_EQ(match.uri->kind, StringMatch::Kind::regex);
  EXPECT_EQ(match.uri->value, "/a.*");
  EXPECT_EQ(match.uri->origin.path, "spec.http[0].match[0].uri.regex");
  EXPECT_EQ(match.method->value, "GET");
  EXPECT_EQ(match.authority->kind, StringMatch::Kind::prefix);
  ASSERT_EQ(match.headers.size(), 4u);
  EXPECT_EQ(match.headers[0].first, "x-a");
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(match.headers[i].second.kind, StringMatch::Kind::presence) << i;
  }
  EXPECT_EQ(match.headers[3].second.value, "v");
  EXPECT_EQ(match.without_headers.at(0).first, "x-e");
  EXPECT_EQ(match.query_params.at(0).first, "Q");
  EXPECT_EQ(match.query_params.at(0).second.kind, StringMatch::Kind::exact);
  EXPECT_EQ(match.scheme->value, "https");
  EXPECT_EQ(match.port, 443u);
  EXPECT_EQ(match.gateways.at(0).value, "mesh");
  EXPECT_EQ(match.source_labels, (Labels{{"app", "a"}}));
  EXPECT_EQ(match.source_namespace.value, "ns");
}

TEST(VirtualService, MatchesAreChecked) {
  RouteCase const cases[] = {
      {beside_route("match: [{port: 0}]"),
       "error f:7:21: spec.http[0].match[0].port: expected a whole number, 1 to 65535; found "
       "\"0\"\n"},
      {beside_route("match: [{statPrefix: a}]"),
       "warning f:7:27: spec.http[0].match[0].statPrefix: has no effect: it names statistics of "
       "Envoy's, which this gateway does not have\n"},
      {beside_route("match: [{gateways: [g]}]"),
       "warning f:7:26: spec.http[0].match[0].gateways[0]: is none of the gateways of the "
       "VirtualService: never holds\n"},
  };
  expect_mistakes(cases);
}

TEST(VirtualService, MatchesOnClaimsOfATokenAreNotIgnored) {
  EXPECT_EQ(problems_of(with_route(
                beside_route("match: [{headers: {'@request.auth.claims.a': {exact: b}}}]"))),
            "error f:7:59: not supported yet: "
            "spec.http[0].match[0].headers.@request.auth.claims.a.exact\n");
}

TEST(VirtualService, PoliciesAreRead) {
  auto const route = route_of(
      "name: r, timeout: 1m30s, retries: {attempts: \"2\", perTryTimeout: 500ms, retryOn: "
      "'5xx,503', backoff: 10ms, retryIgnorePreviousHosts: false, retryRemoteLocalities: true}, "
      "fault: {delay: {percent: 5, "
      "fixedDelay: 1s}, abort: {percentage: {value: 100}, grpcStatus: UNAVAILABLE}}, route: "
      "[{destination: {host: A, subset: v1, port: {number: 80}}, weight: 90}, {destination: {host: "
      "10.0.0.1}, weight: \"10\"}]");
  EXPECT_EQ(route.name, "r");
  EXPECT_EQ(route.timeout, 90s);
  EXPECT_EQ(route.retries->attempts, 2u);
  EXPECT_EQ(route.retries->per_try_timeout, 500ms);
  EXPECT_EQ(route.retries->retry_on, "5xx,503");
  EXPECT_EQ(route.retries->backoff, 10ms);
  EXPECT_EQ(route.retries->retry_ignore_previous_hosts, false);
  EXPECT_TRUE(route.retries->retry_remote_localities);
  EXPECT_EQ(route.fault->delay->percentage, 50'000u);
  EXPECT_EQ(route.fault->abort->percentage, 1'000'000u);
  EXPECT_EQ(route.fault->abort->grpc_status, "UNAVAILABLE");
  ASSERT_EQ(route.route.size(), 2u);
  EXPECT_EQ(route.route[0].destination.host.value, "a");
  EXPECT_EQ(route.route[0].destination.subset.value, "v1");
  EXPECT_EQ(route.route[0].destination.port, 80u);
  EXPECT_EQ(route.route[0].weight, 90u);
  EXPECT_EQ(route.route[1].weight, 10u);
}

TEST(VirtualService, ATimeoutOfZeroMeansNone) {
  EXPECT_EQ(route_of(beside_route("timeout: 0s")).timeout, 0s);
}

TEST(VirtualService, PercentagesAreTruncatedToMillionths) {
  auto const delay = [](std::string const& value) {
    return route_of(beside_route("fault: {delay: {percentage: {value: " + value +
                                 "}, fixedDelay: 1ms}}"))
        .fault->delay->percentage;
  };
  EXPECT_EQ(delay("0.1"), 1000u);
  EXPECT_EQ(delay("0.0001"), 1u);
  EXPECT_EQ(delay("0.00019"), 1u);
  EXPECT_EQ(delay("100"), 1'000'000u);
  EXPECT_EQ(delay("0"), 0u);
}

TEST(VirtualService, ExactlyOneActionIsNeeded) {
  RouteCase const cases[] = {
      {"name: x",
       "error f:7:5: spec.http[0]: expected exactly one of route, redirect, directResponse and "
       "delegate; found 0\n"},
      {"route: []",
       "error f:7:5: spec.http[0]: expected exactly one of route, redirect, directResponse and "
       "delegate; found 0\n"},
      {beside_route("redirect: {uri: /}"),
       "error f:7:5: spec.http[0]: expected exactly one of route, redirect, directResponse and "
       "delegate; found 2\n"},
  };
  expect_mistakes(cases);
}

TEST(VirtualService, StringMatchesHaveOneOfThreeForms) {
  RouteCase const cases[] = {
      {beside_route("match: [{uri: {}}]"),
       "error f:7:20: spec.http[0].match[0].uri: expected exactly one of exact, prefix and "
       "regex\n"},
      {beside_route("match: [{uri: {exact: a, prefix: b}}]"),
       "error f:7:20: spec.http[0].match[0].uri: expected exactly one of exact, prefix and "
       "regex\n"},
      {beside_route("match: [{uri: /a}]"),
       "error f:7:20: spec.http[0].match[0].uri: expected a mapping; found \"/a\"\n"},
      {beside_route("match: [{uri: {exct: a}}]"),
       "warning f:7:21: spec.http[0].match[0].uri.exct: unknown field, ignored; did you mean "
       "`exact`?\n"
       "error f:7:20: spec.http[0].match[0].uri: expected exactly one of exact, prefix and "
       "regex\n"},
      {beside_route("match: [{uri: {regex: " + std::string(1025, 'a') + "}}]"),
       "error f:7:28: spec.http[0].match[0].uri.regex: a regex may have at most 1024 bytes\n"},
      {beside_route("match: [{uri: {regex: a}, ignoreUriCase: true}]"),
       "warning f:7:14: spec.http[0].match[0]: ignoreUriCase has no effect on a regex; begin it "
       "with (?i)\n"},
      {beside_route("match: [{uri: {prefix: ''}}]"), ""},
  };
  expect_mistakes(cases);
}

TEST(VirtualService, WeightsAndDestinationsAreChecked) {
  RouteCase const cases[] = {
      {"route: [{destination: {host: a}}, {destination: {host: b}}]",
       "error f:7:13: spec.http[0].route: the weights add up to 0: no destination would ever be "
       "chosen\n"},
      {"route: [{destination: {host: a}, weight: 0}]", ""},
      {"route: [{destination: {host: a}, weight: -1}]",
       "error f:7:47: spec.http[0].route[0].weight: expected a whole number, 0 to 2147483647; "
       "found \"-1\"\n"},
      {"route: [{destination: {subset: a}}]",
       "error f:7:28: spec.http[0].route[0].destination: `host` is missing\n"},
      {"route: [{destination: {host: 'a:80'}}]",
       "error f:7:35: spec.http[0].route[0].destination.host: expected a name or an address "
       "without a port; found \"a:80\"\n"},
      {"route: [{destination: {host: '*.a.com'}}]",
       "error f:7:35: spec.http[0].route[0].destination.host: expected a name or an address "
       "without a port; found \"*.a.com\"\n"},
      {"route: [{destination: {host: a, port: {number: 70000}}}]",
       "error f:7:53: spec.http[0].route[0].destination.port.number: expected a whole number, 1 "
       "to 65535; found \"70000\"\n"},
      {"route: [{destination: {host: a, port: 80}}]",
       "error f:7:44: spec.http[0].route[0].destination.port: expected a mapping; found \"80\"\n"},
  };
  expect_mistakes(cases);
}

TEST(VirtualService, DurationsAreChecked) {
  RouteCase const cases[] = {
      {beside_route("timeout: abc"),
       "error f:7:15: spec.http[0].timeout: expected a duration such as 5s; found \"abc\"\n"},
      {beside_route("timeout: 5"),
       "error f:7:15: spec.http[0].timeout: expected a duration such as 5s; found \"5\"\n"},
      {beside_route("timeout: -1s"),
       "error f:7:15: spec.http[0].timeout: expected a duration that is not negative; found "
       "\"-1s\"\n"},
      {beside_route("timeout: 1.5ms"),
       "error f:7:15: spec.http[0].timeout: expected a duration of whole milliseconds; found "
       "\"1.5ms\"\n"},
      {beside_route("retries: {attempts: 1, perTryTimeout: 0s}"),
       "error f:7:44: spec.http[0].retries.perTryTimeout: expected a duration of at least 1ms; "
       "found \"0s\"\n"},
      {beside_route("timeout: [5s]"),
       "error f:7:15: spec.http[0].timeout: expected a duration such as 5s; found a list\n"},
  };
  expect_mistakes(cases);
}

TEST(VirtualService, RetriesThatAreOffMayNotSayMore) {
  std::string const problem =
      "error f:7:15: spec.http[0].retries: attempts is 0 or missing, so nothing is retried and "
      "the rest has no meaning; set attempts, or drop the rest\n";
  RouteCase const cases[] = {
      {beside_route("retries: {attempts: 0}"), ""},
      {beside_route("retries: {}"), ""},
      {beside_route("retries: {attempts: 0, perTryTimeout: 1s}"), problem},
      {beside_route("retries: {retryOn: 5xx}"), problem},
      {beside_route("retries: {attempts: -1}"),
       "error f:7:26: spec.http[0].retries.attempts: expected a whole number, 0 to 2147483647; "
       "found \"-1\"\n"},
  };
  expect_mistakes(cases);
}

TEST(VirtualService, FaultsAreChecked) {
  RouteCase const cases[] = {
      {beside_route("fault: {}"),
       "error f:7:13: spec.http[0].fault: expected delay, abort or both\n"},
      {beside_route("fault: {delay: {percentage: 0.5, fixedDelay: 1s}}"),
       "warning f:7:34: spec.http[0].fault.delay.percentage: Istio rejects a bare number; write "
       "percentage: {value: 0.5}\n"},
      {beside_route("fault: {delay: {fixedDelay: 1s}}"),
       "warning f:7:21: spec.http[0].fault.delay: has no percentage, so it never happens; write "
       "percentage: {value: 100}\n"},
      {beside_route("fault: {delay: {percentage: {value: 101}, fixedDelay: 1s}}"),
       "error f:7:42: spec.http[0].fault.delay.percentage.value: expected a percentage: 0, or "
       "0.0001 to 100; found \"101\"\n"},
      {beside_route("fault: {delay: {percentage: {value: 0.00001}, fixedDelay: 1s}}"),
       "error f:7:42: spec.http[0].fault.delay.percentage.value: expected a percentage: 0, or "
       "0.0001 to 100; found \"0.00001\"\n"},
      {beside_route("fault: {delay: {percentage: {value: 1}}}"),
       "error f:7:21: spec.http[0].fault.delay: `fixedDelay` is missing\n"},
      {beside_route("fault: {abort: {percentage: {value: 1}, httpStatus: 199}}"),
       "error f:7:58: spec.http[0].fault.abort.httpStatus: expected a whole number, 200 to 599; "
       "found \"199\"\n"},
      {beside_route("fault: {abort: {percentage: {value: 1}}}"),
       "error f:7:21: spec.http[0].fault.abort: expected exactly one of httpStatus and "
       "grpcStatus\n"},
      {beside_route("fault: {abort: {percentage: {value: 1}, grpcStatus: unavailable}}"),
       "error f:7:58: spec.http[0].fault.abort.grpcStatus: expected the name of a gRPC status "
       "such as UNAVAILABLE; found \"unavailable\"\n"},
      {beside_route("fault: {abort: {percentage: {value: 1}, http2Error: X, httpStatus: 500}}"),
       "error f:7:21: spec.http[0].fault.abort: expected exactly one of httpStatus and "
       "grpcStatus\n"},
  };
  expect_mistakes(cases);
}

TEST(VirtualService, HostsAreLowerCasedAndDoNotOverlap) {
  auto const yaml = resource("VirtualService",
                             "  hosts: [A.Com, '*.b.com']\n  gateways: [g, ns/g]\n  http:\n  - {" +
                                 std::string(to_a) + "}\n");
  auto const result = loaded(yaml);
  EXPECT_EQ(result.problems, std::vector<std::string>());
  auto const& service = result.documents.virtual_services.at(0);
  EXPECT_EQ(service.hosts.at(0).value, "a.com");
  EXPECT_EQ(service.hosts.at(1).value, "*.b.com");
  EXPECT_EQ(service.gateways.at(1).value, "ns/g");

  EXPECT_EQ(problems_of(resource("VirtualService", "  hosts: [a.com, A.com, '*']\n  http: [{" +
                                                       std::string(to_a) + "}]\n")),
            "error f:5:18: spec.hosts[1]: covers the same names as the host in line 5; keep one of "
            "them\n"
            "error f:5:25: spec.hosts[2]: covers the same names as the host in line 5; keep one of "
            "them\n");
}

TEST(VirtualService, NeedsHostsAndRoutes) {
  EXPECT_EQ(problems_of(resource("VirtualService", "  gateways: [g]\n")),
            "error f:5:3: spec: `hosts` is missing; only a delegate has none, and it has no "
            "gateways\n"
            "error f:5:3: spec: a VirtualService needs at least one of http, tls and tcp\n");
}

TEST(VirtualService, ADelegateHasNeitherHostsNorGateways) {
  std::string const routes = "  http: [{" + std::string(to_a) + "}]\n";
  auto const result = loaded(resource("VirtualService", routes));
  EXPECT_EQ(result.problems, std::vector<std::string>());
  EXPECT_TRUE(result.documents.virtual_services.at(0).hosts.empty());
  EXPECT_EQ(mistakes_of(resource("VirtualService",
                                 "  http: [{delegate: {name: b}}]\n  tcp: [{route: "
                                 "[{destination: {host: a}}]}]\n")),
            "error f:6:8: spec.tcp: a delegate has http routes only\n"
            "error f:5:21: spec.http[0].delegate: a delegate cannot delegate again\n");
}

TEST(VirtualService, NarrowExportsAreKept) {
  auto const with_export = [](std::string const& names) {
    return loaded(resource("VirtualService", "  hosts: [a.com]\n  exportTo: " + names +
                                                 "\n  http: [{" + std::string(to_a) + "}]\n"))
        .documents.virtual_services.at(0)
        .export_to;
  };
  EXPECT_TRUE(with_export("['*']").empty());
  EXPECT_EQ(with_export("[., b]"), (std::vector<std::string>{".", "b"}));
  EXPECT_EQ(
      mistakes_of(resource("VirtualService", "  hosts: [a.com]\n  exportTo: [B_]\n  http: [{" +
                                                 std::string(to_a) + "}]\n")),
      "error f:6:14: spec.exportTo[0]: expected a namespace, `.` for this one, `*` for all or "
      "`~` for none; found \"B_\"\n");
}

}  // namespace
}  // namespace tidegate::config
