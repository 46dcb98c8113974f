"""gRPC and gRPC-Web towards origins that speak HTTP/2: what test_grpc_peers.py does not see from its ends."""

import base64

from harness import behaviours, client, documents
from harness.case import EdgeTest
from harness.h2_client import H2Client
from harness.peer import run_client
from harness.waiting import eventually
from h2.errors import ErrorCodes

GRPC, TEXT, BINARY = "application/grpc", "application/grpc-web-text", "application/grpc-web+proto"
MESSAGE = b"\0\0\0\0\3abc"


def typed(content_type, *headers):
    return [f"content-type: {content_type}", *headers]


def status(code, message="because"):
    """Nothing but a head, as servers answer that have nothing else to say."""
    def handler(exchange):
        exchange.read_body()
        exchange.stream.send_head([(":status", "200"), ("content-type", GRPC), ("grpc-status", str(code)),
                                   ("grpc-message", message)], end=True)
    return handler


def echo(exchange):
    exchange.begin(200, typed(GRPC))
    for piece in exchange.body_pieces():
        exchange.write(piece)
    exchange.end(["grpc-status: 0", "x-trailer: kept"])


def echo_late(exchange):
    """For clients that do not read before everything is sent."""
    body = exchange.read_body()
    exchange.begin(200, typed(GRPC))
    exchange.write(body)
    exchange.end(["grpc-status: 0"])


def decoded(body):
    """Of text whose pieces may each have padding of their own."""
    return b"".join(base64.b64decode(body[at:at + 4], validate=True) for at in range(0, len(body), 4))


def parts(body):
    """(messages, trailers) of a body of gRPC-Web."""
    messages, trailers = [], None
    while body:
        flag, size = body[0], int.from_bytes(body[1:5], "big")
        part, body = body[5:5 + size], body[5 + size:]
        if flag & 0x80:
            trailers = dict(line.split(": ", 1) for line in part.decode().split("\r\n")[:-1])
        else:
            messages.append(part)
    return messages, trailers


class GrpcTest(EdgeTest):
    def begin(self, handler, protocol="GRPC", **route):
        origin = self.h2_origin(handler)
        return self.begin_with(origin, protocol, **route), origin

    def begin_with(self, origin, protocol="GRPC", **route):
        return self.gateway(documents.gateway(), documents.virtual_service(documents.to("origin", **route)),
                            documents.service("origin", origin, protocol=protocol))


class Calls(GrpcTest):
    def call(self, edge, *headers):
        with H2Client(edge.http) as connection:
            return connection.request("POST", "/peer.Peer/Any", headers=typed(GRPC, "te: trailers", *headers), body=MESSAGE)

    def test_unavailable_is_tried_again(self):
        edge, origin = self.begin(behaviours.First(2, status(14), echo), retries={"attempts": 3, "retryOn": "unavailable"})
        answer = self.call(edge)
        self.assertEqual((answer.body, answer.trailers.get("grpc-status")), (MESSAGE, "0"))
        self.assertEqual([request.body for request in origin.requests[:2]], [MESSAGE] * 2)
        self.assertEqual(edge.await_log()[0]["attempts"], 3)

    def test_a_status_that_stays_is_passed_on(self):
        edge, origin = self.begin(status(14), retries={"attempts": 2, "retryOn": "unavailable", "backoff": "1ms"})
        answer = self.call(edge)
        self.assertEqual((answer.status, answer.get("grpc-status"), answer.get("grpc-message")), (200, "14", "because"))
        self.assertEqual(len(origin.requests), 3)
        line = edge.await_log()[0]
        self.assertEqual((line["grpc_status"], line["response_flags"]), (14, "URX"))

    def test_a_deadline_cancels_the_call_at_the_origin(self):
        cancelled = []
        edge, origin = self.begin(lambda exchange: cancelled.append(exchange.await_cancel()))
        answer = self.call(edge, "grpc-timeout: 2S")
        self.assertEqual((answer.status, answer.get("grpc-status")), (200, "4"))
        eventually(lambda: cancelled == [ErrorCodes.CANCEL], lambda: f"the cancellation: {cancelled}")
        self.assertLessEqual(int(origin.requests[0].fields.get("grpc-timeout").removesuffix("m")), 2000)

    def test_messages_of_streams_are_counted_in_both_directions(self):
        edge, _ = self.begin(echo)
        with H2Client(edge.http) as connection:
            stream = connection.open("POST", "/peer.Peer/Bidi", headers=typed(GRPC, "te: trailers"))
            pieces = stream.body_pieces()
            for _ in range(3):  # each waits for the answer to the one before
                stream.write(MESSAGE)
                echoed = b""
                while len(echoed) < len(MESSAGE):
                    echoed += next(pieces)
                self.assertEqual(echoed, MESSAGE)
            stream.end()
            self.assertEqual(stream.response().trailers.get("x-trailer"), "kept")
        labels = {"request_protocol": "grpc", "grpc_response_status": "0"}
        eventually(lambda: edge.metrics().total("istio_requests_total", **labels) == 1, "the call is counted")
        metrics = edge.metrics()
        self.assertEqual((metrics.total("istio_request_messages_total", **labels),
                          metrics.total("istio_response_messages_total", **labels)), (3, 3))


