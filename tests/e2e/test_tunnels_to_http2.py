"""WebSocket to origins that speak HTTP/2 (RFC 8441)."""

from h2.errors import ErrorCodes

from harness import documents, websocket
from harness.h2_client import H2Client
from harness.h2_session import SETTINGS
from harness.message import Reader
from harness.tunnel import Pieces, TunnelTest
from harness.waiting import eventually
from harness.websocket import frame, read_frame

ALLOWED = {SETTINGS.ENABLE_CONNECT_PROTOCOL: 1}


class ToHttp2(TunnelTest):
    def serve_http2(self, handler, allowed=ALLOWED, gateway=None):
        origin = self.h2_origin(handler, settings=allowed)
        edge = self.gateway(documents.gateway(), documents.virtual_service(documents.to("origin")),
                            documents.service("origin", origin, protocol="HTTP2"), settings={"gateway": gateway or {}})
        return edge, origin

    def test_the_handshake_is_translated(self):
        def echo(exchange):
            exchange.accept_tunnel()
            for piece in exchange.body_pieces():
                exchange.write(piece)
            exchange.end()

        edge, origin = self.serve_http2(echo)
        connection, answer = self.open(edge)
        self.assertEqual(answer.get("sec-websocket-accept"), websocket.accept(websocket.KEY))
        message = frame("hello", masked=True)
        connection.send(message)
        self.assertEqual(b"".join(connection.reader.pieces(len(message))), message)
        request = origin.requests[0]
        self.assertEqual((request.method, request.protocol, request.target), ("CONNECT", "websocket", "/chat"))
        for name in ("sec-websocket-key", "connection", "upgrade"):
            self.assertNotIn(name, request.fields)
        self.assertEqual(request.fields.get("sec-websocket-version"), "13")
        connection.finish()
        self.assertFalse(connection.reader.fill())

    def test_an_origin_that_does_not_offer_it_is_not_asked(self):
        edge, origin = self.serve_http2(lambda exchange: exchange.respond(), allowed={})
        with H2Client(edge.http) as client:
            head, _ = client.tunnel()
            self.assertEqual(head.status, 503)
            self.assertEqual(client.request().status, 200)
        self.assertEqual([request.method for request in origin.requests], ["GET"])

    def test_an_origin_that_leaves_before_it_has_said_anything_is_503(self):
        edge, origin = self.serve_http2(None)
        origin.stop()
        with H2Client(edge.http) as client:
            head, _ = client.tunnel()
            self.assertEqual(head.status, 503)

    def test_what_breaks_one_side_breaks_the_other(self):
        codes = []

        def cut(exchange):
            exchange.accept_tunnel()
            if exchange.request.target == "/cut":
                exchange.cancel()
            else:
                codes.append(exchange.await_cancel())

        edge, _ = self.serve_http2(cut)
        connection, _ = self.open(edge, target="/cut")
        with self.assertRaises(ConnectionError):
            connection.reader.fill()
        connection, _ = self.open(edge)
        connection.reset()
        eventually(lambda: codes, "the origin to notice")
        self.assertEqual(codes, [ErrorCodes.CANCEL])

    def test_an_origin_that_breaks_off_after_its_end_resets_the_client(self):
        def cut(exchange):
            exchange.accept_tunnel()
            exchange.end()
            next(exchange.body_pieces())
            exchange.cancel()

        edge, _ = self.serve_http2(cut)
        connection, _ = self.open(edge)
        self.assertFalse(connection.reader.fill())

        def is_reset():
            try:
                connection.send(b"x")
                return False
            except ConnectionError:
                return True

        eventually(is_reset, "the client to be reset")

    def test_a_drain_says_goodbye(self):
        got = []

        def answer_close(exchange):
            exchange.accept_tunnel()
            reader = Reader(Pieces(exchange))
            got.append(read_frame(reader))
            got.append(reader.fill())
            exchange.end()

        edge, _ = self.serve_http2(answer_close, gateway={"drain_timeout": "4s"})
        connection, _ = self.open(edge)
        edge.signal(15)
        goodbye = read_frame(connection.reader)
        self.assertEqual((goodbye.opcode, goodbye.status, goodbye.masked), (websocket.CLOSE, websocket.GOING_AWAY, False))
        self.assertFalse(connection.reader.fill())
        connection.close()
        self.assertEqual(edge.wait(), 0)
        self.assertEqual((got[0].opcode, got[0].status, got[0].masked, got[1]), (websocket.CLOSE, websocket.GOING_AWAY, True, False))
