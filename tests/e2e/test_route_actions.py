"""What routes do besides passing requests on: redirects, direct responses, rewrites, headers, mirrors."""

from harness import behaviours, client, documents
from harness.case import EdgeTest, SharedEdgeTest
from harness.waiting import eventually

LISTED = {"request": {"set": {"x-set": "%REQ(x-user?:method)%", "x-name": "%ROUTE_NAME%"}, "add": {"x-add": "more"},
                      "remove": ["x-secret"]},
          "response": {"set": {"content-type": "text/x", "x-code": "%RESPONSE_CODE%"}, "add": {"x-client": "%REQ(:path)%"},
                       "remove": ["x-internal"]}}


def prefix(path, **fields):
    return {"name": path.strip("/"), "match": [{"uri": {"prefix": path}}], **fields}


def leading(path, **fields):
    return prefix(path, **documents.to("origin"), **fields)


class RouteActions(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        def answer(exchange):
            exchange.read_body()
            exchange.respond(200, "text", ["X-Internal: 1", "Content-Type: text/html"])
        cls.origin = stage.origin(answer)
        destination = {"destination": {"host": "origin"},
                       "headers": {"request": {"set": {"x-level": "destination", "host": "inner.example"},
                                               "add": {"x-order": "destination"}}}}
        cls.edge = stage.gateway(
            documents.gateway(),
            documents.virtual_service(
                prefix("/moved", redirect={"uri": "/new", "authority": "other.example", "redirectCode": 308}),
                prefix("/old/", redirect={"prefixRewrite": "/new/", "scheme": "https"}),
                prefix("/down", directResponse={"status": 503, "body": {"string": "closed"}},
                       headers={"response": {"set": {"retry-after": "5", "content-type": "text/x-note"}}}),
                prefix("/nothing", directResponse={"status": 204}),
                leading("/api/", rewrite={"uri": "/", "authority": "backend.example"}),
                leading("/files", rewrite={"uri": "/static/"}),
                leading("/v", rewrite={"uriRegexRewrite": {"match": "^/v([0-9]+)/", "rewrite": "/version/\\1/"}}),
                leading("/headers", headers=LISTED),
                prefix("/levels", route=[destination], headers={"request": {"set": {"x-level": "route"},
                                                                            "add": {"x-order": "route"}}}),
                prefix("/broken", route=[{"destination": {"host": "nowhere"}}], headers=LISTED, retries={"attempts": 0})),
            documents.service("origin", cls.origin), documents.service("nowhere", 1))

    def ask(self, target, method="GET", **options):
        return client.request(self.edge.http, method, target, **options)

    def sent(self, target, **options):
        """The request that reached the origin."""
        self.assertEqual(self.ask(target, **options).status, 200)
        return self.origin.requests[-1]

    def test_a_redirect_keeps_the_query(self):
        answer = self.ask("/moved/here?a=b", "POST", body=b"lost")
        self.assertEqual((answer.status, answer.get("location"), answer.body), (308, "http://other.example/new?a=b", b""))

    def test_a_redirect_by_prefix_keeps_the_rest(self):
        answer = self.ask("/old/a/b?c", host="a.example:80")
        self.assertEqual((answer.status, answer.get("location")), (301, "https://a.example/new/a/b?c"))

    def test_a_direct_response_has_the_headers_of_its_route(self):
        answer = self.ask("/down")
        self.assertEqual((answer.status, answer.body, answer.get("retry-after")), (503, b"closed", "5"))
        self.assertEqual(answer.fields.all("content-type"), ["text/x-note"])

    def test_a_direct_response_keeps_the_connection(self):
        with client.Client(self.edge.http) as connection:
            for method in ("GET", "HEAD", "GET"):
                self.assertEqual(connection.request(method, "/down").status, 503)
            self.assertEqual(connection.request(target="/nothing").status, 204)

    def test_a_rewrite_tells_the_origin_what_there_was(self):
        request = self.sent("/api/users?id=1", host="front.example")
        self.assertEqual(request.target, "/users?id=1")
        self.assertEqual(request.fields.all("host"), ["backend.example"])
        self.assertEqual(request.fields.get("x-envoy-original-path"), "/api/users?id=1")
        self.assertEqual(request.fields.get("x-envoy-original-host"), "front.example")

    def test_the_log_has_the_path_of_the_client(self):
        self.sent("/api/logged?x")
        self.assertTrue(eventually(lambda: any(line["path"] == "/api/logged?x" for line in self.edge.await_log()), "the line"))

    def test_a_rewrite_cannot_be_used_to_climb(self):
        before = len(self.origin.requests)
        self.assertEqual(self.ask("/files../secret").status, 400)
        self.assertEqual(len(self.origin.requests), before)
        self.assertEqual(self.sent("/files/x").target, "/static//x")

    def test_a_regex_rewrites_with_groups(self):
        self.assertEqual(self.sent("/v12/users?/v1/").target, "/version/12/users?/v1/")

    def test_headers_are_removed_set_and_added(self):
        answer = self.ask("/headers", headers=["X-User: ada", "X-Secret: s", "x-add: mine", "X-Set: old"])
        fields = self.origin.requests[-1].fields
        self.assertEqual((fields.all("x-set"), fields.all("x-add")), (["ada"], ["mine", "more"]))
        self.assertEqual((fields.get("x-name"), fields.get("x-secret")), ("headers", None))
        self.assertEqual((answer.fields.all("content-type"), answer.get("x-code")), (["text/x"], "200"))
        self.assertEqual((answer.get("x-client"), answer.get("x-internal")), ("/headers", None))

    def test_the_destination_comes_before_the_route(self):
        fields = self.sent("/levels").fields
        self.assertEqual((fields.all("x-level"), fields.all("x-order")), (["route"], ["destination", "route"]))
        self.assertEqual(fields.all("host"), ["inner.example"])

    def test_answers_of_the_gateway_are_changed_as_well(self):
        answer = self.ask("/broken")
        self.assertEqual((answer.status, answer.get("x-code")), (503, "503"))


class Mirrors(EdgeTest):
    def serve_mirrored(self, mirror, **route):
        origin = self.origin(behaviours.named)
        route = documents.to("origin", mirror={"host": "mirror"}, **route)
        edge = self.gateway(documents.gateway(), documents.virtual_service(route),
                            documents.service("origin", origin), documents.service("mirror", mirror))
        return edge, origin

    def mirrored(self, edge, result="sent"):
        return edge.metrics().total("tidegate_mirrored_requests_total", result=result)

    def test_a_mirror_gets_the_whole_request(self):
        mirror = self.origin(behaviours.status(500, "ignored"))
        edge, _ = self.serve_mirrored(mirror)
        answer = client.request(edge.http, "POST", "/a?b", headers=["X-Mark: m"], body=b"body")
        self.assertEqual((answer.status, answer.body), (200, b"origin"))
        eventually(lambda: mirror.requests and mirror.requests[0].body, "the copy")
        copy = mirror.requests[0]
        self.assertEqual((copy.method, copy.target, copy.body, copy.fields.get("x-mark")), ("POST", "/a?b", b"body", "m"))
        self.assertEqual(copy.fields.all("host"), ["test.example"])

    def test_a_dead_or_silent_mirror_costs_the_client_nothing(self):
        for mirror in (1, self.origin(behaviours.never)):
            with self.subTest(mirror=mirror):
                edge, _ = self.serve_mirrored(mirror)
                for _ in range(5):
                    self.assertEqual(client.request(edge.http, "POST", body=b"x").status, 200)

    def test_a_percentage_of_zero_mirrors_nothing(self):
        mirror = self.origin(behaviours.named)
        edge, _ = self.serve_mirrored(mirror, mirrorPercentage={"value": 0})
        for _ in range(20):
            client.request(edge.http)
        self.assertEqual((mirror.received, self.mirrored(edge)), ([], 0))

    def test_a_long_body_is_not_mirrored(self):
        mirror = self.origin(behaviours.named)
        edge, origin = self.serve_mirrored(mirror)
        self.assertEqual(client.request(edge.http, "POST", body=b"b" * 300000).status, 200)
        self.assertEqual(len(origin.requests[0].body), 300000)
        self.assertEqual((self.mirrored(edge), self.mirrored(edge, "left_out")), (0, 1))