class Web(GrpcTest):
    def post(self, edge, content_type, body, *headers):
        headers = typed(content_type, "x-grpc-web: 1", *headers)
        return client.request(edge.http, "POST", "/peer.Peer/Any", headers=headers, body=body)

    def test_clients_of_browsers_reach_a_real_server(self):
        edge = self.begin_with(self.peer("grpc_server.py"))
        for form in ("text", "binary"):
            with self.subTest(form):
                self.assertEqual(run_client("grpc_web_client.js", edge.http, form), {
                    "unary": "hello", "deadline": "known", "large": 1 << 20,
                    "stream": {"messages": [str(number) for number in range(200)], "code": 0},
                    "fail": {"code": 9, "details": "no: 100% ü", "why": "asked to"}, "unknown": 12})

    def test_the_origin_sees_grpc(self):
        edge, origin = self.begin(echo_late)
        for content_type, body in ((BINARY, MESSAGE), (TEXT + "+proto", base64.b64encode(MESSAGE))):
            self.assertEqual(self.post(edge, content_type, body).status, 200)
        for request in origin.requests:
            self.assertEqual((request.body, request.fields.get("content-type"), request.fields.get("te")),
                             (MESSAGE, GRPC + "+proto", "trailers"))
            self.assertFalse("x-grpc-web" in request.fields or "content-length" in request.fields)

    def test_trailers_end_the_body(self):
        edge, _ = self.begin(echo)
        answer = self.post(edge, BINARY, MESSAGE * 2)
        self.assertEqual(answer.get("content-type"), BINARY)
        self.assertEqual(parts(answer.body), ([b"abc"] * 2, {"grpc-status": "0", "x-trailer": "kept"}))
        line = edge.await_log()[0]
        self.assertEqual((line["grpc_status"], line["response_code"]), (0, 200))

    def test_text_is_answered_by_text_unless_accept_says_otherwise(self):
        edge, _ = self.begin(echo)
        expected = ([b"abc"], {"grpc-status": "0", "x-trailer": "kept"})
        answer = self.post(edge, TEXT, base64.b64encode(MESSAGE))
        self.assertEqual((answer.get("content-type"), parts(decoded(answer.body))), (TEXT + "+proto", expected))
        answer = self.post(edge, TEXT, base64.b64encode(MESSAGE), "accept: application/grpc-web")
        self.assertEqual((answer.get("content-type"), parts(answer.body)), (BINARY, expected))

    def test_a_message_in_text_waits_for_no_other(self):
        edge, _ = self.begin(echo)
        with H2Client(edge.http) as connection:
            stream = connection.open("POST", "/peer.Peer/Bidi", headers=typed(TEXT))
            stream.write(base64.b64encode(MESSAGE))
            stream.response_head()
            pieces, got = stream.body_pieces(), b""
            for number in range(3):
                if number:
                    stream.write(base64.b64encode(MESSAGE))
                while len(decoded(got[:len(got) // 4 * 4])) < (number + 1) * len(MESSAGE):
                    got += next(pieces)
            stream.end()
            got += b"".join(pieces)
        self.assertEqual(parts(decoded(got)), ([b"abc"] * 3, {"grpc-status": "0", "x-trailer": "kept"}))

    def test_text_that_is_none_is_refused(self):
        edge, _ = self.begin(echo)
        for body in (b"AAAA*AAA", b"AAAAA"):
            answer = self.post(edge, TEXT, body)
            self.assertEqual((answer.status, answer.get("content-type"), answer.get("grpc-status")), (200, TEXT + "+proto", "13"))

    def test_a_call_that_fails_without_a_body_says_so_in_its_head(self):
        edge, _ = self.begin(status(5))
        answer = self.post(edge, BINARY, MESSAGE)
        self.assertEqual((answer.get("content-type"), answer.get("grpc-status"), answer.get("grpc-message"), answer.body),
                         (BINARY, "5", "because", b""))

    def test_ports_of_type_grpc_web_are_spoken_to_in_grpc(self):
        edge, origin = self.begin(echo, protocol="GRPC-WEB")
        self.assertEqual(parts(self.post(edge, BINARY, MESSAGE).body)[0], [b"abc"])
        self.assertEqual(origin.requests[0].fields.get("content-type"), GRPC + "+proto")

    def test_a_large_message_in_text_arrives_whole(self):
        edge, _ = self.begin(echo_late)
        message = b"\0" + (2 << 20).to_bytes(4, "big") + bytes(range(256)) * (2 << 12)
        answer = self.post(edge, TEXT, base64.b64encode(message))
        messages, trailers = parts(decoded(answer.body))
        self.assertEqual((messages == [message[5:]], trailers["grpc-status"]), (True, "0"))
