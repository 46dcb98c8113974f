"""What the gateway itself says to clients of gRPC, when it says it, and what it counts. The origins speak HTTP/1."""

import contextlib

from harness import behaviours, client, documents
from harness.case import EdgeTest
from harness.h2_client import H2Client
from harness.h2_session import Gone
from harness.waiting import eventually

GRPC = "content-type: application/grpc"
MESSAGE = b"\0\0\0\0\3abc"
ALWAYS = {"percentage": {"value": 100}}


def call(edge, *headers, target="/shop.Cart/Add", body=MESSAGE, host="test.example"):
    """The answer; it may come before the request is out."""
    with H2Client(edge.http) as connection:
        stream = connection.open("POST", target, host, [GRPC, "te: trailers", *headers])
        with contextlib.suppress(Gone):
            stream.write(body, end=True)
        return stream.response()


def grpc_answer(status, message=None, body=b""):
    """A handler that answers as a gRPC server would, with trailers where there is a body."""
    def handler(exchange):
        exchange.read_body()
        fields = [f"grpc-status: {status}", *([f"grpc-message: {message}"] if message else [])]
        if not body:
            return exchange.respond(200, b"", [GRPC, *fields])
        exchange.begin(200, [GRPC, "trailer: grpc-status"])
        exchange.write(body)
        return exchange.end(fields)
    return handler


class LocalAnswers(EdgeTest):
    def assert_grpc(self, answer, status, message=None):
        self.assertEqual((answer.status, answer.get("content-type"), answer.get("grpc-status"), answer.get("grpc-message"),
                          answer.body, answer.trailers or []), (200, "application/grpc", str(status), message, b"", []))

    def test_no_route_is_unimplemented(self):
        edge = self.gateway(documents.gateway(), documents.virtual_service(
            documents.to("origin"), hosts=["known.example"]), documents.service("origin", self.origin()))
        self.assert_grpc(call(edge), 12)
        line = edge.await_log()[0]
        self.assertEqual((line["response_code"], line["response_flags"], line["grpc_status"]), (200, "NR", 12))

    def test_an_origin_that_refuses_is_unavailable_and_the_message_says_why(self):
        origin = self.origin()
        origin.stop()
        answer = call(self.serve_origins(origin))
        self.assert_grpc(answer, 14, answer.get("grpc-message"))
        self.assertIn("connection failure", answer.get("grpc-message"))

    def test_an_abort_has_the_status_that_its_http_status_means(self):
        for http, grpc in ((401, 16), (403, 7), (429, 14), (400, 13), (418, 2)):
            with self.subTest(http=http):
                edge, origin = self.serve(fault={"abort": {**ALWAYS, "httpStatus": http}})
                self.assert_grpc(call(edge), grpc, "fault filter abort")
                self.assertEqual(origin.requests, [])

    def test_an_abort_with_a_grpc_status_is_for_grpc_only(self):
        edge, _ = self.serve(fault={"abort": {**ALWAYS, "grpcStatus": "RESOURCE_EXHAUSTED"}})
        self.assert_grpc(call(edge), 8, "fault filter abort")
        plain = client.request(edge.http)
        self.assertEqual((plain.status, plain.get("grpc-status"), plain.body), (429, None, b"fault filter abort"))

    def test_a_redirect_stays_one(self):
        edge = self.gateway(documents.gateway(documents.http_server("*", redirect=True),
                                              documents.http_server("*", number=81)),
                            documents.virtual_service(documents.to("origin")), documents.service("origin", self.origin()))
        answer = call(edge)
        self.assertEqual((answer.status, answer.get("grpc-status")), (301, None))

    def test_http_1_clients_are_told_the_same(self):
        edge, _ = self.serve(fault={"abort": {**ALWAYS, "httpStatus": 503}})
        answer = client.request(edge.http, "POST", headers=[GRPC], body=MESSAGE)
        self.assertEqual((answer.status, answer.get("grpc-status"), answer.body), (200, "14", b""))

    def test_the_web_is_answered_in_its_own_type(self):
        edge, _ = self.serve(fault={"abort": {**ALWAYS, "httpStatus": 503}})
        for asked, told in (("grpc-web", "grpc-web+proto"), ("grpc-web-text+proto", "grpc-web-text+proto")):
            answer = client.request(edge.http, "POST", headers=[f"Content-Type: application/{asked}"], body=b"AAAAAAA=")
            self.assertEqual((answer.status, answer.get("content-type"), answer.get("grpc-status"), answer.body),
                             (200, f"application/{told}", "14", b""))

    def test_the_web_passes_to_an_http_1_origin_untouched(self):
        body = b"AAAAAAA=" + b"gAAAAA"  # a body of theirs, whatever it means
        edge, origin = self.serve(behaviours.echo)
        headers = ["Content-Type: application/grpc-web-text", "X-Grpc-Web: 1"]
        answer = client.request(edge.http, "POST", headers=headers, body=body)
        self.assertEqual((answer.status, answer.body), (200, body))
        self.assertEqual(origin.requests[0].fields.get("content-type"), "application/grpc-web-text")
        self.assertEqual(origin.requests[0].fields.get("x-grpc-web"), "1")
        eventually(lambda: edge.metrics().total("istio_requests_total", request_protocol="http") == 1, "counted as HTTP")


