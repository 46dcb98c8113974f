"""The base of every end-to-end test: what it starts is stopped, and examined, when it ends."""

import shutil
import unittest

from harness import documents
from harness.gateway import Gateway
from harness.h2_origin import H2Origin
from harness.origin import Origin
from harness.peer import Server


def topology(*endpoints, policy=None, protocol="HTTP", **route):
    """Documents that send everything to these endpoints of one service; `policy` are the blocks of its trafficPolicy."""
    made = [documents.gateway(), documents.virtual_service(documents.to("origin", **route)),
            documents.service("origin", *endpoints, protocol=protocol)]
    return made + ([documents.policy("origin", **policy)] if policy else [])


class Stage:
    """What a test, or a class of tests, has running."""

    def __init__(self, add_cleanup):
        self.add_cleanup = add_cleanup
        self.origins = []

    def origin(self, handler=None, name="origin", port=0, tls=None):
        return self.keep(Origin(handler, name, port, tls))

    def h2_origin(self, handler=None, name="origin", **options):
        return self.keep(H2Origin(handler, name, **options))

    def peer(self, name, *arguments):
        return self.keep(Server(name, *arguments))

    def keep(self, origin):
        self.origins.append(origin)
        self.add_cleanup(origin.stop)
        return origin

    def gateway(self, *documents, start=True, **options):
        gateway = Gateway(documents, **options)
        self.add_cleanup(shutil.rmtree, gateway.folder, ignore_errors=True)
        self.add_cleanup(self.stop, gateway)
        return gateway.start() if start else gateway

    def stop(self, gateway):
        for origin in self.origins:  # so that pooled connections are no leak
            origin.close_connections()
        gateway.stop()

    def serve(self, handler=None, settings=None, **route):
        """The usual pair: a gateway that sends everything to one origin. `route` are fields of the route."""
        origin = self.origin(handler)
        return self.serve_origins(origin, settings=settings, **route), origin

    def serve_origins(self, *origins, settings=None, **route):
        """The same with several endpoints behind one name."""
        return self.gateway(*topology(*origins, **route), settings=settings)


class EdgeTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        stage = Stage(self.addCleanup)
        self.origin, self.h2_origin, self.peer, self.gateway = stage.origin, stage.h2_origin, stage.peer, stage.gateway
        self.serve, self.serve_origins = stage.serve, stage.serve_origins


class SharedEdgeTest(unittest.TestCase):
    """Tests that look at one gateway, started once by `set_stage`."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.set_stage(Stage(cls.addClassCleanup))
