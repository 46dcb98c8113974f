"""Clients that arrive while the gateway is told to end: whoever is connected, and asks at once, is answered."""

import contextlib
import signal

from harness import behaviours, client, documents
from harness.case import EdgeTest
from harness.certificates import certificate
from harness.waiting import eventually

GET = "GET / HTTP/1.1\r\nHost: drain.example\r\n\r\n"


class Arrivals(EdgeTest):
    def connect(self, port, count):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        return [stack.enter_context(client.Client(port)) for _ in range(count)]

    def drain(self, edge):
        edge.signal(signal.SIGTERM)
        eventually(lambda: edge.observe("/ready")[0] == 503, "the drain to begin")

    def await_accepted(self, edge, count):
        eventually(lambda: edge.metrics().total("tidegate_downstream_connections_active") == count,
                   f"{count} connections to be accepted")

    def assert_answered(self, connections):
        """All of them, with a last answer."""
        answers = [connection.response() for connection in connections]
        self.assertEqual([(answer.status, answer.body, answer.closes) for answer in answers],
                         [(200, b"origin", True)] * len(connections))

    def test_connected_clients_that_ask_when_the_drain_has_begun_are_answered(self):
        edge, _ = self.serve(behaviours.named)
        connections = self.connect(edge.http, 10)
        self.await_accepted(edge, 10)
        self.drain(edge)
        for connection in connections:
            connection.send(GET)
        self.assert_answered(connections)
        self.assertEqual(edge.wait(), 0)

    def test_a_handshake_that_begins_when_the_drain_has_begun_is_finished_and_answered(self):
        cert = certificate("drain.example")
        edge = self.gateway(documents.gateway(documents.https_server("drain.example", credential="cert")),
                            documents.virtual_service(documents.to("origin")),
                            documents.service("origin", self.origin(behaviours.named)), documents.secret("cert", cert))
        context = client.tls_context(cert.certificate_file)
        connection, = self.connect(edge.https, 1)
        self.await_accepted(edge, 1)
        self.drain(edge)
        connection.begin_tls(context, "drain.example")
        connection.send(GET)
        self.assert_answered([connection])
        self.assertEqual(edge.wait(), 0)

    def queued(self, count, workers):
        """Connections, with their requests sent, that the gateway finds in its accept queues together with SIGTERM."""
        edge, _ = self.serve(behaviours.named, {"gateway": {"workers": workers}})
        edge.signal(signal.SIGSTOP)
        connections = self.connect(edge.http, count)
        for connection in connections:
            connection.send(GET)
        edge.signal(signal.SIGTERM)
        edge.signal(signal.SIGCONT)
        return edge, connections

    def test_clients_in_the_accept_queue_are_answered(self):
        for count, workers in ((10, 2), (400, 1), (400, 2)):
            with self.subTest(connections=count, workers=workers):
                edge, connections = self.queued(count, workers)
                # A worker may answer before it hears of the drain: then the answer does not say `close`, but it comes.
                answers = [connection.response() for connection in connections]
                self.assertEqual({(answer.status, answer.body) for answer in answers}, {(200, b"origin")})
                self.assertTrue(all(connection.is_closed() for connection in connections))
                self.assertEqual(edge.wait(), 0)