class Deadlines(EdgeTest):
    def assert_deadline_exceeded(self, answer):
        self.assertEqual((answer.status, answer.get("grpc-status"), answer.get("grpc-message")),
                         (200, "4", "upstream request timeout"))

    def test_the_clients_deadline_is_kept_where_the_route_has_none(self):
        edge, _ = self.serve(behaviours.never)
        self.assert_deadline_exceeded(call(edge, "grpc-timeout: 300m"))
        self.assertEqual(edge.await_log()[0]["response_flags"], "UT")

    def test_a_deadline_counts_while_the_request_is_still_coming(self):
        edge, _ = self.serve(behaviours.never, timeout="1h")
        with H2Client(edge.http) as connection:
            stream = connection.open("POST", "/", headers=[GRPC, "grpc-timeout: 1S"])
            stream.write(MESSAGE)
            self.assert_deadline_exceeded(stream.response())

    def test_a_deadline_that_is_over_reaches_no_origin(self):
        edge, origin = self.serve()
        self.assert_deadline_exceeded(call(edge, "grpc-timeout: 0n"))
        self.assertEqual(origin.requests, [])

    def test_a_timeout_of_the_route_is_unavailable(self):
        edge, _ = self.serve(behaviours.never, timeout="300ms")
        for header in ("grpc-timeout: 1H", "x: y"):
            answer = call(edge, header)
            self.assertEqual((answer.status, answer.get("grpc-status")), (200, "14"))

    def late(self, *pieces):
        """A client's view of an answer that began and does not end."""
        def handler(exchange):
            exchange.read_body()
            exchange.begin(200, [GRPC])
            for piece in pieces:
                exchange.write(piece)
            exchange.await_cancel()
        edge, _ = self.serve(handler)
        return edge, lambda: call(edge, "grpc-timeout: 2S")

    def test_a_deadline_ends_an_answer_that_has_begun_behind_a_message(self):
        edge, answer = self.late(MESSAGE, MESSAGE)
        answer = answer()
        self.assertEqual((answer.status, answer.body, answer.trailers.get("grpc-status")), (200, MESSAGE * 2, "4"))
        line = edge.await_log()[0]
        self.assertEqual((line["response_flags"], line["grpc_status"]), ("UT", 4))

    def test_a_deadline_in_the_middle_of_a_message_breaks_the_answer(self):
        _, answer = self.late(MESSAGE, MESSAGE[:-1])
        self.assertRaises(Gone, answer)

    def told(self, *headers, **route):
        edge, origin = self.serve(grpc_answer(0), **route)
        self.assertEqual(call(edge, *headers).get("grpc-status"), "0")
        return origin.requests[0].fields.get("grpc-timeout")

    def test_the_origin_is_told_what_is_left(self):
        for timeout, most, route in (("1H", 3_600_000, {}), ("1H", 60_000, {"timeout": "60s"}),
                                     ("30S", 30_000, {"timeout": "60s"}),
                                     ("1H", 20_000, {"retries": {"attempts": 1, "perTryTimeout": "20s"}})):
            with self.subTest(timeout=timeout, route=route):
                told = self.told(f"grpc-timeout: {timeout}", **route)
                self.assertTrue(told.endswith("m") and most / 2 < int(told[:-1]) <= most, told)

    def test_nothing_is_told_where_the_client_said_nothing_sensible(self):
        self.assertIsNone(self.told(timeout="60s"))
        self.assertEqual(self.told("grpc-timeout: soon", timeout="60s"), "soon")


class ThroughHttp1(EdgeTest):
    def test_trailers_carry_the_status(self):
        edge, _ = self.serve(grpc_answer(5, "gone", MESSAGE * 3))
        answer = call(edge, body=MESSAGE * 2)
        self.assertEqual((answer.status, answer.body), (200, MESSAGE * 3))
        self.assertEqual((dict(answer.trailers)["grpc-status"], dict(answer.trailers)["grpc-message"]), ("5", "gone"))
        self.assertEqual(edge.await_log()[0]["grpc_status"], 5)
        labels = {"request_protocol": "grpc", "grpc_response_status": "5", "response_code": "200"}
        eventually(lambda: edge.metrics().total("istio_requests_total", **labels) == 1, "the request is counted")
        metrics = edge.metrics()
        self.assertEqual((metrics.total("istio_request_messages_total", **labels),
                          metrics.total("istio_response_messages_total", **labels)), (2, 3))

    def test_a_status_in_the_head_may_be_tried_again(self):
        edge, origin = self.serve(behaviours.First(2, grpc_answer(14, "busy"), grpc_answer(0, body=MESSAGE)),
                                  retries={"attempts": 3, "retryOn": "unavailable"})
        answer = call(edge)
        self.assertEqual((answer.body, dict(answer.trailers)["grpc-status"]), (MESSAGE, "0"))
        self.assertEqual([request.body for request in origin.requests], [MESSAGE] * 3)

    def test_a_status_that_is_not_named_is_passed_on(self):
        edge, origin = self.serve(grpc_answer(8, "enough"), retries={"attempts": 3, "retryOn": "unavailable"})
        answer = call(edge)
        self.assertEqual((answer.get("grpc-status"), answer.get("grpc-message")), ("8", "enough"))
        self.assertEqual(len(origin.requests), 1)

    def test_a_plain_request_is_not_counted_as_grpc(self):
        edge, _ = self.serve(behaviours.named)
        client.request(edge.http)
        labels = {"request_protocol": "http", "grpc_response_status": ""}
        eventually(lambda: edge.metrics().total("istio_requests_total", **labels) == 1, "the request is counted")
        self.assertNotIn("istio_request_messages_total", edge.metrics().names())
        self.assertNotIn("grpc_status", edge.await_log()[0])
