"""HTTP/2 towards clients, with a client that looks closely: trailers, interim heads, windows, resets, GOAWAY."""

import contextlib
import signal
import threading

from h2.errors import ErrorCodes

from harness import behaviours
from harness.case import EdgeTest
from harness.gateway import IS_SANITIZED
from harness.h2_client import H2Client
from harness.h2_session import SETTINGS, Gone
from harness.waiting import eventually

MEBIBYTE = 1 << 20
WINDOW = 256 << 10


class Streams(EdgeTest):
    def connect(self, edge, **options):
        connection = H2Client(edge.http, **options)
        self.addCleanup(connection.reset)
        return connection

    def test_trailers_pass_both_ways(self):
        edge, _ = self.serve(behaviours.echo)
        answer = self.connect(edge).request("POST", body=b"x" * 1000, headers=["TE: trailers"], trailers=["Sum: 5"])
        self.assertEqual((answer.status, answer.body, answer.trailers), (200, b"x" * 1000, [("sum", "5")]))

    def test_early_hints_come_before_the_answer(self):
        def handler(exchange):
            exchange.interim(103, ["Link: </a>; rel=preload"])
            behaviours.named(exchange)
        edge, _ = self.serve(handler)
        answer = self.connect(edge).request()
        self.assertEqual([(each.status, each.get("link")) for each in answer.interim], [(103, "</a>; rel=preload")])
        self.assertEqual((answer.status, answer.body), (200, b"origin"))

    def test_an_answer_begins_before_the_request_ends(self):
        edge, _ = self.serve(behaviours.echo)
        stream = self.connect(edge).open("POST")
        stream.write(b"first")
        self.assertEqual(stream.response_head().status, 200)
        pieces = stream.body_pieces()
        self.assertEqual(next(pieces), b"first")
        stream.write(b"second", end=True)
        self.assertEqual(b"".join(pieces), b"second")

    def test_who_reads_one_stream_slowly_holds_up_no_other(self):
        edge, _ = self.serve(behaviours.generate)
        connection = self.connect(edge, settings={SETTINGS.INITIAL_WINDOW_SIZE: 20000}, window=10 * MEBIBYTE)
        unread = [connection.open(target=f"/{MEBIBYTE}", end=True) for _ in range(20)]
        for stream in unread:
            self.assertEqual(stream.response_head().status, 200)
        self.assertEqual(len(connection.request(target=f"/{MEBIBYTE}").body), MEBIBYTE)
        for stream in unread:
            self.assertEqual(sum(map(len, stream.body_pieces())), MEBIBYTE)

    def test_a_hundred_streams_of_an_endless_answer_need_little_memory(self):
        """One is never read, the others a good part, and then none."""
        edge, _ = self.serve(behaviours.generate)
        before = edge.rss()
        connection = self.connect(edge, settings={SETTINGS.INITIAL_WINDOW_SIZE: WINDOW}, window=(1 << 31) - 1)
        streams = [connection.open(target=f"/{1 << 30}", end=True) for _ in range(100)]
        for stream in streams:
            self.assertEqual(stream.response_head().status, 200)
        pieces = [stream.body_pieces() for stream in streams[1:]]
        for each in pieces:
            size = 0
            while size < 2 * WINDOW:
                size += len(next(each))
        unread = lambda: [sum(len(piece) for piece, _ in stream.stream.pieces) for stream in streams]
        eventually(lambda: unread()[0] == WINDOW, unread)  # as much as its window has
        if not IS_SANITIZED:  # a sanitizer keeps freed memory aside
            self.assertLess(edge.rss() - before, 32 * MEBIBYTE)
        self.assertEqual(self.connect(edge).request(target="/10").body, bytes(range(10)))

    def test_a_client_that_resets_a_stream_ends_the_request_at_the_origin_and_keeps_its_connection(self):
        ended = threading.Event()

        def handler(exchange):
            if exchange.request.target == "/never":
                with contextlib.suppress(OSError):
                    behaviours.never(exchange)
                ended.set()
            else:
                behaviours.named(exchange)
        edge, origin = self.serve(handler)
        connection = self.connect(edge)
        stream = connection.open(target="/never", end=True)
        origin.await_requests(1)
        stream.reset(ErrorCodes.CANCEL)
        eventually(ended.is_set, "the origin to be told")
        self.assertEqual(connection.request().body, b"origin")

    def test_an_origin_that_breaks_off_resets_one_stream_only(self):
        def handler(exchange):
            if exchange.request.target == "/broken":
                exchange.begin()
                exchange.write(b"half")
                exchange.cancel()
            else:
                behaviours.named(exchange)
        edge, _ = self.serve(handler)
        connection = self.connect(edge)
        with self.assertRaises(Gone) as gone:
            connection.request(target="/broken")
        self.assertEqual(gone.exception.code, ErrorCodes.INTERNAL_ERROR)
        self.assertEqual(connection.request().body, b"origin")

    def test_pings_are_answered(self):
        edge, _ = self.serve(behaviours.named)
        connection = self.connect(edge)
        connection.ping()
        eventually(lambda: connection.session.pongs == 1, "an answer")

    def test_drain_announces_itself_and_finishes_what_has_begun(self):
        gate = behaviours.Gate()
        edge, origin = self.serve(gate)
        connection = self.connect(edge)
        stream = connection.open(end=True)
        origin.await_requests(1)
        edge.signal(signal.SIGTERM)
        eventually(lambda: connection.goaway, "GOAWAY")
        self.assertEqual(connection.goaway[1], ErrorCodes.NO_ERROR)
        gate.open()
        self.assertEqual(stream.response().body, b"origin")
        connection.await_close()
        edge.wait()
