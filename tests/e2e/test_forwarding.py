"""What the gateway adds to a message, takes from it and leaves alone, and how paths are normalised."""

import json
import re

from harness import behaviours, client, documents
from harness.case import EdgeTest
from harness.certificates import certificate

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


class Requests(EdgeTest):
    def forwarded(self, *headers, settings=None, **request):
        edge, origin = self.serve(settings=settings)
        self.assertEqual(client.request(edge.http, headers=headers, **request).status, 200)
        return origin.requests[0]

    def trusted(self, *headers):
        return self.forwarded(*headers, settings={"gateway": {"trusted_proxies": ["127.0.0.0/8"]}}).fields

    def test_end_to_end_headers_arrive_unchanged_and_in_order(self):
        sent = [("X-One", "1"), ("Accept", "*/*"), ("x-two", "a, b"), ("X-One", "again"), ("Cookie", "a=b; c=d"),
                ("Authorization", "Basic eHg="), ("User-Agent", "test/1.0")]
        fields = self.forwarded(*[f"{name}: {value}" for name, value in sent]).fields
        self.assertEqual([field for field in fields if field in sent], sent)

    def test_the_host_arrives_unchanged(self):
        self.assertEqual(self.forwarded(host="Test.Example:8080").fields.all("host"), ["Test.Example:8080"])

    def test_hop_by_hop_headers_are_removed(self):
        fields = self.forwarded("Connection: keep-alive, X-Private", "X-Private: 1", "Keep-Alive: timeout=5",
                                "Proxy-Connection: keep-alive", "TE: gzip", "Upgrade: foo", "HTTP2-Settings: AAMAAABk").fields
        for name in ("x-private", "keep-alive", "proxy-connection", "te", "upgrade", "http2-settings"):
            self.assertNotIn(name, fields)
        self.assertNotIn("x-private", (fields.get("connection") or "").lower())

    def test_te_trailers_stays(self):
        self.assertEqual(self.forwarded("TE: gzip, trailers").fields.all("te"), ["trailers"])

    def test_the_peer_is_appended_to_x_forwarded_for(self):
        self.assertEqual(self.forwarded().fields.all("x-forwarded-for"), ["127.0.0.1"])
        joined = ",".join(self.forwarded("X-Forwarded-For: 198.51.100.7").fields.all("x-forwarded-for"))
        self.assertEqual([each.strip() for each in joined.split(",")][-1], "127.0.0.1")

    def test_x_forwarded_proto_is_ours(self):
        self.assertEqual(self.forwarded("X-Forwarded-Proto: https").fields.all("x-forwarded-proto"), ["http"])

    def test_x_forwarded_proto_of_tls_is_https(self):
        made = certificate("tls.example")
        origin = self.origin()
        edge = self.gateway(documents.gateway(documents.https_server("tls.example", credential="cert")),
                            documents.virtual_service(documents.to("origin")), documents.service("origin", origin),
                            documents.secret("cert", made))
        context = client.tls_context(made.certificate_file)
        client.request(edge.https, host="tls.example", tls=context, server_name="tls.example")
        self.assertEqual(origin.requests[0].fields.all("x-forwarded-proto"), ["https"])

    def test_trusted_proxies_are_believed(self):
        fields = self.trusted("X-Forwarded-Proto: https", "X-Forwarded-For: 198.51.100.7", "X-Request-Id: kept")
        self.assertEqual(fields.all("x-forwarded-proto"), ["https"])
        self.assertEqual(fields.all("x-request-id"), ["kept"])
        self.assertEqual(re.split(", *", ",".join(fields.all("x-forwarded-for"))), ["198.51.100.7", "127.0.0.1"])

    def test_a_trusted_https_is_not_redirected_again(self):
        made = certificate("tls.example")
        for proxies, status in (([], 301), (["127.0.0.1"], 200)):
            with self.subTest(proxies):
                edge = self.gateway(
                    documents.gateway(documents.http_server("tls.example", redirect=True),
                                      documents.https_server("tls.example", credential="cert")),
                    documents.virtual_service(documents.to("origin")), documents.service("origin", self.origin()),
                    documents.secret("cert", made), settings={"gateway": {"trusted_proxies": proxies}})
                answer = client.request(edge.http, host="tls.example", headers=["X-Forwarded-Proto: https"])
                self.assertEqual(answer.status, status)

    def test_a_request_id_is_made_for_everybody_else(self):
        ids = {self.forwarded("X-Request-Id: forged").fields.get("x-request-id"), self.forwarded().fields.get("x-request-id")}
        self.assertEqual(len(ids), 2)
        for each in ids:
            self.assertRegex(each, UUID)

    def test_the_request_id_stands_in_the_log(self):
        edge, origin = self.serve()
        client.request(edge.http)
        self.assertEqual(edge.await_log()[0]["request_id"], origin.requests[0].fields.get("x-request-id"))

    def test_outside_x_envoy_headers_are_stripped(self):
        fields = self.forwarded("x-envoy-retry-on: 5xx", "X-Envoy-Max-Retries: 100", "x-envoy-upstream-rq-timeout-ms: 1",
                                "X-Envoy-Original-Path: /admin", "X-Forwarded-Client-Cert: By=me").fields
        for name in ("x-envoy-retry-on", "x-envoy-max-retries", "x-envoy-upstream-rq-timeout-ms", "x-envoy-original-path",
                     "x-forwarded-client-cert"):
            self.assertNotIn(name, fields)

    def test_expect_is_not_sent_to_the_origin_twice_answered(self):
        edge, origin = self.serve()
        with client.Client(edge.http) as connection:
            connection.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok")
            answer = connection.response()
        self.assertEqual(answer.status, 200)
        self.assertLessEqual(len(answer.interim), 1)
        self.assertEqual(origin.requests[0].body, b"ok")

    def test_an_http_1_0_request_becomes_1_1(self):
        edge, origin = self.serve()
        client.raw(edge.http, "GET / HTTP/1.0\r\nHost: old.example\r\n\r\n")
        self.assertEqual((origin.requests[0].minor, origin.requests[0].fields.all("host")), (1, ["old.example"]))


