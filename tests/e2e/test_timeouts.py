"""What the deadlines count from, and who is given up when nothing moves.

Time is told by requests: one that began later than another, under the same deadline, and was timed out, proves that
the other's deadline has passed too.
"""

from harness import behaviours, client
from harness.case import EdgeTest
from harness.queues import Overfilling
from harness.waiting import eventually

ONE_WORKER = {"gateway": {"workers": 1}}
HALF = "PUT /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n0123456789"
REST = "abcdefghij"


def never_or(handler):
    """Requests for /never get no answer."""
    return lambda exchange: (behaviours.never if exchange.request.target == "/never" else handler)(exchange)


class Uploads(EdgeTest):
    """A route's deadlines count from the moment at which the whole request is there, as Envoy's do."""

    RETRIES = {"attempts": 2, "perTryTimeout": "500ms", "retryOn": "5xx"}

    def upload_slowly(self, **route):
        """The answer to an upload whose second half came after the deadlines, and the requests for it."""
        edge, origin = self.serve(never_or(behaviours.count), ONE_WORKER, **route)
        with client.Client(edge.http) as connection:
            connection.send(HALF)
            origin.await_requests(1)
            self.assertEqual(client.request(edge.http, target="/never").status, 504)
            connection.send(REST)
            answer = connection.response()
        return (answer.status, answer.body), [each.target for each in origin.requests].count("/upload")

    def test_the_route_timeout_does_not_count_a_slow_upload(self):
        self.assertEqual(self.upload_slowly(timeout="1s"), ((200, b"20"), 1))

    def test_a_slow_upload_is_tried_once_whatever_the_per_try_timeout(self):
        self.assertEqual(self.upload_slowly(retries=self.RETRIES), ((200, b"20"), 1))

    def test_an_upload_that_is_not_answered_is_504(self):
        edge, _ = self.serve(behaviours.never, ONE_WORKER, timeout="500ms")
        with client.Client(edge.http) as connection:
            connection.send(HALF + REST)
            self.assertEqual(connection.response().status, 504)
        self.assertEqual(edge.await_log()[0]["response_code_details"], "upstream_response_timeout")

    def test_an_upload_that_is_not_answered_is_tried_again(self):
        edge, origin = self.serve(behaviours.First(1, behaviours.never, behaviours.count), ONE_WORKER,
                                  retries={**self.RETRIES, "perTryTimeout": "1s"})
        with client.Client(edge.http) as connection:
            connection.send(HALF + REST)
            answer = connection.response()
        self.assertEqual((answer.status, answer.body, len(origin.requests)), (200, b"20", 2))


class SlowReaders(EdgeTest):
    def test_a_client_that_neither_reads_nor_finishes_its_request_is_given_up(self):
        answer = Overfilling()
        edge, _ = self.serve(answer, {"limits": {"request_timeout": "2s", "stream_idle_timeout": "2s"}, **ONE_WORKER})
        with client.Client(edge.http, receive_buffer=4096) as connection:
            answer.watch(edge.http, connection)
            connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
            self.assertTrue(answer.ended.wait(60))
            eventually(lambda: edge.metrics().total("tidegate_downstream_connections_active") == 0,
                       "the connection to be given up")

    def test_an_answer_that_is_read_after_the_route_timeout_did_not_time_out(self):
        answer = Overfilling()
        edge, origin = self.serve(never_or(answer), ONE_WORKER, timeout="4s")
        with client.Client(edge.http, receive_buffer=4096) as connection:
            answer.watch(edge.http, connection)
            connection.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            origin.await_requests(1)
            self.assertEqual(client.request(edge.http, target="/never").status, 504)
            self.assertTrue(answer.ended.wait(60))
            self.assertEqual(len(connection.response().body), answer.size)
        lines = {line["path"]: line for line in edge.await_log(2)}
        self.assertEqual(lines["/slow"]["response_flags"], "-")
        self.assertEqual(lines["/never"]["response_flags"], "UT")
