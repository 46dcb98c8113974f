"""Frames that RFC 9113 forbids, and some that it allows against expectation: the right error, to the right extent."""

from harness import behaviours, http2
from harness.case import SharedEdgeTest
from harness.waiting import eventually
from harness.http2 import (ACK, COMPRESSION_ERROR, CONTINUATION, DATA, END_HEADERS, END_STREAM, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR,
                           GOAWAY, HEADERS, PADDED, PING, PREFACE, PROTOCOL_ERROR, PUSH_PROMISE, RST_STREAM, SETTINGS,
                           STREAM_CLOSED, WINDOW_UPDATE, frame)

POST = http2.request("POST")
HEAD = http2.block(http2.request())
UNREAD = behaviours.Gate()

# Name of the case → frames after a good opening, errors that end the connection.
CONNECTION_ERRORS = {
    "DATA before its HEADERS": (http2.data(1, b"x"), {PROTOCOL_ERROR}),
    "DATA of no stream": (http2.data(0, b"x"), {PROTOCOL_ERROR}),
    "HEADERS of no stream": (frame(HEADERS, END_HEADERS | END_STREAM, 0, HEAD), {PROTOCOL_ERROR}),
    "an even stream": (http2.headers(2), {PROTOCOL_ERROR}),
    "HEADERS after the end": (http2.headers(1) + http2.headers(1), {STREAM_CLOSED, PROTOCOL_ERROR}),
    "DATA after the end": (http2.headers(1) + http2.data(1, b"x"), {STREAM_CLOSED}),
    "a frame between HEADERS and CONTINUATION": (frame(HEADERS, END_STREAM, 1, HEAD) + frame(PING, payload=bytes(8)), {PROTOCOL_ERROR}),
    "another stream between HEADERS and CONTINUATION": (frame(HEADERS, END_STREAM, 1, HEAD) + http2.headers(3), {PROTOCOL_ERROR}),
    "CONTINUATION of another stream": (frame(HEADERS, END_STREAM, 1, HEAD) + frame(CONTINUATION, END_HEADERS, 3), {PROTOCOL_ERROR}),
    "CONTINUATION without HEADERS": (frame(CONTINUATION, END_HEADERS, 1, HEAD), {PROTOCOL_ERROR}),
    "fields that do not decode": (frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\xff\xff\xff\xff\xff"), {COMPRESSION_ERROR}),
    "an index beyond the table": (frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\xbe" + HEAD), {COMPRESSION_ERROR}),
    "a table larger than agreed": (frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x3f\xe1\xff\x03" + HEAD), {COMPRESSION_ERROR}),
    "PUSH_PROMISE from a client": (frame(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2" + HEAD), {PROTOCOL_ERROR}),
    "PING of seven bytes": (frame(PING, payload=bytes(7)), {FRAME_SIZE_ERROR}),
    "PING of a stream": (frame(PING, 0, 1, bytes(8)), {PROTOCOL_ERROR}),
    "SETTINGS of five bytes": (frame(SETTINGS, payload=bytes(5)), {FRAME_SIZE_ERROR}),
    "SETTINGS of a stream": (frame(SETTINGS, 0, 1), {PROTOCOL_ERROR}),
    "an acknowledgement with content": (frame(SETTINGS, ACK, 0, bytes(6)), {FRAME_SIZE_ERROR}),
    "a window of 2^31": (http2.settings({http2.INITIAL_WINDOW_SIZE: 1 << 31}), {FLOW_CONTROL_ERROR}),
    "frames smaller than allowed": (http2.settings({http2.MAX_FRAME_SIZE: 16383}), {PROTOCOL_ERROR}),
    "frames larger than allowed": (http2.settings({http2.MAX_FRAME_SIZE: 1 << 24}), {PROTOCOL_ERROR}),
    "ENABLE_PUSH of two": (http2.settings({2: 2}), {PROTOCOL_ERROR}),
    "WINDOW_UPDATE of nothing": (http2.window_update(0, 0), {PROTOCOL_ERROR}),
    "WINDOW_UPDATE of three bytes": (frame(WINDOW_UPDATE, 0, 0, bytes(3)), {FRAME_SIZE_ERROR}),
    "WINDOW_UPDATE of a stream that never was": (http2.window_update(1, 1), {PROTOCOL_ERROR}),
    "the connection's window beyond 2^31": (http2.window_update(0, 0x7fffffff), {FLOW_CONTROL_ERROR}),
    "RST_STREAM of a stream that never was": (http2.reset(1), {PROTOCOL_ERROR}),
    "RST_STREAM of no stream": (http2.reset(0), {PROTOCOL_ERROR}),
    "RST_STREAM of five bytes": (http2.headers(1, POST, end=False) + frame(RST_STREAM, 0, 1, bytes(5)), {FRAME_SIZE_ERROR}),
    "padding longer than its DATA": (http2.headers(1, POST, end=False) + frame(DATA, PADDED, 1, b"\x05abc"), {PROTOCOL_ERROR}),
    "padding longer than its HEADERS": (frame(HEADERS, PADDED | END_HEADERS, 1, b"\xff" + HEAD), {PROTOCOL_ERROR, FRAME_SIZE_ERROR}),
    "a frame larger than agreed": (http2.headers(1, POST, end=False) + frame(DATA, 0, 1, bytes(16385)), {FRAME_SIZE_ERROR}),
    "GOAWAY of a stream": (frame(GOAWAY, 0, 1, bytes(8)), {PROTOCOL_ERROR}),
}


def answer(exchange):
    if exchange.request.target == "/unread":
        return UNREAD(exchange)
    (behaviours.generate if exchange.request.target.startswith("/bytes/") else behaviours.echo)(exchange)


class ProtocolTest(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        cls.edge, cls.origin = stage.serve(answer)
        stage.add_cleanup(UNREAD.open)

    def peer(self, **options):
        return http2.Http2Peer(self.edge.http, **options)


class Errors(ProtocolTest):
    def test_errors_of_the_connection_end_it_with_their_code(self):
        for name, (frames, errors) in CONNECTION_ERRORS.items():
            with self.subTest(name), self.peer() as peer:
                peer.send(frames)
                self.assertIn(peer.wait_closed(), errors)

    def test_a_stream_below_the_last_is_ignored(self):
        """It may have been reset by us in the meantime."""
        with self.peer() as peer:
            peer.send(http2.headers(5) + http2.headers(3, http2.request(path="/late")))
            peer.wait(lambda: peer[5].is_complete)
            peer.next_stream = 7
            self.assertEqual(peer.get().status, 200)
            self.assertFalse(peer[3].is_over)
        self.assertNotIn("/late", {request.target for request in self.origin.requests})

    def test_anything_but_the_preface_ends_the_connection(self):
        with self.peer(opening=PREFACE + frame(PING, payload=bytes(8))) as peer:
            self.assertEqual(peer.wait_closed(), PROTOCOL_ERROR)

    def test_a_window_that_overflows_costs_its_stream_only(self):
        with self.peer() as peer:
            stream = peer.open(POST, end=False, and_then=lambda n: http2.window_update(n, 0x7fffffff))
            peer.wait(lambda: peer[stream].is_over)
            self.assertEqual(peer[stream].error, FLOW_CONTROL_ERROR)
            self.assertEqual(peer.get().status, 200)

    def test_an_upload_beyond_its_window_is_an_error(self):
        with self.peer() as peer:
            peer.send(http2.headers(1, http2.request("POST", "/unread"), end=False))
            peer.send(http2.data(1, bytes(65536)) * 100)  # the origin reads nothing before it has answered
            peer.wait(lambda: peer[1].error is not None or peer.is_ended())
            self.assertIn(FLOW_CONTROL_ERROR, (peer[1].error, peer.goaway))


class Allowed(ProtocolTest):
    """What looks odd, and is served."""

    def served(self, peer, stream):
        peer.wait(lambda: peer[stream].is_over)
        self.assertEqual((peer[stream].status, peer[stream].is_complete), (200, True))
        return peer[stream]

    def test_padding_to_the_brim(self):
        with self.peer() as peer:
            padded_head = b"\xff" + http2.block(POST) + bytes(255)
            peer.send(frame(HEADERS, PADDED | END_HEADERS, 1, padded_head) +
                      frame(DATA, PADDED | END_STREAM, 1, b"\xff" + b"abc" + bytes(255)))
            self.assertEqual(self.served(peer, 1).body, b"abc")

    def test_a_head_with_a_priority(self):
        with self.peer() as peer:
            peer.send(frame(HEADERS, END_HEADERS | END_STREAM | 0x20, 1, b"\0\0\0\0\x10" + HEAD))
            self.served(peer, 1)

    def test_unknown_frames_flags_and_settings(self):
        with self.peer() as peer:
            peer.send(frame(0xbe, 0xff, 1, b"x") + http2.settings({0x0a0a: 7}) + frame(HEADERS, END_HEADERS | END_STREAM | 0xc2, 1, HEAD))
            self.served(peer, 1)

    def test_the_highest_stream_there_is(self):
        with self.peer() as peer:
            peer.send(http2.headers(0x7fffffff))
            self.served(peer, 0x7fffffff)

    def test_goaway_from_a_client_lets_its_requests_finish(self):
        with self.peer() as peer:
            peer.send(http2.headers(1, http2.request(path="/bytes/100000")) + frame(GOAWAY, payload=bytes(8)))
            self.assertEqual(self.served(peer, 1).size, 100_000)

    def test_a_window_that_shrinks_below_zero_under_way(self):
        with self.peer(gives_credit=False) as peer:
            stream = peer.open(http2.request(path="/bytes/100000"))
            peer.wait(lambda: peer[stream].size == 65535)
            peer.send(http2.settings({http2.INITIAL_WINDOW_SIZE: 0}))  # now it is at -65535
            peer.ping()
            peer.send(http2.window_update(0, 100_000) + http2.window_update(stream, 65535))
            peer.ping()
            self.assertEqual(peer[stream].size, 65535)
            peer.send(http2.window_update(stream, 34465))
            self.assertEqual(self.served(peer, stream).size, 100_000)

    def test_a_window_in_single_bytes(self):
        with self.peer(opening=PREFACE + http2.settings({http2.INITIAL_WINDOW_SIZE: 0}) + frame(SETTINGS, ACK), gives_credit=False) as peer:
            stream = peer.open(http2.request(path="/bytes/200"))
            for _ in range(200):
                peer.send(http2.window_update(stream, 1))
            self.assertEqual(self.served(peer, stream).size, 200)

    def test_a_client_that_vanishes_cancels_its_requests(self):
        with self.peer() as peer:
            stream = peer.open(http2.request(path="/bytes/1000000000"))
            peer.wait(lambda: peer[stream].size > 0)
            connection = next(each for each in self.origin.connections if each.is_open and each.requests[-1].target.endswith("/1000000000"))
        self.origin_lost(connection)

    def test_a_reset_while_the_origin_sends_cancels_that_request_only(self):
        with self.peer() as peer:
            stream = peer.open(http2.request(path="/bytes/1000000001"))
            peer.wait(lambda: peer[stream].size > 0)
            connection = next(each for each in self.origin.connections if each.is_open and each.requests[-1].target.endswith("/1000000001"))
            peer.send(http2.reset(stream))
            self.origin_lost(connection)
            self.assertEqual(peer.get().status, 200)

    def origin_lost(self, connection):
        eventually(lambda: not connection.is_open, "the download to be cancelled")
