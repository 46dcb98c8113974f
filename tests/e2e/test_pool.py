"""Connections to origins that are kept: who may use one again, and what becomes of it when its endpoint goes."""

from harness import behaviours, client, documents
from harness.case import EdgeTest
from harness.load import Load
from harness.waiting import eventually

ONE_WORKER = {"gateway": {"workers": 1}}
POISON = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
LENGTH = b"Content-Length: %d\r\n\r\n" % len(POISON)

# name → (method, an answer without a body)
BODILESS = {
    "an empty length": ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "204": ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
    "304": ("GET", b"HTTP/1.1 304 Not Modified\r\n" + LENGTH),
    "HEAD": ("HEAD", b"HTTP/1.1 200 OK\r\n" + LENGTH),
    "HEAD and chunks": ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
}
RETRIED = {
    "an empty length": ("GET", b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"),
    "HEAD": ("HEAD", b"HTTP/1.1 503 No\r\n" + LENGTH),
}


def target(exchange):
    """Says what was asked for."""
    exchange.read_body()
    exchange.respond(200, exchange.request.target)


class BytesBehindAnAnswer(EdgeTest):
    """An origin sends more than its answer, in the same packet: nobody gets it."""

    def assert_own_answers(self, edge):
        for n in range(5):
            answer = client.request(edge.http, target=f"/own/{n}")
            self.assertEqual((answer.status, answer.body.decode()), (200, f"/own/{n}"))

    def poisoned(self, head, **route):
        return self.serve(behaviours.First(1, behaviours.raw(head + POISON), target), ONE_WORKER, **route)

    def test_behind_a_bodiless_answer_they_reach_no_other_client(self):
        for name, (method, head) in BODILESS.items():
            with self.subTest(name):
                edge, origin = self.poisoned(head, retries={"attempts": 0})
                answer = client.request(edge.http, method, "/evil")
                self.assertEqual((answer.status, answer.body), (int(head.split()[1]), b""))
                self.assert_own_answers(edge)
                self.assertEqual(len(origin.connections[0].requests), 1)

    def test_behind_an_answer_that_is_retried_they_reach_nobody(self):
        for name, (method, head) in RETRIED.items():
            with self.subTest(name):
                edge, origin = self.poisoned(head, retries={"attempts": 1, "retryOn": "5xx"})
                answer = client.request(edge.http, method, "/evil")
                self.assertEqual((answer.status, answer.get("content-length")), (200, "5"))
                self.assertEqual(answer.body, b"" if method == "HEAD" else b"/evil")
                self.assert_own_answers(edge)
                self.assertEqual(len(origin.connections[0].requests), 1)

    def test_a_retried_answer_without_more_leaves_its_connection_to_others(self):
        edge, origin = self.serve(behaviours.First(1, behaviours.status(503), target), ONE_WORKER,
                                  retries={"attempts": 1, "retryOn": "5xx"})
        self.assertEqual(client.request(edge.http, target="/evil").body, b"/evil")
        self.assert_own_answers(edge)
        self.assertEqual(len(origin.connections), 1)


class Endpoints(EdgeTest):
    def topology(self, *origins):
        return [documents.gateway(), documents.virtual_service(documents.to("origin")),
                documents.service("origin", *origins)]

    def replaced(self, handler):
        """A gateway whose only endpoint a reload replaces while it has a request: (gateway, old endpoint, client)."""
        first, second = self.origin(handler, "first"), self.origin(behaviours.named, "second")
        edge = self.gateway(*self.topology(first), settings=ONE_WORKER)
        connection = client.Client(edge.http)
        self.addCleanup(connection.close)
        connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        first.await_requests(1)
        edge.write(self.topology(second))
        self.assertTrue(edge.reload())
        return edge, first, connection

    def test_an_endpoint_that_a_reload_drops_finishes_its_request(self):
        gate = behaviours.Gate()
        _, first, connection = self.replaced(gate)
        gate.open()
        answer = connection.response()
        self.assertEqual((answer.status, answer.body), (200, b"first"))
        eventually(lambda: not first.connections[0].is_open, "the connection to the old endpoint to be closed")
        self.assertEqual(connection.request().body, b"second")
        connection.close()

    def test_a_client_that_leaves_a_dropped_endpoint_harms_nothing(self):
        edge, first, connection = self.replaced(behaviours.never)
        connection.reset()
        eventually(lambda: not first.connections[0].is_open, "the request to be cancelled")
        self.assertEqual(client.request(edge.http).body, b"second")

    def test_an_address_that_is_named_twice_survives_reloads_under_load(self):
        origin = self.origin(behaviours.named)
        edge = self.gateway(*self.topology(origin, origin), settings=ONE_WORKER)
        with Load(edge.http, threads=8) as load:
            for _ in range(20):
                eventually(load.has_done(20), "traffic")
                self.assertTrue(edge.reload())
        self.assertEqual(load.failures, [])

    def test_without_idle_connections_each_request_has_its_own(self):
        edge, origin = self.serve(behaviours.named, {"limits": {"upstream_idle_connections": 0}, **ONE_WORKER})
        with client.Client(edge.http) as connection:
            for _ in range(5):
                answer = connection.request()
                self.assertEqual((answer.status, answer.body), (200, b"origin"))
        self.assertEqual([len(each.requests) for each in origin.connections], [1] * 5)
        eventually(lambda: not any(each.is_open for each in origin.connections), "all connections to be closed")