class Responses(EdgeTest):
    def answer(self, *lines):
        head = "\r\n".join(["HTTP/1.1 200 Fine", "Content-Length: 2", *lines, "", ""]).encode("latin-1")
        edge, _ = self.serve(behaviours.raw(head + b"ok"))
        return client.request(edge.http)

    def test_hop_by_hop_headers_are_removed(self):
        fields = self.answer("Connection: X-Private", "X-Private: 1", "Keep-Alive: timeout=5", "Proxy-Connection: close",
                             "Upgrade: foo").fields
        for name in ("x-private", "keep-alive", "proxy-connection", "upgrade"):
            self.assertNotIn(name, fields)

    def test_end_to_end_headers_arrive_unchanged(self):
        fields = self.answer("Set-Cookie: a=b", "Set-Cookie: c=d", "ETag: W/\"x\"", "X-Any: \xe4").fields
        self.assertEqual(fields.all("set-cookie"), ["a=b", "c=d"])
        self.assertEqual((fields.get("etag"), fields.get("x-any")), ('W/"x"', "\xe4"))

    def test_the_server_names_itself(self):
        self.assertEqual(self.answer("Server: secret/1.2.3").fields.all("server"), ["tidegate"])

    def test_a_date_is_added_only_when_it_is_missing(self):
        self.assertRegex(self.answer().get("date"), r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
        given = "Sun, 06 Nov 1994 08:49:37 GMT"
        self.assertEqual(self.answer(f"Date: {given}").fields.all("date"), [given])

    def test_local_answers_carry_date_and_server(self):
        edge, _ = self.serve(match=[{"uri": {"exact": "/only"}}])
        answer = client.request(edge.http, target="/other")
        self.assertEqual((answer.status, answer.fields.all("server")), (404, ["tidegate"]))
        self.assertIsNotNone(answer.get("date"))


# target → what reaches the origin; a number is the status of a refusal, a string with `>` a redirect
PATHS = {
    "/a/b": "/a/b", "/a/./b": "/a/b", "/a/../b": "/b", "/a/b/..": "/a/", "/a/b/.": "/a/b/", "//a///b": "/a/b",
    "/a/%2e%2e/b": "/b", "/a/%2E./b": "/b", "/%61": "/a", "/a%20b": "/a%20b", "/a?b=/../c": "/a?b=/../c",
    "/a?b=c?d": "/a?b=c?d", "/?": "/?", "/a%2fb": ">/a/b", "/a%5Cb": ">/a/b", "/a%2f..%2fb?q": ">/b?q",
    "/../a": 400, "/a/../../b": 400, "/%00": 400, "/a%": 400, "/a%g0": 400, "/a/..;/b": 400,
    "/a;b=c/d": "/a;b=c/d", "/a+b": "/a+b", "/~u": "/~u", "/%7Eu": "/~u", "/a=b&c": "/a=b&c",
}


class Paths(EdgeTest):
    def test_paths_are_normalised_before_they_are_forwarded(self):
        edge, origin = self.serve()
        for target, expected in PATHS.items():
            with self.subTest(target):
                before = len(origin.requests)
                answer = client.request(edge.http, target=target)
                if isinstance(expected, int):
                    self.assertEqual(answer.status, expected)
                elif expected.startswith(">"):
                    self.assertEqual((answer.status, answer.get("location")), (307, expected[1:]))
                else:
                    self.assertEqual((answer.status, json.loads(answer.body)["target"]), (200, expected))
                self.assertEqual(len(origin.requests) - before, int(answer.status == 200))

    def test_escaped_slashes_follow_the_setting(self):
        for action, expected in (("keep", (200, "/a%2Fb")), ("reject", (400, None)),
                                 ("unescape_and_forward", (200, "/a/b"))):
            with self.subTest(action):
                edge, origin = self.serve(settings={"path": {"escaped_slashes": action}})
                answer = client.request(edge.http, target="/a%2Fb")
                self.assertEqual((answer.status, origin.requests[0].target if origin.requests else None), expected)

    def test_slashes_can_be_left_alone(self):
        edge, origin = self.serve(settings={"path": {"merge_slashes": False}})
        client.request(edge.http, target="/a//b")
        self.assertEqual(origin.requests[0].target, "/a//b")
