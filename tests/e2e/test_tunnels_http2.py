"""WebSocket over HTTP/2 (RFC 8441) to origins that speak HTTP/1."""

import threading

from h2.errors import ErrorCodes

from harness import behaviours, client, documents, websocket
from harness.certificates import certificate
from harness.gateway import IS_SANITIZED
from harness.h2_client import H2Client
from harness.h2_session import Gone
from harness.message import Reader
from harness.tunnel import Pieces, TunnelTest
from harness.waiting import eventually
from harness.websocket import frame, read_frame, switch

MIB = 1 << 20


class Http2Tunnel(TunnelTest):
    def connect(self, edge):
        connection = H2Client(edge.http)
        self.addCleanup(connection.reset)
        return connection

    def open_stream(self, edge, connection=None):
        """(the tunnel, a reader of what comes out of it)."""
        head, stream = (connection or self.connect(edge)).tunnel("/chat")
        self.assertEqual(head.status, 200)
        return stream, Reader(Pieces(stream))


class Handshakes(Http2Tunnel):
    def test_a_websocket_echoes(self):
        edge, origin = self.serve(websocket.echo_frames)
        connection = self.connect(edge)
        head, stream = connection.tunnel("/chat")
        self.assertEqual(head.status, 200)
        for name in ("connection", "upgrade", "sec-websocket-accept", "content-length"):
            self.assertNotIn(name, head.fields)
        reader = Reader(Pieces(stream))
        for message in ("hello", "x" * 70000):
            stream.write(frame(message, masked=True))
            self.assertEqual(read_frame(reader).payload, message.encode())
        stream.write(websocket.close(1000, masked=True))
        self.assertEqual(read_frame(reader).status, 1000)
        self.assertIsNone(read_frame(reader))
        request = origin.requests[0]
        self.assertEqual((request.method, request.target), ("GET", "/chat"))
        self.assertEqual(request.fields.all("upgrade"), ["websocket"])
        self.assertEqual(request.fields.all("connection"), ["Upgrade"])
        self.assertEqual(len(request.fields.get("sec-websocket-key")), 24)
        self.assertIsNone(request.framing)

    def test_many_tunnels_share_a_connection_with_requests(self):
        def serve(exchange):
            (websocket.echo_frames if "upgrade" in exchange.request.fields else behaviours.named)(exchange)

        edge, _ = self.serve(serve)
        connection = self.connect(edge)
        tunnels = [self.open_stream(edge, connection) for _ in range(10)]
        for number, (stream, _) in enumerate(tunnels):
            stream.write(frame(str(number), masked=True))
        self.assertEqual(connection.request().body, b"origin")
        self.assertEqual([read_frame(reader).payload for _, reader in tunnels], [b"%d" % number for number in range(10)])
        self.assertEqual(edge.metrics().total("tidegate_tunnels_active"), 10)

    def test_a_refusal_passes(self):
        edge, _ = self.serve(behaviours.status(426, "not here"))
        connection = self.connect(edge)
        head, stream = connection.tunnel()
        self.assertEqual((head.status, b"".join(stream.body_pieces())), (426, b"not here"))

    def test_an_answer_that_would_look_like_consent_is_502(self):
        wrong_proof = lambda exchange: switch(exchange, proof="nonsense")
        for handler in (behaviours.named, wrong_proof):
            edge, _ = self.serve(handler)
            head, _ = self.connect(edge).tunnel()
            self.assertEqual(head.status, 502)

    def test_only_the_protocols_of_the_setting_may_be_asked_for(self):
        edge, _ = self.serve(websocket.echo_bytes, {"gateway": {"upgrades": ["websocket"]}})
        head, _ = self.connect(edge).tunnel(protocol="tcp")
        self.assertEqual(head.status, 403)

    def test_no_limit_and_no_deadline_of_a_request_is_for_a_tunnel(self):
        def serve(exchange):
            (websocket.echo_bytes if "upgrade" in exchange.request.fields else behaviours.never)(exchange)

        edge, _ = self.serve(serve, {"limits": {"body_bytes": "1KiB", "request_timeout": "500ms"},
                                     "gateway": {"workers": 1}}, timeout="500ms")
        connection = self.connect(edge)
        stream, reader = self.open_stream(edge, connection)
        late = connection.open("POST", "/")
        self.assertEqual(late.response().status, 408)
        stream.write(bytes(4096))
        self.assertEqual(len(b"".join(reader.pieces(4096))), 4096)


