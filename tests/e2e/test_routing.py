"""Which request goes where: every match field of a VirtualService, weights, hosts, and what has no route."""

import collections

from harness import behaviours, client, documents
from harness.case import EdgeTest, SharedEdgeTest


def match(**fields):
    return [fields]


# Routes in their order: the origin's name is the route's.
RULES = {
    "exact": match(uri={"exact": "/exact"}),
    "prefix": match(uri={"prefix": "/prefix/"}),
    "bare-prefix": match(uri={"prefix": "/api"}),
    "regex": match(uri={"regex": "/users/[0-9]+/posts"}),
    "no-case": match(uri={"prefix": "/NoCase"}, ignoreUriCase=True),
    "method": match(uri={"prefix": "/method"}, method={"exact": "DELETE"}),
    "header": match(uri={"prefix": "/header"}, headers={"X-Version": {"exact": "v2"}}),
    "header-prefix": match(uri={"prefix": "/header"}, headers={"x-version": {"prefix": "v3."}}),
    "header-regex": match(uri={"prefix": "/header"}, headers={"x-version": {"regex": "v(4|5)"}}),
    "header-present": match(uri={"prefix": "/header"}, headers={"x-any": {}}),
    "without": match(uri={"prefix": "/without"}, withoutHeaders={"x-internal": {"exact": "yes"}}),
    "authority": match(uri={"prefix": "/authority"}, authority={"exact": "special.example"}),
    "query": match(uri={"prefix": "/query"}, queryParams={"debug": {"exact": "true"}}),
    "query-regex": match(uri={"prefix": "/query"}, queryParams={"page": {"regex": "[0-9]+"}}),
    "query-empty": match(uri={"prefix": "/query"}, queryParams={"flag": {"exact": ""}}),
    "both": match(uri={"prefix": "/both"}, method={"exact": "GET"}, headers={"x-a": {"exact": "1"}}),
    "either": [{"uri": {"exact": "/one"}}, {"uri": {"exact": "/two"}}],
    "snake": match(uri={"prefix": "/snake"}, without_headers={"x-snake": {}}),
}

# (name, method, target, headers, host, the origin that must answer; None = 404)
REQUESTS = [
    ("exact_path", "GET", "/exact", [], None, "exact"),
    ("exact_ignores_the_query", "GET", "/exact?a=b", [], None, "exact"),
    ("exact_is_not_a_prefix", "GET", "/exact/", [], None, None),
    ("exact_has_case", "GET", "/Exact", [], None, None),
    ("prefix", "GET", "/prefix/a/b", [], None, "prefix"),
    ("prefix_itself", "GET", "/prefix/", [], None, "prefix"),
    ("prefix_needs_its_slash", "GET", "/prefix", [], None, None),
    ("prefix_has_no_segment_boundary", "GET", "/apix", [], None, "bare-prefix"),
    ("regex_matches_the_whole_path", "GET", "/users/42/posts", [], None, "regex"),
    ("regex_ignores_the_query", "GET", "/users/42/posts?x", [], None, "regex"),
    ("regex_is_anchored_in_front", "GET", "/x/users/42/posts", [], None, None),
    ("regex_is_anchored_behind", "GET", "/users/42/posts/7", [], None, None),
    ("uri_case_can_be_ignored", "GET", "/nocase/X", [], None, "no-case"),
    ("method", "DELETE", "/method", [], None, "method"),
    ("other_method", "GET", "/method", [], None, None),
    ("header_exact_with_another_case_of_the_name", "GET", "/header", ["x-VERSION: v2"], None, "header"),
    ("header_value_has_case", "GET", "/header", ["x-version: V2"], None, None),
    ("header_prefix", "GET", "/header", ["x-version: v3.1"], None, "header-prefix"),
    ("header_regex", "GET", "/header", ["x-version: v5"], None, "header-regex"),
    ("header_regex_matches_whole_values", "GET", "/header", ["x-version: v55"], None, None),
    ("header_presence", "GET", "/header", ["x-any: thing"], None, "header-present"),
    ("header_missing", "GET", "/header", [], None, None),
    ("without_header_that_is_missing", "GET", "/without", [], None, "without"),
    ("without_header_of_another_value", "GET", "/without", ["x-internal: no"], None, "without"),
    ("without_header_that_is_there", "GET", "/without", ["x-internal: yes"], None, None),
    ("authority", "GET", "/authority", [], "special.example", "authority"),
    ("authority_with_port_is_another", "GET", "/authority", [], "special.example:81", None),
    ("query_exact", "GET", "/query?debug=true", [], None, "query"),
    ("query_among_others", "GET", "/query?a=1&debug=true&b=2", [], None, "query"),
    ("query_first_occurrence_counts", "GET", "/query?debug=false&debug=true", [], None, None),
    ("query_regex", "GET", "/query?page=12", [], None, "query-regex"),
    ("query_without_value", "GET", "/query?flag", [], None, "query-empty"),
    ("query_with_empty_value", "GET", "/query?flag=", [], None, "query-empty"),
    ("query_missing", "GET", "/query", [], None, None),
    ("all_conditions_hold", "GET", "/both", ["x-a: 1"], None, "both"),
    ("one_condition_fails", "POST", "/both", ["x-a: 1"], None, None),
    ("first_of_two_matches", "GET", "/one", [], None, "either"),
    ("second_of_two_matches", "GET", "/two", [], None, "either"),
    ("snake_case_fields", "GET", "/snake", [], None, "snake"),
    ("snake_case_fields_are_not_ignored", "GET", "/snake", ["x-snake: 1"], None, None),
    ("no_route", "GET", "/nothing", [], None, None),
    ("dots_are_resolved_before_matching", "GET", "/x/../exact", [], None, "exact"),
    ("slashes_are_merged_before_matching", "GET", "//prefix///a", [], None, "prefix"),
    ("escapes_are_resolved_before_matching", "GET", "/%65xact", [], None, "exact"),
]


