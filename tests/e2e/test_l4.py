"""Connections that are passed on as they are: undecrypted by SNI, in clear, and after TLS ended at the gateway."""

import collections
import hashlib
import socket
import ssl
import threading

from harness import client, documents
from harness.case import EdgeTest
from harness.certificates import certificate
from harness.waiting import PATIENCE, eventually

TCP_PORT = 3306


class TcpOrigin:
    """Calls `handler(socket)` for each connection, in a thread of its own."""

    def __init__(self, handler):
        self.handler, self.open = handler, []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            connection.settimeout(PATIENCE)
            self.open.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            self.handler(connection)
        except OSError:
            pass
        connection.close()

    def close_connections(self):
        for connection in self.open:
            connection.close()

    def stop(self):
        self.listening.close()
        self.close_connections()


def echo(connection):
    while piece := connection.recv(65536):
        connection.sendall(piece)


def greet(text):
    def handler(connection):
        connection.sendall(text)
        while connection.recv(65536):
            pass
    return handler


def tcp_server(number=TCP_PORT, protocol="TCP", hosts=("*",), **tls):
    server = {"port": {"number": number, "name": f"{protocol}-{hosts[0].split('.')[0]}-{number}".lower().replace("*", "any"),
                       "protocol": protocol}, "hosts": list(hosts)}
    return {**server, "tls": tls} if tls else server


def routes(hosts=("*",), tls=(), tcp=(), http=()):
    kinds = {"tls": list(tls), "tcp": list(tcp), "http": list(http)}
    return documents.resource("VirtualService", "l4", {"hosts": list(hosts), "gateways": ["edge"],
                                                       **{key: value for key, value in kinds.items() if value}})


def by_sni(name, *services):
    return {"match": [{"sniHosts": [name]}], **documents.to(*services)}


class L4Test(EdgeTest):
    def setUp(self):
        super().setUp()
        self.connections = []

    def tcp_origin(self, handler=echo):
        origin = TcpOrigin(handler)
        self.addCleanup(origin.stop)
        return origin

    def tcp_edge(self, *services, settings=None, weights=None):
        names = [f"service-{i}" for i in range(len(services))]
        targets = [(name, weight) for name, weight in zip(names, weights)] if weights else names
        return self.gateway(documents.gateway(tcp_server()), routes(tcp=[documents.to(*targets)]), settings=settings,
                            *(documents.service(name, *endpoints, protocol="TCP")
                              for name, endpoints in zip(names, services)))

    def connect(self, port):
        connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.addCleanup(connection.close)
        return connection

    def received(self, connection):
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
        return b"".join(pieces)


