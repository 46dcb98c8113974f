"""Origins that break the protocol: what their client gets, and that nobody else gets any of it.

After each misdeed other clients ask the same origin: each must get its own answer, whatever the origin has added.
"""

import contextlib

from harness import behaviours, client
from harness.case import EdgeTest, SharedEdgeTest
from harness.message import Malformed, Truncated
from harness.waiting import eventually

OK = b"HTTP/1.1 200 OK\r\n"
POISON = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
BAD_GATEWAY = (502, 503)
BROKEN = "broken"  # the client notices: the answer is cut short, not completed

# name → (bytes, then, what the client may get: statuses, or BROKEN when the head had already been good)
ANSWERS = {
    "length_and_chunked": (OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "keep", BAD_GATEWAY),
    "two_lengths": (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "keep", BAD_GATEWAY),
    "length_list": (OK + b"Content-Length: 5, 6\r\n\r\nhello!", "keep", BAD_GATEWAY),
    "length_negative": (OK + b"Content-Length: -5\r\n\r\nhello", "keep", BAD_GATEWAY),
    "length_with_plus": (OK + b"Content-Length: +5\r\n\r\nhello", "keep", BAD_GATEWAY),
    "length_too_big": (OK + b"Content-Length: 99999999999999999999\r\n\r\nhello", "keep", BAD_GATEWAY),
    "coding_unknown": (OK + b"Transfer-Encoding: gzip\r\n\r\nhello", "close", BAD_GATEWAY),
    "coding_twice": (OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "keep", BAD_GATEWAY),
    "coding_chunked_then_identity": (OK + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "close", BAD_GATEWAY),
    "nul_in_a_header": (OK + b"X: a\0b\r\nContent-Length: 0\r\n\r\n", "keep", BAD_GATEWAY),
    "bare_lf_in_a_header": (OK + b"X: a\nSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n", "keep", BAD_GATEWAY),
    "bare_cr_in_a_header": (OK + b"X: a\rSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n", "keep", BAD_GATEWAY),
    "folded_header": (OK + b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n", "keep", BAD_GATEWAY),
    "header_without_colon": (OK + b"nonsense\r\nContent-Length: 0\r\n\r\n", "keep", BAD_GATEWAY),
    "blank_before_colon": (OK + b"Content-Length : 5\r\n\r\nhello", "keep", BAD_GATEWAY),
    "status_099": (b"HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n", "keep", BAD_GATEWAY),
    "status_1000": (b"HTTP/1.1 1000 High\r\nContent-Length: 0\r\n\r\n", "keep", BAD_GATEWAY),
    "status_word": (b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n", "keep", BAD_GATEWAY),
    "version_2_0": (b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "keep", BAD_GATEWAY),
    "no_http_at_all": (b"220 mail.example ESMTP\r\n\r\n", "keep", BAD_GATEWAY),
    "head_cut_by_close": (OK + b"X: y", "close", BAD_GATEWAY),
    "head_cut_by_reset": (OK + b"X: y", "reset", BAD_GATEWAY),
    "nothing_but_close": (b"", "close", BAD_GATEWAY),
    "nothing_but_reset": (b"", "reset", BAD_GATEWAY),
    "header_of_1_mb": (OK + b"X: " + b"a" * (1 << 20) + b"\r\nContent-Length: 0\r\n\r\n", "keep", BAD_GATEWAY),
    "unasked_101": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\n" + POISON, "keep", BAD_GATEWAY),
    "interim_flood": (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100000 + OK + b"Content-Length: 0\r\n\r\n", "keep", (200, *BAD_GATEWAY)),
    "length_too_long": (OK + b"Content-Length: 50\r\n\r\nhello", "close", BROKEN),
    "chunk_cut_by_close": (OK + b"Transfer-Encoding: chunked\r\n\r\n50\r\nhello", "close", BROKEN),
    "chunks_without_end": (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "close", BROKEN),
    "chunk_size_hex_prefix": (OK + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", "keep", (*BAD_GATEWAY, BROKEN)),
    "chunk_end_missing": (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n", "keep", (*BAD_GATEWAY, BROKEN)),
    "chunk_lines_with_lf": (OK + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n", "keep", (*BAD_GATEWAY, BROKEN)),
    "body_cut_by_reset": (OK + b"Content-Length: 50\r\n\r\nhello", "reset", (*BAD_GATEWAY, BROKEN)),
    "extra_bytes_after_a_length": (OK + b"Content-Length: 5\r\n\r\nhello" + POISON, "keep", (200, *BAD_GATEWAY)),
    "extra_bytes_after_chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + POISON, "keep", (200, *BAD_GATEWAY)),
    "body_after_204": (b"HTTP/1.1 204 No Content\r\n\r\n" + POISON, "keep", (204, *BAD_GATEWAY)),
    "length_on_204": (b"HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\npoison", "keep", (204, *BAD_GATEWAY)),
    "body_after_304": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\npoison" + POISON, "keep", (304, *BAD_GATEWAY)),
    "chunks_after_204": (b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n", "keep", (204, *BAD_GATEWAY)),
}


class Misdeeds(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        cls.edge, cls.origin = stage.serve(cls.answer, settings={"gateway": {"workers": 1}}, retries={"attempts": 0})

    @staticmethod
    def answer(exchange):
        exchange.read_body()
        name = exchange.request.target.lstrip("/")
        if name not in ANSWERS:
            exchange.respond(200, f"own answer of {name}")
            return
        data, then, _ = ANSWERS[name]
        exchange.send(data)
        if then != "keep":
            getattr(exchange, then)()

    def outcome(self, name, method="GET"):
        with client.Client(self.edge.http) as connection:
            try:
                answer = connection.request(method, f"/{name}")
            except (Truncated, Malformed, ConnectionError):
                return BROKEN, b""
            return answer.status, answer.body

    def assert_others_unharmed(self):
        with client.Client(self.edge.http) as connection:
            for n in range(5):
                answer = connection.request(target=f"/{n}")
                self.assertEqual((answer.status, answer.body.decode()), (200, f"own answer of {n}"))

    def check(self, name):
        expected = ANSWERS[name][2]
        outcome, body = self.outcome(name)
        self.assertIn(outcome, expected if isinstance(expected, tuple) else (expected,))
        self.assertNotIn(b"poison", body)
        self.assert_others_unharmed()

    def test_a_head_answer_with_a_body_poisons_nobody(self):
        for name in ("extra_bytes_after_a_length", "body_after_204"):
            outcome, body = self.outcome(name, "HEAD")
            self.assertIn(outcome, (200, 204, *BAD_GATEWAY))
            self.assertEqual(body, b"")
            self.assert_others_unharmed()

    def test_the_same_client_is_not_poisoned_either(self):
        with client.Client(self.edge.http) as connection:
            self.assertEqual(connection.request(target="/extra_bytes_after_a_length").body, b"hello")
            self.assertEqual(connection.request(target="/x").body, b"own answer of x")

    def test_errors_are_flagged_as_the_upstreams(self):
        edge = self.edge
        client.request(edge.http, target="/length_and_chunked", headers=["X-Request-Id: flagged"])
        lines = eventually(lambda: [line for line in edge.log() if line["path"] == "/length_and_chunked"], "the log line")
        self.assertTrue(set(lines[-1]["response_flags"].split(",")) & {"UPE", "UC", "UF"}, lines[-1])


def add_table():
    for name in ANSWERS:
        setattr(Misdeeds, f"test_{name}", lambda self, name=name: self.check(name))


add_table()


class Connections(EdgeTest):
    SETTINGS = {"gateway": {"workers": 1}}

    def ask(self, edge, target="/"):
        answer = client.request(edge.http, target=target)
        return answer.status, answer.body

    def test_bytes_that_arrive_on_an_idle_connection_are_not_an_answer(self):
        """The response comes before its request: sent when the connection already waits in the pool."""
        edge, origin = self.serve(behaviours.named, self.SETTINGS)
        self.assertEqual(self.ask(edge), (200, b"origin"))
        first = origin.connections[0]
        first.socket.sendall(POISON)
        eventually(lambda: not first.is_open, "the gateway to close the poisoned connection")
        for _ in range(5):
            self.assertEqual(self.ask(edge), (200, b"origin"))

    def test_an_answer_before_its_request_is_not_used(self):
        """The same without waiting: the poison is there before the next request is sent, but not for long."""
        edge, origin = self.serve(lambda exchange: exchange.respond(200, exchange.request.target), self.SETTINGS)
        for n in range(30):
            self.assertEqual(self.ask(edge, f"/{n}"), (200, f"/{n}".encode()))
            for connection in list(origin.connections):
                with contextlib.suppress(OSError):  # closed already
                    connection.socket.sendall(POISON)

    def test_connection_close_of_an_origin_is_heeded(self):
        def last(exchange):
            exchange.respond(200, "bye", ["Connection: close"])
            exchange.close()
        edge, origin = self.serve(last, self.SETTINGS)
        for _ in range(10):
            self.assertEqual(self.ask(edge), (200, b"bye"))
        self.assertEqual({len(connection.requests) for connection in origin.connections}, {1})

    def test_an_http_1_0_origin_is_not_asked_twice_on_a_connection(self):
        def old(exchange):
            exchange.send(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold")
            if exchange.number:
                exchange.reset()
        edge, origin = self.serve(old, self.SETTINGS)
        for _ in range(5):
            self.assertEqual(self.ask(edge), (200, b"old"))
        self.assertEqual({len(connection.requests) for connection in origin.connections}, {1})

    def test_good_connections_are_used_again(self):
        edge, origin = self.serve(behaviours.named, self.SETTINGS)
        for _ in range(20):
            self.ask(edge)
        self.assertEqual(len(origin.connections), 1)

    def test_a_head_that_never_ends_is_given_up(self):
        def endless(exchange):
            exchange.send(b"HTTP/1.1 200 OK\r\n")
            while True:
                exchange.send(b"X: y\r\n" * 1000)
        edge, _ = self.serve(endless, self.SETTINGS, retries={"attempts": 0})
        self.assertIn(self.ask(edge)[0], BAD_GATEWAY)

    def test_an_origin_that_leaves_before_the_upload_ends_is_reported(self):
        def leave(exchange):
            exchange.reset()
        edge, _ = self.serve(leave, self.SETTINGS, retries={"attempts": 0})
        with client.Client(edge.http) as connection:
            connection.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000)
            self.assertIn(connection.response().status, BAD_GATEWAY)

    def test_a_client_that_leaves_cancels_the_request(self):
        edge, origin = self.serve(behaviours.never, self.SETTINGS)
        with client.Client(edge.http) as connection:
            connection.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            origin.await_requests(1)
            connection.reset()
        eventually(lambda: not origin.connections[0].is_open, "the request at the origin to be cancelled")
        self.assertIn("DC", edge.await_log()[0]["response_flags"])