class Matching(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        origins = {name: stage.origin(behaviours.named, name) for name in RULES}
        cls.edge = stage.gateway(
            documents.gateway(),
            documents.virtual_service(*[documents.to(name, match=rule) for name, rule in RULES.items()]),
            *[documents.service(name, origin) for name, origin in origins.items()])

    def check(self, method, target, headers, host, expected):
        answer = client.request(self.edge.http, method, target, host=host or "any.example", headers=headers)
        if expected is None:
            self.assertEqual((answer.status, answer.body), (404, b""))
        else:
            self.assertEqual((answer.status, answer.body.decode()), (200, expected))


def add_table():
    for name, *row in REQUESTS:
        setattr(Matching, f"test_{name}", lambda self, row=row: self.check(*row))


add_table()


class Hosts(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        names = ["exact", "deep", "wild", "rest"]
        hosts = dict(zip(names, ["www.host.example", "*.deep.host.example", "*.host.example", "*"]))
        origins = {name: stage.origin(behaviours.named, name) for name in names}
        cls.edge = stage.gateway(
            documents.gateway(documents.http_server("*"), documents.http_server("empty.test", number=81)),
            *[documents.virtual_service(documents.to(name), hosts=[hosts[name]], name=name) for name in names],
            *[documents.service(name, origin) for name, origin in origins.items()])

    def ask(self, host):
        return client.request(self.edge.http, host=host).body.decode()

    def test_the_most_specific_host_wins(self):
        self.assertEqual(self.ask("www.host.example"), "exact")
        self.assertEqual(self.ask("a.deep.host.example"), "deep")
        self.assertEqual(self.ask("b.host.example"), "wild")
        self.assertEqual(self.ask("host.example"), "rest")

    def test_case_and_port_are_ignored(self):
        self.assertEqual(self.ask("WWW.Host.Example:8080"), "exact")

    def test_an_absolute_target_names_the_host(self):
        with client.Client(self.edge.http) as connection:
            connection.send("GET http://www.host.example/ HTTP/1.1\r\nHost: www.host.example\r\n\r\n")
            self.assertEqual(connection.response().body, b"exact")

    def test_a_server_answers_only_for_its_hosts(self):
        self.assertEqual(client.request(self.edge.ports[81], host="www.host.example").status, 404)


class Weights(EdgeTest):
    def spread(self, *destinations, requests=400):
        names = [destination[0] for destination in destinations]
        services = [documents.service(name, self.origin(behaviours.named, name)) for name in names]
        edge = self.gateway(documents.gateway(), documents.virtual_service(documents.to(*destinations)), *services)
        with client.Client(edge.http) as connection:
            return collections.Counter(connection.request().body.decode() for _ in range(requests))

    def test_traffic_follows_the_weights(self):
        counts = self.spread(("most", 90), ("few", 10))
        self.assertTrue(10 <= counts["few"] <= 80, counts)  # expected 40, five deviations either way

    def test_weights_need_not_sum_to_a_hundred(self):
        counts = self.spread(("one", 1), ("three", 3))
        self.assertTrue(57 <= counts["one"] <= 143, counts)  # expected 100

    def test_weight_zero_gets_nothing(self):
        self.assertEqual(self.spread(("all", 100), ("none", 0), requests=100), {"all": 100})

    def test_a_lone_destination_needs_no_weight(self):
        self.assertEqual(self.spread(("only", 0), requests=5), {"only": 5})


class Clusters(EdgeTest):
    def test_a_subset_has_the_endpoints_with_its_labels(self):
        v1, v2 = self.origin(behaviours.named, "v1"), self.origin(behaviours.named, "v2")
        edge = self.gateway(
            documents.gateway(),
            documents.virtual_service(documents.to(("app", None, "second"), match=match(uri={"exact": "/second"})),
                                      documents.to(("app", None, "first"))),
            documents.subsets("app", first={"version": "v1"}, second={"version": "v2"}),
            documents.service("app", documents.endpoint(v1, labels={"version": "v1"}),
                              documents.endpoint(v2, labels={"version": "v2"})))
        for _ in range(6):
            self.assertEqual(client.request(edge.http, target="/first").body, b"v1")
            self.assertEqual(client.request(edge.http, target="/second").body, b"v2")

    def test_a_subset_without_endpoints_has_no_healthy_upstream(self):
        edge = self.gateway(
            documents.gateway(), documents.virtual_service(documents.to(("app", None, "none"))),
            documents.subsets("app", none={"version": "v9"}), documents.service("app", self.origin()))
        answer = client.request(edge.http)
        self.assertEqual((answer.status, answer.body), (503, b"no healthy upstream"))
        self.assertIn("UH", edge.await_log()[0]["response_flags"])

    def test_endpoints_share_the_load(self):
        origins = [self.origin(behaviours.named, name) for name in ("a", "b", "c")]
        edge = self.serve_origins(*origins)
        with client.Client(edge.http) as connection:
            counts = collections.Counter(connection.request().body.decode() for _ in range(150))
        self.assertEqual(set(counts), {"a", "b", "c"}, counts)

    def test_a_name_is_resolved_by_dns(self):
        origin = self.origin(behaviours.named, "found")
        entry = documents.service("named.example", resolution="DNS")
        entry["spec"]["endpoints"] = [{"address": "localhost", "ports": {"http": origin.port}}]
        edge = self.gateway(documents.gateway(), documents.virtual_service(documents.to("named.example")), entry)
        self.assertEqual(client.request(edge.http).body, b"found")

    def test_a_destination_without_service_entry_is_resolved_by_dns(self):
        origin = self.origin(behaviours.named, "found")
        destination = {"destination": {"host": "localhost", "port": {"number": origin.port}}}
        edge = self.gateway(documents.gateway(), documents.virtual_service({"route": [destination]}))
        self.assertEqual(client.request(edge.http).body, b"found")

    def test_a_name_that_does_not_resolve_is_503(self):
        destination = {"destination": {"host": "does-not-exist.invalid", "port": {"number": 80}}}
        edge = self.gateway(documents.gateway(), documents.virtual_service({"route": [destination]}))
        self.assertEqual(client.request(edge.http).status, 503)

    def test_no_route_is_flagged(self):
        edge, _ = self.serve(match=match(uri={"exact": "/only"}))
        self.assertEqual(client.request(edge.http, target="/other").status, 404)
        line = edge.await_log()[0]
        self.assertEqual((line["response_flags"], line["response_code_details"]), ("NR", "route_not_found"))
