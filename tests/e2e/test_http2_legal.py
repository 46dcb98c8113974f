"""Legal traffic that looks like an attack: all of it is served, on one connection, by the limits that are on by default."""

from harness import behaviours, http2
from harness.case import SharedEdgeTest
from harness.http2 import CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, SETTINGS, frame

UNREAD = behaviours.Gate()


def answer(exchange):
    target = exchange.request.target
    if target == "/never":
        return behaviours.never(exchange)
    if target == "/unread":
        return UNREAD(exchange)
    if target == "/early":
        exchange.respond(200, "early")
        return exchange.close()
    (behaviours.generate if target.startswith("/bytes/") else behaviours.count)(exchange)


class Legal(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        cls.edge, cls.origin = stage.serve(answer)
        stage.add_cleanup(UNREAD.open)

    def peer(self, **options):
        return http2.Http2Peer(self.edge.http, **options)

    def assert_served(self, peer, stream):
        peer.wait(lambda: peer[stream].is_over)
        self.assertEqual((peer[stream].status, peer[stream].error, peer.goaway), (200, None, None))

    def test_one_continuation_byte_by_byte(self):
        with self.peer() as peer:
            peer.wait(lambda: peer.frames[SETTINGS] >= 2)
            block = http2.block(http2.request() + [("x-long", "a" * 200)])
            whole = frame(HEADERS, END_STREAM, 1, block[:20]) + frame(CONTINUATION, END_HEADERS, 1, block[20:])
            for at in range(len(whole)):
                peer.send(whole[at:at + 1])
            self.assert_served(peer, 1)

    def test_a_head_in_many_continuations(self):
        with self.peer() as peer:
            block = http2.block(http2.request() + [(f"x-{n}", "a" * 1000) for n in range(40)])
            parts = [block[at:at + 1000] for at in range(0, len(block), 1000)]
            peer.send(frame(HEADERS, END_STREAM, 1, parts[0]) +
                      b"".join(frame(CONTINUATION, 0 if part is not parts[-1] else END_HEADERS, 1, part) for part in parts[1:]))
            self.assert_served(peer, 1)

    def test_a_browser_that_cancels_fifty_of_a_hundred_requests(self):
        """Twice: the reader follows a link before the images have come, and comes back."""
        with self.peer() as peer:
            for _ in range(2):
                opened = [peer.open(http2.request(path="/bytes/20000")) for _ in range(100)]
                peer.send(b"".join(http2.reset(stream) for stream in opened[::2]))
                for stream in opened[1::2]:
                    self.assert_served(peer, stream)
                    self.assertEqual(peer[stream].size, 20_000)
            self.assert_served(peer, peer.open())

    def test_a_user_who_types_cancels_each_request_but_the_last(self):
        with self.peer() as peer:
            for _ in range(100):
                peer.open(http2.request(path="/never"), and_then=http2.reset)
            self.assert_served(peer, peer.open())

    def test_a_thousand_requests_in_turn(self):
        with self.peer() as peer:
            for _ in range(1000):
                self.assert_served(peer, peer.open())

    def test_a_body_in_ten_thousand_frames(self):
        with self.peer() as peer:
            stream = peer.open(http2.request("POST"), end=False)
            for _ in range(100):
                peer.send(frame(DATA, 0, stream, b"x") * 100)
            peer.send(frame(DATA, END_STREAM, stream))
            self.assert_served(peer, stream)
            self.assertEqual(peer[stream].body, b"10000")

    def test_a_ping_for_each_frame_of_a_download(self):
        """As gRPC measures the delay; more often than each 10 ms."""
        with self.peer() as peer:
            stream = peer.open(http2.request(path="/bytes/20000000"))
            while not peer[stream].is_over:
                seen = peer[stream].size
                peer.wait(lambda: peer[stream].size > seen or peer[stream].is_over)
                peer.send(frame(PING, payload=bytes(8)))
            self.assert_served(peer, stream)
            self.assertEqual(peer[stream].size, 20_000_000)
            self.assertGreater(peer.frames[PING], 250)

    def test_bodies_that_nobody_wants_use_no_window_up(self):
        """Refused, answered early or cancelled: four times as much as the connection's window."""
        contradiction = http2.request("POST", "/", "test.example", "http", ("host", "other.example"))
        with self.peer() as peer:
            for _ in range(50):
                refused = peer.open(contradiction, body=bytes(32768))
                peer.wait(lambda: peer[refused].is_over)
                self.assertEqual(peer[refused].status, 400)
                early = peer.open(http2.request("POST", "/early"), body=bytes(32768), end=False)
                peer.wait(lambda: peer[early].error == http2.NO_ERROR)
                peer.open(http2.request("POST", "/unread"), body=bytes(32768), end=False, and_then=http2.reset)
            self.assert_served(peer, peer.open(http2.request("POST"), body=bytes(65535)))

    def test_settings_that_change_now_and_then(self):
        with self.peer() as peer:
            for size in range(30):
                peer.send(http2.settings({http2.INITIAL_WINDOW_SIZE: 65535 + size}))
                self.assert_served(peer, peer.open())
