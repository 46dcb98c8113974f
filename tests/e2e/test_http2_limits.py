"""Each limit on HTTP/2 connections is a setting: what it allows passes, one more is cut. And the session's own clocks."""

import ssl

from harness import behaviours, client, documents, http2
from harness.case import EdgeTest, SharedEdgeTest
from harness.certificates import certificate
from harness.http2 import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, FLOW_CONTROL_ERROR, HEADERS, PADDED,
                           PING, PREFACE, PRIORITY, PROTOCOL_ERROR, REFUSED_STREAM, SETTINGS, SETTINGS_TIMEOUT, frame)
from harness.waiting import eventually

POST = http2.request("POST")
NEVER = http2.request(path="/never")
RATES = ("resets_received", "resets_provoked", "streams_refused", "pings", "settings", "priorities", "empty_data",
         "window_updates", "unknown_frames")


def answer(exchange):
    target = exchange.request.target
    if target.startswith("/bytes/"):
        return behaviours.generate(exchange)
    (behaviours.never if target == "/never" else behaviours.named)(exchange)


def head_in_parts(stream, continuations):
    """A request whose head ends in the last of so many CONTINUATION frames."""
    frames = [frame(HEADERS, END_STREAM, stream, http2.block(http2.request()))]
    frames += [frame(CONTINUATION, END_HEADERS if n == continuations else 0, stream) for n in range(1, continuations + 1)]
    return b"".join(frames)


