"""What HTTP/2 can say and HTTP/1 must not hear: refused, before or after an origin has seen the beginning."""

from harness import http2
from harness.case import SharedEdgeTest
from harness.http2 import PROTOCOL_ERROR
from harness.http2_requests import BODIES, HEADS
from harness.waiting import eventually

REFUSALS = (400, 405, 501)


def answer(exchange):
    if exchange.request.target == "/answer":
        exchange.read_body()
        return exchange.send(b"HTTP/1.1 200 OK\r\nX-Upper: Kept\r\nConnection: x-private\r\nX-Private: a\r\nKeep-Alive: timeout=5\r\n"
                             b"Transfer-Encoding: chunked\r\nTrailer: X-After\r\n\r\n2\r\nok\r\n0\r\nX-After: Body\r\n\r\n")
    if exchange.request.target == "/large":
        return exchange.respond(200, headers=["X-Large: " + "a" * 78_000])
    if exchange.request.target == "/early":
        exchange.respond(200, "early")
        return exchange.connection.reader.fill()
    exchange.read_body()
    exchange.describe()


class HeaderTest(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        cls.edge, cls.origin = stage.serve(answer)

    def peer(self):
        return http2.Http2Peer(self.edge.http)


class Refused(HeaderTest):
    def test_no_unsound_head_reaches_an_origin(self):
        for name, fields in HEADS.items():
            with self.subTest(name), self.peer() as peer:
                stream = peer.open(fields)
                peer.wait(lambda: peer[stream].is_over)
                if peer[stream].error is None:
                    self.assertIn(peer[stream].status, REFUSALS)
                else:
                    self.assertEqual(peer[stream].error, PROTOCOL_ERROR)
                self.assertEqual(peer.get(path="/sound").status, 200)  # a matter of one request, not of the connection
                self.assertIsNone(peer.goaway)
        self.assertEqual({request.target for request in self.origin.requests}, {"/sound"})
        self.assertEqual(self.origin.offences, [])
        self.assertNotIn(b"smuggled", b"".join(self.origin.received).lower())


class Aborted(HeaderTest):
    def connection_of_the_unsound(self):
        open_ = [connection for connection in self.origin.connections if connection.is_open and connection.requests]
        return next((each for each in open_ if each.requests[-1].target == "/unsound"), None)

    def test_a_request_that_turns_out_unsound_takes_its_origin_connection_along(self):
        for name, (fields, rest) in BODIES.items():
            with self.subTest(name), self.peer() as peer:
                stream = peer.open(http2.request("POST", "/unsound", "test.example", "http", *fields), end=False)
                connection = eventually(self.connection_of_the_unsound, "the head at the origin")
                peer.send(rest(stream))
                peer.wait(lambda: peer[stream].is_over)
                self.assertEqual(peer[stream].error, PROTOCOL_ERROR)
                eventually(lambda: not connection.is_open, "the origin's connection to be closed")
                self.assertFalse(connection.received.endswith(b"\r\n0\r\n\r\n"), (name, connection.received))
                self.assertEqual(peer.get(path="/sound").status, 200)
        self.assertNotIn(b"smuggled", b"".join(self.origin.received).lower())


    def test_an_answer_before_the_end_of_the_request_leaves_no_connection_behind(self):
        """What the client still sends can be anything, and must not become a request."""
        with self.peer() as peer:
            stream = peer.open(http2.request("POST", "/early"), end=False)
            peer.wait(lambda: peer[stream].is_complete)
            connection = next(each for each in self.origin.connections if each.requests and each.requests[-1].target == "/early")
            peer.send(http2.data(stream, b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n") + http2.headers(stream, [("X-Smuggled", "a")]))
            eventually(lambda: not connection.is_open, "the origin's connection to be closed")
            self.assertEqual(peer.get(path="/sound").status, 200)
        self.assertNotIn(b"smuggled", b"".join(self.origin.received).lower())


class Translated(HeaderTest):
    def get(self, *fields, method="GET", path="/", body=None, authority="test.example"):
        """The request as the origin has seen it."""
        with self.peer() as peer:
            stream = peer.open(http2.request(method, path, authority, "http", *fields), body=body)
            peer.wait(lambda: peer[stream].is_over)
            self.assertEqual(peer[stream].status, 200)
        return self.origin.requests[-1]

    def test_crumbs_of_cookies_become_one_field(self):
        request = self.get(("cookie", "a=1"), ("x-a", "b"), ("cookie", "b=2"), ("cookie", "c=3"))
        self.assertEqual(request.fields.all("cookie"), ["a=1; b=2; c=3"])

    def test_the_authority_becomes_host(self):
        self.assertEqual(self.get(authority="test.example:8080").fields.all("host"), ["test.example:8080"])

    def test_a_host_that_says_the_same_is_no_contradiction(self):
        self.assertEqual(self.get(("host", "Test.Example")).fields.all("host"), ["test.example"])

    def test_trailers_may_be_asked_for(self):
        self.get(("te", "trailers"))

    def test_a_length_is_kept(self):
        request = self.get(("content-length", "3"), method="POST", body=b"abc")
        self.assertEqual((request.fields.all("content-length"), request.body), (["3"], b"abc"))
        self.assertNotIn("transfer-encoding", request.fields)

    def test_a_body_without_a_length_is_chunked(self):
        request = self.get(method="POST", body=b"abc")
        self.assertEqual((request.fields.all("transfer-encoding"), request.body), (["chunked"], b"abc"))

    def test_an_asterisk_is_for_options(self):
        self.assertEqual(self.get(method="OPTIONS", path="*").target, "*")

    def test_a_large_head_of_an_answer_arrives(self):
        with self.peer() as peer:
            answer_ = peer.get(path="/large")
            self.assertEqual(len(dict(answer_.head)["x-large"]), 78_000)

    def test_names_of_answers_are_in_lower_case_and_what_is_about_the_connection_stays_behind(self):
        with self.peer() as peer:
            answer_ = peer.get(path="/answer")
            names = [name for name, _ in answer_.head]
            self.assertIn(("x-upper", "Kept"), answer_.head)
            self.assertEqual([name for name in names if name != name.lower()], [])
            self.assertEqual({"connection", "keep-alive", "transfer-encoding", "x-private"} & set(names), set())
            self.assertEqual(answer_.trailers, [("x-after", "Body")])