class Tcp(L4Test):
    def test_bytes_go_both_ways_and_each_end_is_passed_on_alone(self):
        def answer_after_the_end(connection):
            asked = b""
            while piece := connection.recv(65536):
                asked += piece
            connection.sendall(b"you said " + asked)

        edge = self.tcp_edge([self.tcp_origin(answer_after_the_end)])
        connection = self.connect(edge.ports[TCP_PORT])
        connection.sendall(b"hello")
        connection.shutdown(socket.SHUT_WR)
        self.assertEqual(self.received(connection), b"you said hello")

    def test_destinations_are_drawn_by_weight(self):
        edge = self.tcp_edge([self.tcp_origin(greet(b"a"))], [self.tcp_origin(greet(b"b"))], weights=[80, 20])
        seen = collections.Counter()
        for _ in range(200):
            connection = self.connect(edge.ports[TCP_PORT])
            seen[connection.recv(1)] += 1
            connection.close()
        self.assertGreater(seen[b"a"], 120)
        self.assertGreater(seen[b"b"], 12)

    def test_much_data_arrives_whole_though_one_side_is_slow(self):
        edge = self.tcp_edge([self.tcp_origin()])
        connection = self.connect(edge.ports[TCP_PORT])
        block = hashlib.sha256(b"seed").digest() * 2048
        count = 512  # 32 MiB, more than all buffers on the way hold

        def send():
            for _ in range(count):
                connection.sendall(block)
            connection.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        digest, expected, size = hashlib.sha256(), hashlib.sha256(), 0
        while piece := connection.recv(65536):
            digest.update(piece)
            size += len(piece)
        sender.join()
        for _ in range(count):
            expected.update(block)
        self.assertEqual((size, digest.digest()), (count * len(block), expected.digest()))

    def test_a_reset_is_passed_on_as_one(self):
        def reset(connection):
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

        edge = self.tcp_edge([self.tcp_origin(reset)])
        connection = self.connect(edge.ports[TCP_PORT])
        connection.sendall(b"x")
        with self.assertRaises(ConnectionResetError):
            self.received(connection)
        self.assertEqual(edge.await_log()[0]["response_flags"], "UC")

    def test_another_endpoint_is_tried_when_one_does_not_answer(self):
        dead = socket.create_server(("127.0.0.1", 0))
        dead_port = dead.getsockname()[1]
        dead.close()
        edge = self.tcp_edge([dead_port, self.tcp_origin(greet(b"alive"))])
        for _ in range(20):
            connection = self.connect(edge.ports[TCP_PORT])
            self.assertEqual(connection.recv(5), b"alive")
            connection.close()

    def test_nobody_there_closes_the_connection_and_says_why(self):
        dead = socket.create_server(("127.0.0.1", 0))
        dead_port = dead.getsockname()[1]
        dead.close()
        edge = self.tcp_edge([dead_port])
        self.assertEqual(self.received(self.connect(edge.ports[TCP_PORT])), b"")
        self.assertEqual(edge.await_log()[0]["response_flags"], "UF")

    def test_connections_and_bytes_are_counted_and_logged(self):
        edge = self.tcp_edge([self.tcp_origin()])
        connection = self.connect(edge.ports[TCP_PORT])
        connection.sendall(b"12345")
        connection.shutdown(socket.SHUT_WR)
        self.assertEqual(self.received(connection), b"12345")
        line = edge.await_log()[0]
        self.assertEqual((line["protocol"], line["bytes_received"], line["bytes_sent"]), (None, 5, 5))
        self.assertIn("service-0", line["upstream_cluster"])
        metrics = edge.metrics()
        for name, value in (("connections_opened", 1), ("connections_closed", 1), ("sent_bytes", 5), ("received_bytes", 5)):
            total = metrics.total(f"istio_tcp_{name}_total", destination_service="service-0", request_protocol="tcp")
            self.assertEqual(total, value, name)

    def test_an_idle_connection_is_closed(self):
        rule = documents.resource("DestinationRule", "idle", {
            "host": "service", "trafficPolicy": {"connectionPool": {"tcp": {"idleTimeout": "300ms"}}}})
        edge = self.gateway(documents.gateway(tcp_server()), routes(tcp=[documents.to("service")]), rule,
                            documents.service("service", self.tcp_origin(), protocol="TCP"))
        connection = self.connect(edge.ports[TCP_PORT])
        connection.sendall(b"x")
        self.assertEqual(self.received(connection), b"x")

    def test_a_drain_lets_connections_end_and_then_ends_them(self):
        edge = self.tcp_edge([self.tcp_origin()], settings={"gateway": {"drain_timeout": "2s"}})
        connection = self.connect(edge.ports[TCP_PORT])
        connection.sendall(b"a")
        self.assertEqual(connection.recv(1), b"a")
        edge.signal(15)
        eventually(lambda: not self.is_listening(edge.ports[TCP_PORT]), "the listener closes")
        connection.sendall(b"b")
        self.assertEqual(connection.recv(1), b"b")
        try:
            self.assertEqual(connection.recv(1), b"")
        except ConnectionResetError:
            pass

    def is_listening(self, port):
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
            return True
        except OSError:
            return False