class Rates(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        limits = {**{name: {"burst": 5, "per_second": 0} for name in RATES}, "continuations": 5, "concurrent_streams": 3}
        cls.edge, cls.origin = stage.serve(answer, settings={"limits": {"http2": limits}})

    def assert_trips(self, once, allowed=5, before=b""):
        with http2.Http2Peer(self.edge.http) as peer:
            peer.send(before)
            peer.next_stream = 101
            for _ in range(allowed):
                once(peer)
            self.assertEqual(peer.get().status, 200)
            for _ in range(12):  # the answer in between has paid for some
                if not peer.is_ended():
                    once(peer)
            self.assertEqual(peer.wait_closed(), ENHANCE_YOUR_CALM)

    def test_pings(self):
        self.assert_trips(lambda peer: peer.send(frame(PING, payload=bytes(8))))

    def test_settings(self):
        self.assert_trips(lambda peer: peer.send(frame(SETTINGS)), allowed=3)  # two belong to each opening

    def test_priorities(self):
        self.assert_trips(lambda peer: peer.send(frame(PRIORITY, 0, 1, b"\0\0\0\3\x10")))

    def test_window_updates(self):
        self.assert_trips(lambda peer: peer.send(http2.window_update(0, 1)))

    def test_unknown_frames(self):
        self.assert_trips(lambda peer: peer.send(frame(0xbe)))

    def test_empty_data(self):
        self.assert_trips(lambda peer: peer.send(frame(DATA, 0, 1)), before=http2.headers(1, POST, end=False))

    def test_data_that_is_only_padding(self):
        self.assert_trips(lambda peer: peer.send(frame(DATA, PADDED, 1, b"\1\0")), before=http2.headers(1, POST, end=False))

    def test_resets_received(self):
        self.assert_trips(lambda peer: peer.open(NEVER, and_then=http2.reset))

    def test_resets_provoked(self):
        def provoke(peer):
            stream = peer.open([*POST, ("content-length", "1")], body=b"longer")
            peer.wait(lambda: peer.is_ended() or peer[stream].error == PROTOCOL_ERROR)
        self.assert_trips(provoke)

    def test_streams_refused(self):
        with http2.Http2Peer(self.edge.http, opening=PREFACE + http2.settings({})) as peer:
            opened = [peer.open(NEVER) for _ in range(8)]
            peer.wait(lambda: all(peer[n].error == REFUSED_STREAM for n in opened[3:]))
            self.assertEqual([peer[n].error for n in opened[:3]], [None] * 3)
            self.assertIsNone(peer.goaway)
            peer.open(NEVER)
            self.assertEqual(peer.wait_closed(), ENHANCE_YOUR_CALM)

    def test_concurrent_streams(self):
        with http2.Http2Peer(self.edge.http) as peer:
            peer.wait(lambda: peer.frames[SETTINGS] >= 2)
            self.assertEqual(peer.settings[http2.MAX_CONCURRENT_STREAMS], 3)
            for _ in range(4):
                peer.open(NEVER)
            self.assertEqual(peer.wait_closed(), PROTOCOL_ERROR)

    def test_continuations(self):
        with http2.Http2Peer(self.edge.http) as peer:
            peer.send(head_in_parts(1, 5))
            peer.wait(lambda: peer[1].is_over)
            self.assertEqual(peer[1].status, 200)
            peer.send(head_in_parts(3, 6))
            self.assertEqual(peer.wait_closed(), ENHANCE_YOUR_CALM)


class OtherLimits(EdgeTest):
    def serve_with(self, handler=answer, **http2_limits):
        return self.serve(handler, settings={"limits": {"http2": http2_limits}})

    def test_half_of_the_requests_reset_early(self):
        edge, _ = self.serve_with(early_resets={"judged_after": 4, "within": "1h"})
        with http2.Http2Peer(edge.http) as peer:
            peer.open(NEVER, and_then=http2.reset)
            for _ in range(3):
                self.assertEqual(peer.get().status, 200)  # one of four
            peer.open(NEVER, and_then=http2.reset)
            self.assertEqual(peer.get().status, 200)  # two of six
            peer.open(NEVER, and_then=http2.reset)
            self.assertIsNone(peer.goaway)
            peer.open(NEVER, and_then=http2.reset)
            self.assertEqual(peer.wait_closed(), ENHANCE_YOUR_CALM)

    def test_resets_are_not_early_after_the_time_that_was_set(self):
        edge, origin = self.serve_with(early_resets={"judged_after": 2, "within": "1ms"})
        with http2.Http2Peer(edge.http) as peer:
            for n in range(1, 5):
                stream = peer.open(NEVER)
                origin.await_requests(n)
                for _ in range(40):  # more than a millisecond passes
                    peer.ping()
                peer.send(http2.reset(stream))
                eventually(lambda: not origin.connections[-1].is_open, "the request to be cancelled")
            self.assertEqual(peer.get().status, 200)

    def test_the_windows_are_what_was_set(self):
        edge, origin = self.serve_with(behaviours.Gate(), stream_window="2KiB", connection_window="65535")
        for size, error in ((2048, None), (2049, FLOW_CONTROL_ERROR)):
            with self.subTest(size), http2.Http2Peer(edge.http) as peer:
                peer.wait(lambda: peer.frames[SETTINGS] >= 2)
                self.assertEqual(peer.settings[http2.INITIAL_WINDOW_SIZE], 2048)
                # No route takes the body: nothing is read on before there is an answer.
                stream = peer.open([*POST, ("expect", "100-continue")], body=b"x" * size, end=False)
                peer.send(frame(PING, payload=bytes(8)))
                peer.wait(lambda: peer.frames[PING] or peer.is_ended())
                self.assertIn(error, (peer[stream].error, peer.goaway))

    def test_the_buffer_of_a_stream_is_what_was_set(self):
        """An origin is read no further than that for a client without a window."""
        sent = []

        def pour(exchange):
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            exchange.connection.socket.settimeout(0.5)
            for _ in range(6000):
                exchange.send(bytes(16 * 1024))
                sent.append(16 * 1024)
        opening = PREFACE + http2.settings({http2.INITIAL_WINDOW_SIZE: 0}) + frame(SETTINGS, ACK)
        edge, origin = self.serve_with(pour, stream_buffer="1KiB")
        with http2.Http2Peer(edge.http, opening=opening) as peer:
            stream = peer.open()
            origin.await_requests(1)
            eventually(lambda: not origin.connections[0].is_open, "the origin to give up")
            self.assertLess(sum(sent), 16_000_000)  # what the sockets hold between them
            self.assertEqual(peer[stream].size, 0)

    def test_frames_that_wait_for_a_client_who_does_not_read(self):
        edge, _ = self.serve_with(outbound_frames=20, pings={"burst": 1000})
        with http2.Http2Peer(edge.http) as peer:
            self.assertEqual(peer.get().status, 200)
            peer.send(frame(PING, payload=bytes(8)) * 19)
            self.assertEqual(peer.get().status, 200)
            peer.send(frame(PING, payload=bytes(8)) * 100)  # in one read
            self.assertEqual(peer.wait_closed(), ENHANCE_YOUR_CALM)


class Clocks(EdgeTest):
    """Whoever opens a connection and then keeps us waiting."""

    def assert_given_up(self, opening, limits, error=SETTINGS_TIMEOUT):
        edge, origin = self.serve(settings={"limits": limits})
        with http2.Http2Peer(edge.http, opening=opening) as peer:
            self.assertEqual(peer.wait_closed(), error)
        self.assertEqual(origin.received, [])

    def test_half_a_preface(self):
        edge, _ = self.serve(settings={"limits": {"header_timeout": "300ms"}})
        with client.Client(edge.http) as connection:
            connection.send(PREFACE[:12])
            self.assertIn(b"408", connection.rest())

    def test_half_a_preface_over_tls(self):
        pair = certificate("a.example")
        origin = self.origin()
        edge = self.gateway(documents.gateway(documents.https_server("*", credential="a")),
                            documents.virtual_service(documents.to("origin")), documents.service("origin", origin),
                            documents.secret("a", pair), settings={"limits": {"http2": {"settings_timeout": "300ms"}}})
        context = ssl.create_default_context(cadata=pair.certificate)
        with http2.Http2Peer(edge.https, opening=PREFACE[:12], tls=context, server_name="a.example") as peer:
            self.assertEqual(peer.wait_closed(), SETTINGS_TIMEOUT)

    def test_a_preface_without_settings(self):
        self.assert_given_up(PREFACE, {"http2": {"settings_timeout": "300ms"}})

    def test_settings_that_are_never_acknowledged(self):
        self.assert_given_up(PREFACE + http2.settings({}), {"http2": {"settings_timeout": "300ms"}})

    def test_a_head_without_end(self):
        opening = PREFACE + http2.settings({}) + frame(SETTINGS, ACK) + frame(HEADERS, 0, 1, http2.block(http2.request()))
        self.assert_given_up(opening, {"http2": {"header_timeout": "300ms"}}, ENHANCE_YOUR_CALM)

    def test_a_head_of_which_only_the_frame_header_came(self):
        opening = PREFACE + http2.settings({}) + frame(SETTINGS, ACK) + frame(HEADERS, PADDED, 1, b"\1" * 100)[:9]
        self.assert_given_up(opening, {"http2": {"header_timeout": "300ms"}}, ENHANCE_YOUR_CALM)

    def test_a_download_that_is_not_taken(self):
        edge, origin = self.serve(behaviours.generate, settings={"limits": {"stream_idle_timeout": "500ms"}})
        opening = PREFACE + http2.settings({http2.INITIAL_WINDOW_SIZE: 0}) + frame(SETTINGS, ACK)
        with http2.Http2Peer(edge.http, opening=opening) as peer:
            stream = peer.open(http2.request(path="/bytes/1000000"))
            peer.wait(lambda: peer[stream].error is not None)
            self.assertIn(peer[stream].error, (http2.CANCEL, http2.INTERNAL_ERROR))
            eventually(lambda: not origin.connections[0].is_open, "the download to be cancelled")
            self.assertIsNone(peer.goaway)  # the connection lives on

    def test_an_upload_that_stops(self):
        edge, origin = self.serve(settings={"limits": {"request_timeout": "500ms"}})
        with http2.Http2Peer(edge.http) as peer:
            stream = peer.open([*POST, ("content-length", "10")], body=b"abc", end=False)
            peer.wait(lambda: peer[stream].is_over)
            self.assertEqual(peer[stream].status, 408)
            self.assertEqual(peer.get().status, 200)
        eventually(lambda: not origin.connections[0].is_open, "the upload to be cancelled")

    def test_replies_that_are_not_read(self):
        """Without a request under way, the connection is still not left to itself."""
        edge, _ = self.serve(settings={"limits": {"stream_idle_timeout": "500ms", "http2": {
            "pings": {"burst": 1_000_000}, "outbound_frames": 1_000_000}}})
        before = edge.fds()
        with http2.Http2Peer(edge.http, receive_buffer=4096) as peer:
            peer.socket.setblocking(True)
            with self.assertRaises(OSError):
                while True:
                    peer.socket.sendall(frame(PING, payload=bytes(8)) * 1000)
            eventually(lambda: edge.fds() <= before, "the connection to be closed")
