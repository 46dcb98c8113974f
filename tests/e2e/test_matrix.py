"""Every protocol of a client with every protocol of an origin: {h1, h2, h2c} × {h1, h2, h2c} × what can happen.

h2 is HTTP/2 over TLS by ALPN, h2c by prior knowledge in clear. E2E_BIG=1 makes the large bodies 100 MiB.
"""

import contextlib
import hashlib
import json
import os
import threading

from h2.errors import ErrorCodes

from harness import documents
from harness.case import SharedEdgeTest
from harness.certificates import certificate
from harness.client import Client
from harness.h2_client import H2Client
from harness.h2_session import SETTINGS
from harness.message import Truncated
from harness.scene import Scene
from harness.waiting import eventually

MEBIBYTE = 1 << 20
LARGE = (100 if os.environ.get("E2E_BIG") else 16) * MEBIBYTE
ORIGINS = ("h1", "h2", "h2c")
FAILURES = (Truncated, ConnectionError)  # what a client has from an answer without its end


def against_every_origin(tests):
    """Makes test_NAME_to_ORIGIN of each `NAME(self, origin)` that is marked by its first letters, `check_`."""
    def bind(check, origin):
        return lambda self: check(self, origin)
    for name in [name for name in dir(tests) if name.startswith("check_")]:
        for origin in ORIGINS:
            setattr(tests, f"test_{name.removeprefix('check_')}_to_{origin}", bind(getattr(tests, name), origin))
    return tests


