"""What every attack must leave unharmed: the process, its memory, and other clients."""

import contextlib

from harness import client
from harness.bystander import Bystander
from harness.gateway import IS_SANITIZED
from harness.http2 import Http2Peer

MEBIBYTE = 1 << 20


class Siege:
    """Mixed into a test: `with self.siege(edge) as peer: …` is an attack from `peer`."""

    @contextlib.contextmanager
    def siege(self, edge, growth=16 * MEBIBYTE, path="/", **options):
        self.before, before = edge.metrics(), edge.rss()
        with Bystander(edge.http, path) as bystander, Http2Peer(edge.http, **options) as peer:
            yield peer
            if not IS_SANITIZED:
                self.assertLess(edge.rss() - before, growth, "resident memory grew")
            self.assertEqual(client.request(edge.http, target=path).status, 200)
        self.assertEqual(bystander.trouble, [])
        with Http2Peer(edge.http) as peer:
            self.assertEqual(peer.get(path=path).status, 200)

    def assert_cut(self, edge, peer, error, reason):
        """The gateway said GOAWAY with this error, closed, and counted why."""
        self.assertEqual(peer.wait_closed(), error)
        ended = lambda metrics: metrics.total("tidegate_http2_connections_ended_total", reason=reason)
        self.assertEqual(ended(edge.metrics()), ended(self.before) + 1, reason)
