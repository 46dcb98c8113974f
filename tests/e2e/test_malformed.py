"""HTTP/1.1 requests that are malformed or ambiguous, judged by the bytes that reach the origin.

Each row is refused, or served in a way that everybody reads alike: the origin parses what it gets strictly
(harness/message.py), sees exactly the expected number of requests, and never one for /smuggled.
"""

from harness import client, malformed_requests
from harness.case import SharedEdgeTest


class Requests(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        cls.edge, cls.origin = stage.serve(settings={"gateway": {"workers": 1}})

    @classmethod
    def tearDownClass(cls):
        """Whatever arrived late counts too."""
        smuggled = [request for request in cls.origin.requests if "smuggled" in request.target]
        assert not smuggled and not cls.origin.offences, (smuggled, cls.origin.offences)

    def seen(self):
        return [request.target for request in list(self.origin.requests)]

    def strays(self):
        """What arrived on any connection beyond whole requests."""
        return [connection.reader.buffer for connection in self.origin.connections if connection.reader.buffer]

    def settle(self):
        """A good request behind a bad one: by its end the worker has forwarded what it was going to forward."""
        self.assertEqual(client.request(self.edge.http, target="/settled").status, 200)

    def check(self, row):
        before = len(self.seen())
        offences_before = len(self.origin.offences)
        answer = client.raw(self.edge.http, row.data)
        status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0
        self.assertIn(status, row.statuses, answer[:300])
        self.settle()
        arrived = [target for target in self.seen()[before:] if target != "/settled"]
        self.assertEqual(self.origin.offences[offences_before:], [])
        self.assertNotIn("/smuggled", "".join(arrived))
        if status >= 400:
            self.assertEqual(arrived, [])
            self.assertEqual(self.strays(), [], "bytes that are no request reached the origin")
        else:
            self.assertEqual(len(arrived), 1, arrived)

    def test_the_gateway_still_serves(self):
        self.assertEqual(client.request(self.edge.http).status, 200)

    def test_a_refused_request_ends_the_connection(self):
        answer = client.raw(self.edge.http, b"GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n"
                                            b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(answer.count(b"HTTP/1."), 1)
        self.assertIn(b"connection: close", answer.lower())

    def test_body_errors_reach_no_second_request(self):
        """Bad chunks are found after the head was forwarded: the origin's connection must not be used again."""
        for body in (b"5\r\nhelloXX0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"5\nhello\n0\n\n", b"-1\r\n\r\n",
                     b"5 \r\nhello\r\n0\r\n\r\n", b"\r\nhello\r\n0\r\n\r\n", b"11111111111111111\r\nx\r\n",
                     b"5;a\nb\r\nhello\r\n0\r\n\r\n", b"0\r\nContent-Length: 5\r\n\r\n", b"0\r\nBad Name: x\r\n\r\n",
                     b"0\r\nHost: evil\r\n\r\n", b"0\r\n" + b"X-Many: 1\r\n" * 10000 + b"\r\n",
                     b"5;" + b"e" * (1 << 20) + b"\r\nhello\r\n0\r\n\r\n"):
            with self.subTest(body[:20]):
                offences_before = len(self.origin.offences)
                answer = client.raw(self.edge.http, b"POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    + body + b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertNotIn(b"HTTP/1.1 200", answer)
                self.assertEqual(client.request(self.edge.http, target="/after").status, 200)
                self.assertNotIn("/smuggled", "".join(self.seen()))
                self.assertEqual(self.origin.offences[offences_before:], [])


def add_table():
    for row in malformed_requests.ROWS:
        setattr(Requests, f"test_{row.name}", lambda self, row=row: self.check(row))


add_table()