class Matrix(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        made = certificate("edge.example", *(f"{kind}.example" for kind in ORIGINS))
        allow = {"settings": {SETTINGS.ENABLE_CONNECT_PROTOCOL: 1}}
        cls.made = made
        cls.scenes = {kind: Scene() for kind in ORIGINS}
        cls.origins = {"h1": stage.origin(cls.scenes["h1"], "h1"), "h2c": stage.h2_origin(cls.scenes["h2c"], "h2c", **allow),
                       "h2": stage.h2_origin(cls.scenes["h2"], "h2", tls=made.server_context("h2"), **allow)}
        protocols = {"h1": "HTTP", "h2": "HTTP2", "h2c": "HTTP2"}
        names = [f"{kind}.example" for kind in ORIGINS]
        cls.edge = stage.gateway(
            documents.gateway(documents.http_server("*"), documents.https_server(*names, credential="edge")),
            documents.secret("edge", made), documents.tls_to("h2.example", made),
            *(documents.service(name, cls.origins[kind], protocol=protocols[kind]) for kind, name in zip(ORIGINS, names)),
            *(documents.virtual_service(documents.to(name), hosts=[name], name=f"to-{kind}") for kind, name in zip(ORIGINS, names)),
            settings={"gateway": {"workers": 1}})

    def host(self, origin):
        return f"{origin}.example"

    def check_get(self, origin):
        with self.connect(origin) as client:
            answer = client.request(target="/a?b=c", host=self.host(origin), headers=["X-Own: 1"])
        self.assertEqual(answer.status, 200)
        seen = json.loads(answer.body)
        self.assertEqual((seen["origin"], seen["method"], seen["target"], seen["body"]), (origin, "GET", "/a?b=c", ""))
        self.assertIn(["x-own", "1"], [[name.lower(), value] for name, value in seen["headers"]])
        self.assertEqual(self.origins[origin].requests[-1].authority, self.host(origin))

    def check_post_with_trailers(self, origin):
        with self.connect(origin) as client:
            stream = client.open("POST", "/echo", self.host(origin), ["TE: trailers"])
            stream.write(b"first")
            self.assertEqual(stream.response_head().status, 200)
            stream.write(b" second")
            stream.end(["Sum: 5"])
            self.assertEqual(b"".join(stream.body_pieces()), b"first second")
        self.assertEqual(lower(self.origins[origin].requests[-1].trailers), [("sum", "5")])
        self.assertEqual(lower(stream.head.trailers), [("sum", "5")])

    def check_large_bodies_both_ways(self, origin):
        block = os.urandom(MEBIBYTE)
        with self.connect(origin) as client:
            stream = client.open("POST", "/echo", self.host(origin))
            sender = threading.Thread(target=lambda: [stream.write(block, end=left == MEBIBYTE) for left in range(LARGE, 0, -MEBIBYTE)])
            sender.start()
            self.assertEqual(stream.response_head().status, 200)
            came, size = hashlib.sha256(), 0
            for piece in stream.body_pieces():
                came.update(piece)
                size += len(piece)
            sender.join()
        went = hashlib.sha256()
        for _ in range(LARGE // MEBIBYTE):
            went.update(block)
        self.assertEqual((size, came.digest()), (LARGE, went.digest()))

    def check_upgrade(self, origin):
        """A tunnel that the client ends, and one that the origin ends."""
        for ends, last in (("client", b"stay"), ("origin", b"leave")):
            target = f"/tunnel/{ends}"
            with self.subTest(ends), self.connect(origin) as client:
                head, tunnel = client.tunnel(target, self.host(origin))
                self.assertEqual(head.status, self.ACCEPTED)
                pieces = tunnel.body_pieces()
                for message in (b"hello", last):
                    tunnel.write(message)
                    self.assertEqual(next(pieces), message.upper())
                if ends == "client":
                    tunnel.end()
                self.assertEqual(list(pieces), [])
                self.assertTrue(self.scenes[origin].await_end(target))

    def check_abort_by_client(self, origin):
        target = f"/never/{origin}"
        with self.connect(origin) as client:
            stream = client.open("GET", target, self.host(origin), end=True)
            eventually(lambda: any(request.target == target for request in self.origins[origin].requests), "the request")
            connections = len(self.origins[origin].connections)
            stream.abort()
            how = self.scenes[origin].await_end(target)
        with self.connect(origin) as client:
            self.assertEqual(client.request(host=self.host(origin)).status, 200)
        if origin != "h1":  # one stream of many was given up
            self.assertEqual((how, len(self.origins[origin].connections)), (ErrorCodes.CANCEL, connections))

    def check_abort_by_origin(self, origin):
        with self.connect(origin) as client:
            answer = client.request("POST", "/broken", self.host(origin), body=b"x")
            self.assertIn(answer.status, (502, 503))
        with self.connect(origin) as client:
            stream = client.open("GET", "/half", self.host(origin), end=True)
            with self.assertRaises(FAILURES):
                stream.response()

    def check_an_origin_that_leaves_loses_no_request(self, origin):
        if origin != "h1":
            return self.goaway(origin)
        with self.connect(origin) as client:
            answers = [client.request("POST", "/last", self.host(origin), body=b"x").body for _ in range(10)]
        self.assertEqual(answers, [b"last"] * 10)

    def goaway(self, origin):
        """Six requests are under way, the origin accepts the first three and leaves: the others go to its next connection."""
        scene = self.scenes[origin]
        with contextlib.ExitStack() as stack:
            self.warm_up(origin)
            streams = [self.begin(stack, origin, b"%d" % number) for number in range(6)]
            eventually(lambda: len(scene.holding) == 6, lambda: f"six requests: {scene.holding}")
            numbers = sorted(exchange.stream.number for exchange in scene.holding)
            connection = scene.holding[0].connection
            connection.goaway(last_stream=numbers[2])
            scene.released.set()
            self.assertEqual([stream.response().body for stream in streams], [b"%d" % number for number in range(6)])
        again = [exchange.connection.number for exchange in scene.holding[6:]]
        self.assertEqual(len(again), 3)
        self.assertNotIn(connection.number, again)
        eventually(lambda: not connection.is_open, "the gateway to close what was left")

    def warm_up(self, origin):
        """So that there is one connection to share."""
        with self.connect(origin) as client:
            client.request(host=self.host(origin))

    def begin(self, stack, origin, body):
        client = stack.enter_context(self.connect(origin))
        stream = client.open("POST", "/held", self.host(origin))
        stream.write(body, end=True)
        return stream


def lower(fields):
    return [(name.lower(), value) for name, value in fields]


@against_every_origin
class FromH1(Matrix):
    ACCEPTED = 101

    def connect(self, _):
        return Client(self.edge.http)


@against_every_origin
class FromH2(Matrix):
    ACCEPTED = 200

    def connect(self, origin):
        return H2Client(self.edge.https, self.made.client_context("h2"), self.host(origin))


@against_every_origin
class FromH2c(Matrix):
    ACCEPTED = 200

    def connect(self, _):
        return H2Client(self.edge.http)
