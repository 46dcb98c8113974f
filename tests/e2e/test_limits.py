"""The limits that are on by default: sizes, counts, deadlines. Deadlines are shortened by settings."""

import contextlib
import threading

from harness import behaviours, client, documents
from harness.case import EdgeTest
from harness.message import Malformed, Truncated
from harness.waiting import eventually

GET = "GET / HTTP/1.1\r\nHost: a\r\n"


class Sizes(EdgeTest):
    def test_a_head_of_60_kib_is_the_default_bound(self):
        edge, origin = self.serve()
        self.assertEqual(client.request(edge.http, headers=["X: " + "a" * 59 * 1024]).status, 200)
        self.assertEqual(client.request(edge.http, headers=["X: " + "a" * 61 * 1024]).status, 431)
        self.assertEqual(len(origin.requests), 1)

    def test_a_hundred_headers_are_the_default_bound(self):
        edge, origin = self.serve()
        self.assertEqual(client.request(edge.http, headers=[f"X-{n}: a" for n in range(99)]).status, 200)
        self.assertEqual(client.request(edge.http, headers=[f"X-{n}: a" for n in range(100)]).status, 431)
        self.assertEqual(len(origin.requests), 1)

    def test_both_bounds_are_settings(self):
        edge, _ = self.serve(settings={"limits": {"header_bytes": "2KiB", "header_count": 5}})
        self.assertEqual(client.request(edge.http, headers=["X: " + "a" * 3000]).status, 431)
        self.assertEqual(client.request(edge.http, headers=[f"X-{n}: a" for n in range(5)]).status, 431)
        self.assertEqual(client.request(edge.http, headers=["X: y"]).status, 200)

    def test_a_head_without_end_is_refused_before_its_end(self):
        edge, _ = self.serve()
        with client.Client(edge.http) as connection:
            connection.send(GET + "X: ")
            with contextlib.suppress(ConnectionError):
                for _ in range(100):
                    connection.send("a" * 1024)
            self.assertEqual(connection.response().status, 431)

    def test_a_declared_body_beyond_the_limit_is_413(self):
        edge, origin = self.serve(settings={"limits": {"body_bytes": 1000}})
        self.assertEqual(client.request(edge.http, "POST", body=b"x" * 1000).status, 200)
        self.assertEqual(client.request(edge.http, "POST", body=b"x" * 1001).status, 413)
        self.assertEqual(len(origin.requests), 1)

    def test_chunks_beyond_the_limit_are_413(self):
        edge, origin = self.serve(settings={"limits": {"body_bytes": 1000}})
        with client.Client(edge.http) as connection:
            connection.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                for _ in range(20):
                    connection.send(b"64\r\n" + b"x" * 100 + b"\r\n")
            self.assertEqual(connection.response().status, 413)
        self.assertEqual([request.body for request in origin.requests if request.body], [])

    def test_requests_per_connection_are_bounded(self):
        edge, _ = self.serve(settings={"limits": {"requests_per_connection": 3}})
        with client.Client(edge.http) as connection:
            answers = [connection.request() for _ in range(3)]
            self.assertEqual([answer.closes for answer in answers], [False, False, True])
            self.assertTrue(connection.is_closed())

    def test_connections_beyond_the_limit_are_closed_at_once(self):
        edge, _ = self.serve(settings={"limits": {"connections": 10}, "gateway": {"workers": 1}})
        with contextlib.ExitStack() as stack:
            for _ in range(10):
                self.assertEqual(stack.enter_context(client.Client(edge.http)).request().status, 200)
            extra = stack.enter_context(client.Client(edge.http))
            self.assertTrue(extra.is_closed())
        eventually(lambda: self.is_served(edge), "room for a new connection")

    def is_served(self, edge):
        try:
            return client.request(edge.http).status == 200
        except (ConnectionError, Truncated):
            return False