class Tls(L4Test):
    def setUp(self):
        super().setUp()
        self.certificates = {name: certificate(f"{name}.l4.example") for name in ("one", "two", "web", "db")}

    def tls_origin(self, name):
        context = self.certificates[name].server_context()

        def handler(connection):
            with context.wrap_socket(connection, server_side=True) as tls:
                tls.sendall(name.encode())
                while tls.recv(65536):
                    pass
        return self.tcp_origin(handler)

    def mixed_edge(self):
        """On one port: two names passed on, one for HTTP, one decrypted for a database."""
        tls = {"mode": "SIMPLE"}
        return self.gateway(
            documents.gateway(tcp_server(443, "TLS", ("one.l4.example", "two.l4.example"), mode="PASSTHROUGH"),
                              documents.https_server("web.l4.example", credential="web"),
                              tcp_server(443, "TLS", ("db.l4.example",), credentialName="db", **tls)),
            routes(tls=[by_sni("one.l4.example", "one"), by_sni("two.l4.example", "two")],
                   tcp=[documents.to("database")], http=[documents.to("web")]),
            documents.service("one", self.tls_origin("one"), protocol="TLS"),
            documents.service("two", self.tls_origin("two"), protocol="TLS"),
            documents.service("database", self.tcp_origin(), protocol="TCP"),
            documents.service("web", self.origin()),
            documents.secret("web", self.certificates["web"]), documents.secret("db", self.certificates["db"]))

    def open(self, edge, name):
        context = self.certificates[name].client_context()
        connection = client.Client(edge.https, tls=context, server_name=f"{name}.l4.example")
        self.addCleanup(connection.close)
        return connection

    def test_each_name_is_served_its_own_way(self):
        edge = self.mixed_edge()
        for name in ("one", "two"):
            with self.subTest(name):  # the origin's own certificate was checked
                self.assertEqual(self.open(edge, name).socket.recv(3), name.encode())
        self.assertEqual(self.open(edge, "web").request(host="web.l4.example").status, 200)
        database = self.open(edge, "db").socket
        database.sendall(b"select")
        self.assertEqual(database.recv(6), b"select")

    def test_a_name_that_nobody_has_is_closed(self):
        edge = self.mixed_edge()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for name in ("three.l4.example", None):
            with self.subTest(name), self.assertRaises(OSError):
                client.Client(edge.https, tls=context, server_name=name)

    def test_only_passed_on_names_need_no_certificate(self):
        edge = self.gateway(documents.gateway(tcp_server(443, "TLS", ("*.l4.example",), mode="PASSTHROUGH")),
                            routes(tls=[by_sni("one.l4.example", "one")]),
                            documents.service("one", self.tls_origin("one"), protocol="TLS"))
        self.assertEqual(self.open(edge, "one").socket.recv(3), b"one")
        with self.assertRaises(OSError):
            self.open(edge, "two")

    def test_a_hello_in_pieces_is_understood(self):
        edge = self.mixed_edge()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.certificates["one"].client_context().wrap_bio(incoming, outgoing, server_hostname="one.l4.example")
        connection = self.connect(edge.https)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                sent = outgoing.read()
                for i in range(0, len(sent), 50):
                    connection.sendall(sent[i:i + 50])
                incoming.write(connection.recv(65536))
        self.assertEqual(tls.version()[:3], "TLS")

    def test_what_is_no_hello_and_who_says_none_is_closed(self):
        edge = self.mixed_edge()
        self.assertEqual(client.raw(edge.https, b"GET / HTTP/1.1\r\nHost: one.l4.example\r\n\r\n"), b"")
        quick = self.gateway(documents.gateway(tcp_server(443, "TLS", ("*",), mode="PASSTHROUGH")),
                             routes(tls=[by_sni("one.l4.example", "one")]),
                             documents.service("one", 9, protocol="TLS"),
                             settings={"limits": {"tls_handshake_timeout": "300ms"}})
        self.assertEqual(client.raw(quick.https, b"\x16\x03\x01\x02\x00\x01\x00"), b"")
