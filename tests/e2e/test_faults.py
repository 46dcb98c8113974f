"""Injected delays and aborts: order, independence, percentages, and what they do not touch."""

import time

from harness import behaviours, client
from harness.case import EdgeTest
from harness.waiting import eventually


def percent(value):
    return {"percentage": {"value": value}}


ALWAYS, NEVER = percent(100), percent(0)


class Faults(EdgeTest):
    def last_flags(self, edge, count=1):
        return edge.await_log(count)[-1]["response_flags"]

    def timed(self, edge):
        started = time.monotonic()
        answer = client.request(edge.http)
        return answer, time.monotonic() - started

    def test_a_delay_holds_the_request_back(self):
        edge, _ = self.serve(behaviours.named, fault={"delay": {**ALWAYS, "fixedDelay": "300ms"}})
        answer, seconds = self.timed(edge)
        self.assertEqual((answer.status, answer.body), (200, b"origin"))
        self.assertGreaterEqual(seconds, 0.29)
        self.assertEqual(self.last_flags(edge), "DI")

    def test_a_delay_of_zero_percent_delays_nothing(self):
        edge, _ = self.serve(behaviours.named, fault={"delay": {**NEVER, "fixedDelay": "1h"}})
        for _ in range(50):
            self.assertEqual(client.request(edge.http).status, 200)

    def test_a_delay_without_percentage_delays_nothing(self):
        edge, _ = self.serve(behaviours.named, fault={"delay": {"fixedDelay": "1h"}})
        self.assertEqual(client.request(edge.http).status, 200)

    def test_an_abort_answers_for_the_origin(self):
        edge, origin = self.serve(fault={"abort": {**ALWAYS, "httpStatus": 418}})
        answer = client.request(edge.http)
        self.assertEqual((answer.status, answer.body), (418, b"fault filter abort"))
        self.assertEqual(origin.received, [])
        line = edge.await_log()[0]
        self.assertEqual((line["response_flags"], line["response_code_details"]), ("FI", "fault_filter_abort"))

    def test_an_abort_of_zero_percent_aborts_nothing(self):
        edge, _ = self.serve(fault={"abort": {**NEVER, "httpStatus": 500}})
        for _ in range(50):
            self.assertEqual(client.request(edge.http).status, 200)

    def test_an_abort_is_not_retried(self):
        edge, origin = self.serve(fault={"abort": {**ALWAYS, "httpStatus": 503}}, retries={"attempts": 3, "retryOn": "5xx"})
        self.assertEqual(client.request(edge.http).status, 503)
        self.assertEqual(origin.received, [])

    def test_a_grpc_abort_is_a_200_with_a_status(self):
        edge, _ = self.serve(fault={"abort": {**ALWAYS, "grpcStatus": "UNAVAILABLE"}})
        answer = client.request(edge.http, "POST", headers=["Content-Type: application/grpc"], body=b"")
        self.assertEqual((answer.status, answer.get("grpc-status")), (200, "14"))

    def test_half_of_the_requests_are_aborted(self):
        edge, _ = self.serve(behaviours.named, fault={"abort": {**percent(50), "httpStatus": 500}})
        with client.Client(edge.http) as connection:
            statuses = [connection.request().status for _ in range(400)]
        self.assertTrue(150 <= statuses.count(500) <= 250, statuses.count(500))  # five deviations

    def test_the_deprecated_whole_percent_works(self):
        edge, _ = self.serve(fault={"abort": {"percent": 100, "httpStatus": 500}})
        self.assertEqual(client.request(edge.http).status, 500)

    def test_delay_comes_before_abort(self):
        edge, origin = self.serve(fault={"delay": {**ALWAYS, "fixedDelay": "300ms"}, "abort": {**ALWAYS, "httpStatus": 500}})
        answer, seconds = self.timed(edge)
        self.assertEqual(answer.status, 500)
        self.assertGreaterEqual(seconds, 0.29)
        self.assertEqual(self.last_flags(edge), "DI,FI")
        self.assertEqual(origin.received, [])

    def test_delay_and_abort_are_drawn_apart(self):
        edge, _ = self.serve(behaviours.named, fault={"delay": {**percent(50), "fixedDelay": "1ms"},
                                                      "abort": {**percent(50), "httpStatus": 500}})
        with client.Client(edge.http) as connection:
            for _ in range(200):
                connection.request()
        self.assertEqual({line["response_flags"] for line in edge.await_log(200)}, {"-", "DI", "FI", "DI,FI"})

    def test_the_delay_does_not_count_for_the_timeout(self):
        edge, _ = self.serve(behaviours.named, timeout="200ms", fault={"delay": {**ALWAYS, "fixedDelay": "500ms"}})
        self.assertEqual(client.request(edge.http).status, 200)

    def test_a_body_that_comes_during_the_delay_is_kept(self):
        edge, origin = self.serve(fault={"delay": {**ALWAYS, "fixedDelay": "200ms"}})
        self.assertEqual(client.request(edge.http, "POST", body=b"b" * 500000).status, 200)
        self.assertEqual(len(origin.requests[0].body), 500000)

    def test_a_client_that_leaves_during_the_delay_reaches_no_origin(self):
        edge, origin = self.serve(fault={"delay": {**ALWAYS, "fixedDelay": "1s"}})
        with client.Client(edge.http) as connection:
            connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            eventually(lambda: edge.metrics().total("tidegate_requests_active"), "the request to be under way")
            connection.reset()
        self.assertIn("DC", self.last_flags(edge))
        self.assertEqual(origin.received, [])