class Deadlines(EdgeTest):
    def test_a_head_that_takes_too_long_is_408(self):
        edge, origin = self.serve(settings={"limits": {"header_timeout": "300ms"}})
        with client.Client(edge.http) as connection:
            connection.send("GET / HTTP/1.1\r\nHo")
            self.assertEqual(connection.response().status, 408)
            self.assertTrue(connection.is_closed())
        self.assertEqual(origin.received, [])

    def test_bytes_do_not_extend_the_deadline_of_a_head(self):
        edge, _ = self.serve(settings={"limits": {"header_timeout": "500ms"}})
        with client.Client(edge.http) as connection:
            answered = threading.Event()

            def drip():
                with contextlib.suppress(OSError):
                    connection.send(GET)
                    while not answered.wait(0.1):
                        connection.send("X: y\r\n")
            sender = threading.Thread(target=drip)
            sender.start()
            try:
                self.assertEqual(connection.response().status, 408)
            finally:
                answered.set()
                sender.join()

    def test_a_body_that_takes_too_long_is_408(self):
        edge, _ = self.serve(settings={"limits": {"request_timeout": "400ms"}})
        with client.Client(edge.http) as connection:
            connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            self.assertEqual(connection.response().status, 408)
            self.assertTrue(connection.is_closed())

    def test_a_client_that_falls_silent_is_given_up(self):
        edge, _ = self.serve(settings={"limits": {"stream_idle_timeout": "400ms"}})
        with client.Client(edge.http) as connection:
            connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            self.assertIn(connection.response().status, (408, 504))

    def test_an_origin_that_falls_silent_is_given_up(self):
        edge, _ = self.serve(behaviours.never, settings={"limits": {"stream_idle_timeout": "400ms"}})
        self.assertIn(client.request(edge.http).status, (408, 504))

    def test_an_origin_that_falls_silent_within_the_body_is_given_up(self):
        def stall(exchange):
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            behaviours.never(exchange)
        edge, _ = self.serve(stall, settings={"limits": {"stream_idle_timeout": "400ms"}})
        with self.assertRaises((Truncated, Malformed, ConnectionError)):
            client.request(edge.http)

    def test_a_client_that_reads_nothing_is_given_up(self):
        edge, origin = self.serve(behaviours.generate, settings={"limits": {"stream_idle_timeout": "500ms"}})
        with client.Client(edge.http, receive_buffer=4096) as connection:
            connection.send("GET /bytes/100000000 HTTP/1.1\r\nHost: a\r\n\r\n")
            origin.await_requests(1)
            eventually(lambda: not origin.connections[0].is_open, "the download to be cancelled")

    def test_an_idle_connection_is_closed_without_an_answer(self):
        edge, _ = self.serve(settings={"limits": {"connection_idle_timeout": "300ms"}})
        with client.Client(edge.http) as connection:
            self.assertEqual(connection.request().status, 200)
            self.assertEqual(connection.rest(), b"")
        with client.Client(edge.http) as connection:
            self.assertEqual(connection.rest(), b"")  # one that never asked

    def test_an_idle_origin_connection_is_closed(self):
        edge, origin = self.serve(settings={"limits": {"upstream_idle_timeout": "300ms"}})
        self.assertEqual(client.request(edge.http).status, 200)
        eventually(lambda: not origin.connections[0].is_open, "the idle connection to be closed")

    def test_an_origin_that_does_not_accept_is_given_up(self):
        # Nobody answers at TEST-NET-1; where the network refuses at once, the failure is the same.
        entry = documents.service("origin", {"address": "192.0.2.1", "ports": {"http": 81}})
        edge = self.gateway(documents.gateway(), documents.virtual_service(documents.to("origin", retries={"attempts": 0})),
                            entry, settings={"limits": {"connect_timeout": "300ms"}})
        self.assertEqual(client.request(edge.http).status, 503)
        self.assertIn("UF", edge.await_log()[0]["response_flags"])

    def test_underscores_in_names_follow_the_setting(self):
        for setting, status, arrives in (("reject", 400, False), ("drop", 200, False), ("allow", 200, True)):
            with self.subTest(setting):
                edge, origin = self.serve(settings={"headers_with_underscores": setting})
                self.assertEqual(client.request(edge.http, headers=["X_Y: z"]).status, status)
                self.assertEqual(any("x_y" in request.fields for request in origin.requests), arrives)
