"""HTTP/2 attacks against the limits that are on by default: who floods is cut, origins and other clients hardly notice."""

from harness import behaviours, http2
from harness.case import SharedEdgeTest
from harness.http2 import (CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, HEADERS, PADDED, PING, PRIORITY,
                           PROTOCOL_ERROR, REFUSED_STREAM, SETTINGS, STREAM_CLOSED, frame)
from harness.siege import Siege
from harness.waiting import eventually

BEGUN_POST = http2.headers(1, http2.request("POST"), end=False)
BEGUN_HEAD = frame(HEADERS, 0, 1, http2.block(http2.request()))


def answer(exchange):
    (behaviours.generate if exchange.request.target.startswith("/bytes/") else behaviours.named)(exchange)


class FloodTest(SharedEdgeTest, Siege):
    @classmethod
    def set_stage(cls, stage):
        cls.edge, cls.origin = stage.serve(answer, settings={"limits": {"stream_idle_timeout": "60s"}})

    def reached_origin(self, attack):
        """How many of the attacker's requests (they have a path of their own) came to the origin."""
        return len([request for request in self.origin.requests if request.target == attack])


class Requests(FloodTest):
    """Floods of whole requests."""

    def test_rapid_reset_is_cut_before_it_reaches_the_origin(self):
        with self.siege(self.edge) as peer:
            fields = http2.request(path="/rapid")
            peer.flood((b"".join(http2.headers(n, fields) + http2.reset(n) for n in range(first, first + 400, 2))
                        for first in range(1, 40_001, 400)))
            self.assert_cut(self.edge, peer, ENHANCE_YOUR_CALM, "reset_flood")
        self.assertLessEqual(self.reached_origin("/rapid"), 250)

    def test_resets_below_the_rate_are_cut_by_their_share(self):
        """Each answered request pays for a reset, so no bucket runs dry: the share of resets tells."""
        with self.siege(self.edge) as peer:
            for _ in range(1500):
                if peer.is_ended() or peer.get(path="/slow").status != 200:
                    break
                peer.open(http2.request(path="/slow"), and_then=http2.reset)
            self.assert_cut(self.edge, peer, ENHANCE_YOUR_CALM, "premature_resets")
        self.assertLessEqual(self.reached_origin("/slow"), 1100)

    def made_you_reset(self, path, malformed, error=ENHANCE_YOUR_CALM, most=130, **fields):
        """Fifty at a time, so that the limit of open streams has no say."""
        with self.siege(self.edge) as peer:
            head = http2.request("POST", path, "test.example", "http", *fields.items())
            while not peer.is_ended():
                batch = [peer.open(head, end=False, and_then=malformed) for _ in range(50)]
                peer.wait(lambda: peer.is_ended() or all(peer[n].error is not None for n in batch))
                self.assertLess(peer.next_stream, 40_000)
            self.assert_cut(self.edge, peer, error, "provoked_resets" if error == ENHANCE_YOUR_CALM else "protocol_error")
        self.assertLessEqual(self.reached_origin(path), most)

    def test_made_you_reset_by_an_overflowing_window_is_cut(self):
        self.made_you_reset("/overflow", lambda n: http2.window_update(n, 0x7fffffff))

    def test_made_you_reset_by_an_empty_window_update_is_cut(self):
        self.made_you_reset("/zero", lambda n: http2.window_update(n, 0), PROTOCOL_ERROR, most=1)

    def test_made_you_reset_by_a_wrong_length_is_cut(self):
        self.made_you_reset("/length", lambda n: http2.data(n, b"too long", end=True), **{"content-length": "3"})

    def test_made_you_reset_by_data_after_the_end_is_cut(self):
        self.made_you_reset("/after", lambda n: http2.data(n, b"", end=True) + http2.data(n, b"x"), STREAM_CLOSED, most=1)

    def test_a_self_dependent_priority_provokes_nothing(self):
        """We said that we do not follow RFC 7540's priorities; their floods are cut as such."""
        with http2.Http2Peer(self.edge.http) as peer:
            for _ in range(20):
                stream = peer.open(and_then=lambda n: frame(PRIORITY, 0, n, n.to_bytes(4, "big") + b"\x10"))
                peer.wait(lambda: peer[stream].is_over)
                self.assertEqual(peer[stream].status, 200)

    def test_made_you_reset_by_trailers_without_the_end_is_cut(self):
        self.made_you_reset("/trailers", lambda n: http2.headers(n, [("x", "y")], end=False), most=130)

    def open_without_end(self, peer, path):
        head = http2.request("POST", path)
        peer.flood((b"".join(http2.headers(n, head, end=False) for n in range(first, first + 100, 2))
                    for first in range(1, 40_001, 100)))

    def test_opening_more_streams_than_was_agreed_on_ends_the_connection(self):
        with self.siege(self.edge) as peer:
            peer.wait(lambda: peer.frames[SETTINGS] > 0)
            self.open_without_end(peer, "/open")
            self.assert_cut(self.edge, peer, PROTOCOL_ERROR, "protocol_error")
        self.assertLessEqual(self.reached_origin("/open"), 100)

    def test_opening_too_many_streams_before_anything_was_agreed_on_is_refused_and_then_cut(self):
        with self.siege(self.edge, opening=http2.PREFACE + http2.settings({})) as peer:
            self.open_without_end(peer, "/early")
            self.assert_cut(self.edge, peer, ENHANCE_YOUR_CALM, "open_stream_flood")
            refused = [n for n, stream in peer.streams.items() if stream.error == REFUSED_STREAM]
            self.assertGreater(len(refused), 400)
            self.assertGreater(min(refused), 199)  # the first hundred are welcome
        self.assertLessEqual(self.reached_origin("/early"), 100)