class Ends(Http2Tunnel):
    def test_each_direction_ends_for_itself(self):
        got = []

        def finish_first(exchange):
            switch(exchange, b"over")
            exchange.connection.socket.shutdown(1)
            while exchange.connection.reader.fill():
                pass
            got.append(exchange.connection.reader.buffer)

        edge, _ = self.serve(finish_first)
        stream, reader = self.open_stream(edge)
        while reader.fill():
            pass
        self.assertEqual(reader.buffer, b"over")
        stream.write(b"but listen", end=True)
        eventually(lambda: got, "the origin to hear the client")
        self.assertEqual(got, [b"but listen"])
        line = edge.await_log()[0]
        self.assertEqual((line["protocol"], line["response_code"], line["bytes_received"], line["bytes_sent"], line["response_flags"]),
                         ("HTTP/2", 101, 10, 4, "-"))

    def test_a_client_that_cancels_resets_the_origin(self):
        seen = []

        def watch(exchange):
            switch(exchange)
            try:
                while exchange.connection.reader.fill():
                    pass
                seen.append("end")
            except ConnectionError:
                seen.append("reset")

        edge, _ = self.serve(watch)
        stream, _ = self.open_stream(edge)
        stream.reset()
        eventually(lambda: seen, "the origin to notice")
        self.assertEqual(seen, ["reset"])

    def test_an_origin_that_breaks_off_cancels_the_stream(self):
        def cut(exchange):
            switch(exchange)
            exchange.connection.reader.fill()
            exchange.reset()

        edge, _ = self.serve(cut)
        stream, reader = self.open_stream(edge)
        stream.write(frame("cut", masked=True))
        with self.assertRaises(Gone) as raised:
            reader.fill()
        self.assertEqual(raised.exception.code, ErrorCodes.CANCEL)

    def test_a_drain_says_goodbye(self):
        got = []

        def answer_close(exchange):
            switch(exchange)
            got.append(read_frame(exchange.connection.reader))
            exchange.send(websocket.close(got[0].status))
            got.append(exchange.connection.reader.fill())
            exchange.close()

        edge, _ = self.serve(answer_close, {"gateway": {"drain_timeout": "4s"}})
        connection = self.connect(edge)
        stream, reader = self.open_stream(edge, connection)
        edge.signal(15)
        goodbye = read_frame(reader)
        self.assertEqual((goodbye.opcode, goodbye.status, goodbye.masked), (websocket.CLOSE, websocket.GOING_AWAY, False))
        self.assertIsNone(read_frame(reader))
        self.assertEqual(edge.wait(), 0)
        self.assertEqual((got[0].opcode, got[0].status, got[0].masked, got[1]), (websocket.CLOSE, websocket.GOING_AWAY, True, False))


class Flow(Http2Tunnel):
    def test_a_stream_that_is_not_read_costs_no_memory(self):
        size, sent = 64 * MIB, []

        def send_all(exchange):
            switch(exchange)
            for _ in range(size // MIB):
                exchange.send(bytes(MIB))
                sent.append(MIB)
            exchange.close()

        edge, _ = self.serve(send_all)
        before = edge.rss()
        connection = self.connect(edge)
        stream, reader = self.open_stream(edge, connection)
        other, heard = self.open_stream(edge, connection)  # a neighbour that is read
        total = 0
        while heard.fill():
            total += len(heard.buffer)
            heard.buffer = b""
        self.assertEqual(total, size)
        if not IS_SANITIZED:
            self.assertLess(edge.rss() - before, 8 * MIB)
        other.end()
        total = 0
        while reader.fill():
            total += len(reader.buffer)
            reader.buffer = b""
        self.assertEqual(total, size)


class OverTls(TunnelTest):
    """What a half-closed TLS connection still carries."""

    def test_each_direction_ends_for_itself(self):
        got = []

        def finish_first(exchange):
            switch(exchange, b"over")
            exchange.connection.socket.shutdown(1)
            while exchange.connection.reader.fill():
                pass
            got.append(exchange.connection.reader.buffer)

        made = certificate("tunnel.example")
        edge = self.gateway(documents.gateway(documents.https_server("tunnel.example", credential="c")),
                            documents.virtual_service(documents.to("origin")), documents.secret("c", made),
                            documents.service("origin", self.origin(finish_first)))
        connection = client.Client(edge.https, made.client_context("http/1.1"), "tunnel.example")
        self.addCleanup(connection.close)
        connection.send(websocket.upgrade("tcp").replace(b"test.example", b"tunnel.example"))
        self.assertEqual(connection.response_head().status, 101)
        self.assertEqual(connection.rest(), b"over")
        connection.send(b"but listen")
        threading.Thread(target=connection.socket.unwrap, daemon=True).start()
        eventually(lambda: got, "the origin to hear the client")
        self.assertEqual(got, [b"but listen"])
