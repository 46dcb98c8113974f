"""One stream that is not read, among a hundred on one connection: its neighbours and memory do not notice."""

from harness import behaviours, http2
from harness.case import EdgeTest
from harness.http2 import SETTINGS
from harness.siege import MEBIBYTE, Siege

STREAMS = 100  # as many as may be open at once
SIZE = MEBIBYTE


class Flow(EdgeTest, Siege):
    def test_a_download_that_is_not_read_holds_up_no_other(self):
        edge, _ = self.serve(behaviours.generate)
        with self.siege(edge, growth=32 * MEBIBYTE, path="/bytes/1") as peer:
            held = peer.open(http2.request(path=f"/bytes/{64 * MEBIBYTE}"))
            peer.held.add(held)
            others = [peer.open(http2.request(path=f"/bytes/{SIZE}")) for _ in range(STREAMS - 1)]
            peer.wait(lambda: all(peer[stream].is_over for stream in others), patience=120)
            self.assertEqual({(peer[stream].status, peer[stream].size) for stream in others}, {(200, SIZE)})
            self.assertEqual(peer[held].size, 65535)  # its window

    def test_an_upload_that_is_not_taken_holds_up_no_other(self):
        gate = behaviours.Gate(behaviours.count)
        self.addCleanup(gate.open)
        edge, origin = self.serve(lambda exchange: (gate if exchange.request.target == "/held" else behaviours.count)(exchange))
        with self.siege(edge, growth=32 * MEBIBYTE) as peer:
            peer.wait(lambda: peer.frames[SETTINGS] >= 2)
            held = peer.open(http2.request("POST", "/held"), end=False)
            others = [peer.open(http2.request("POST"), end=False) for _ in range(STREAMS - 1)]
            left = {held: 64 * MEBIBYTE, **dict.fromkeys(others, SIZE)}
            peer.upload(left, until=lambda: set(left) == {held})
            peer.wait(lambda: all(peer[stream].is_over for stream in others), patience=120)
            self.assertEqual({peer[stream].body for stream in others}, {str(SIZE).encode()})
            self.assertGreater(left[held], 32 * MEBIBYTE)  # what is gone fills the sockets
            self.assertFalse(peer[held].is_over)

    def test_a_hundred_downloads_that_are_not_read_at_all_can_be_taken_up_again(self):
        edge, _ = self.serve(behaviours.generate)
        with self.siege(edge, growth=32 * MEBIBYTE, path="/bytes/1") as peer:
            opened = [peer.open(http2.request(path="/bytes/300000")) for _ in range(STREAMS)]
            peer.held.update(opened)
            peer.wait(lambda: all(peer[stream].size == 65535 for stream in opened))
            peer.held.clear()
            for stream in opened:
                peer.send(http2.window_update(stream, 65535))
            peer.wait(lambda: all(peer[stream].is_over for stream in opened), patience=120)
            self.assertEqual({peer[stream].size for stream in opened}, {300_000})