class Frames(FloodTest):
    """Floods of frames that cost their sender next to nothing."""

    def assert_flood_is_cut(self, reason, flood, before=b"", error=ENHANCE_YOUR_CALM):
        seen = len(self.origin.requests)
        with self.siege(self.edge) as peer:
            peer.send(before)
            peer.send(flood)
            self.assert_cut(self.edge, peer, error, reason)
        return self.origin.requests[seen:]

    def test_pings(self):
        self.assert_flood_is_cut("ping_flood", frame(PING, payload=bytes(8)) * 200_000)

    def test_settings(self):
        self.assert_flood_is_cut("settings_flood", frame(SETTINGS) * 100_000)

    def test_settings_with_thousands_of_entries(self):
        self.assert_flood_is_cut("protocol_error", frame(SETTINGS, payload=b"\0\4\0\0\xff\xff" * 2700))

    def test_priorities(self):
        self.assert_flood_is_cut("priority_flood", frame(PRIORITY, 0, 1, b"\0\0\0\3\x10") * 200_000)

    def test_window_updates(self):
        self.assert_flood_is_cut("window_update_flood", http2.window_update(0, 1) * 200_000)

    def test_unknown_frames(self):
        self.assert_flood_is_cut("unknown_frame_flood", frame(0xbe, payload=b"greased") * 200_000)

    def test_heads_of_requests_that_are_over(self):
        self.assert_flood_is_cut("stale_head_flood", http2.headers(1) * 20_000, http2.headers(5))

    def test_priority_updates(self):
        self.assert_flood_is_cut("unknown_frame_flood", frame(0x10, payload=b"\0\0\0\1u=1") * 200_000)

    def test_empty_data(self):
        self.assert_flood_is_cut("empty_data_flood", frame(DATA, 0, 1) * 200_000, BEGUN_POST)

    def test_data_that_is_only_padding(self):
        self.assert_flood_is_cut("empty_data_flood", frame(DATA, PADDED, 1, b"\xff" + bytes(255)) * 20_000, BEGUN_POST)

    def test_continuations_with_fields(self):
        fields = http2.block([("x-flood", "a" * 20)])
        self.assert_flood_is_cut("continuation_flood", BEGUN_HEAD + frame(CONTINUATION, 0, 1, fields) * 50_000)

    def test_continuations_without_a_byte(self):
        self.assert_flood_is_cut("continuation_flood", BEGUN_HEAD + frame(CONTINUATION, 0, 1) * 50_000)

    def test_a_hpack_bomb(self):
        """Each byte of it names a field of 4 kB: forty times 64 MB."""
        field = http2.block([("x-bomb", "a" * 4000)])
        armed = http2.block(http2.request()) + b"\x40" + field[1:]  # 0x40: and remember it
        bombs = b"".join(frame(HEADERS, END_HEADERS | END_STREAM, n, http2.block(http2.request()) + b"\xbe" * 16_000)
                         for n in range(3, 83, 2))
        seen = self.assert_flood_is_cut("header_bomb", frame(HEADERS, END_HEADERS | END_STREAM, 1, armed) + bombs)
        self.assertLessEqual(len([request for request in seen if "x-bomb" in dict(request.fields)]), 1)


class Stalls(FloodTest):
    """Clients that ask for much and take nothing."""

    def stall(self, peer):
        peer.send(b"".join(http2.headers(n, http2.request(path="/bytes/300000")) for n in range(1, 200, 2)))
        eventually(lambda: self.reached_origin("/bytes/300000") >= 100, "a hundred downloads")

    def test_a_hundred_downloads_without_a_window_cost_little(self):
        opening = http2.PREFACE + http2.settings({http2.INITIAL_WINDOW_SIZE: 0}) + frame(SETTINGS, http2.ACK)
        with self.siege(self.edge, growth=12 * (1 << 20), opening=opening) as peer:
            self.stall(peer)
            peer.wait(lambda: all(peer[n].head for n in range(1, 200, 2)))
            self.assertEqual(sum(stream.size for stream in peer.streams.values()), 0)

    def test_a_client_that_reads_nothing_gets_no_work_done(self):
        """It has all the window of the world, and an answer to each of its PINGs is due."""
        with self.siege(self.edge, receive_buffer=4096, gives_credit=False) as peer:
            peer.socket.setblocking(True)
            peer.socket.settimeout(1)
            sent = 0
            with self.assertRaises(OSError):  # the sockets are full; nobody reads on either side
                peer.socket.sendall(http2.window_update(0, 0x7fff0000))
                for n in range(1, 1_000_001, 2):
                    peer.socket.sendall(http2.headers(n, http2.request(path="/unread/" + "x" * 4000)))
                    sent += 1
            self.assertLess(sent, 5000)
