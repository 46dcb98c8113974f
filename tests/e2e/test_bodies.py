"""Bodies of every framing in both directions, streamed in constant memory."""

import socket
import threading
import time

from harness import behaviours, client
from harness.case import EdgeTest
from harness.gateway import IS_SANITIZED
from harness.message import Malformed, Truncated
from harness.waiting import eventually

MIB = 1 << 20
HEAD = "POST /up HTTP/1.1\r\nHost: a.example\r\n"
TINY = bytes(range(256)) * 256
TINY_CHUNKS = b"".join(b"1\r\n%c\r\n" % byte for byte in TINY) + b"0\r\n\r\n"


class Requests(EdgeTest):
    def received(self, data, method="POST"):
        """What the origin got of these exact bytes, and the client's answer."""
        edge, origin = self.serve()
        with client.Client(edge.http) as connection:
            connection.send(data)
            answer = connection.response(method)
        self.assertEqual(origin.offences, [])
        return origin.requests[0], answer

    def test_a_length_is_kept(self):
        request, answer = self.received(HEAD + "Content-Length: 5\r\n\r\nhello")
        self.assertEqual((request.framing, request.body, answer.status), (("length", 5), b"hello", 200))

    def test_an_empty_length_is_kept(self):
        request, _ = self.received(HEAD + "Content-Length: 0\r\n\r\n")
        self.assertEqual((request.framing, request.body), (("length", 0), b""))

    def test_chunks_arrive_as_chunks(self):
        request, _ = self.received(HEAD + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n")
        self.assertEqual((request.framing[0], request.body), ("chunked", b"abc0123456789"))

    def test_chunk_extensions_are_taken_off(self):
        request, _ = self.received(HEAD + "Transfer-Encoding: chunked\r\n\r\n3;a=b;c=\"d\"\r\nabc\r\n0;x\r\n\r\n")
        self.assertEqual(request.body, b"abc")
        self.assertNotIn(b";a=b", request.raw)

    def test_trailers_are_forwarded(self):
        request, _ = self.received(
            HEAD + "Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n")
        self.assertEqual(request.trailers.get("x-sum"), "7")

    def test_a_get_may_have_a_body(self):
        request, answer = self.received("GET / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\nok", "GET")
        self.assertEqual((request.body, answer.status), (b"ok", 200))

    def test_a_body_in_single_bytes_arrives(self):
        edge, origin = self.serve()
        with client.Client(edge.http) as connection:
            for byte in (HEAD + "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n"):
                connection.send(byte)
            self.assertEqual(connection.response().status, 200)
        self.assertEqual(origin.requests[0].body, b"abcd")

    def test_a_body_in_chunks_of_one_byte_arrives(self):
        request, answer = self.received(HEAD.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + TINY_CHUNKS)
        self.assertEqual((request.body == TINY, answer.status), (True, 200))

    def test_expect_is_answered_with_100_before_the_body_is_sent(self):
        edge, origin = self.serve()
        with client.Client(edge.http) as connection:
            connection.send(HEAD + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            self.assertEqual(connection.reader.head().split()[1], b"100")
            connection.send("hello")
            self.assertEqual(connection.response().status, 200)
        self.assertEqual(origin.requests[0].body, b"hello")

    def test_expect_with_the_body_at_once_works(self):
        request, answer = self.received(HEAD + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")
        self.assertEqual((request.body, answer.status), (b"hello", 200))

    def test_an_unknown_expectation_is_refused(self):
        edge, _ = self.serve()
        with client.Client(edge.http) as connection:
            connection.send(HEAD + "Expect: tea\r\nContent-Length: 0\r\n\r\n")
            self.assertIn(connection.response().status, (200, 417))

    def test_a_client_that_half_closes_gets_its_answer(self):
        edge, origin = self.serve()
        with client.Client(edge.http) as connection:
            connection.send(HEAD + "Content-Length: 5\r\n\r\nhello")
            connection.finish()
            self.assertEqual(connection.response().status, 200)
        self.assertEqual(origin.requests[0].body, b"hello")

    def test_a_body_that_ends_early_is_not_completed(self):
        edge, origin = self.serve()
        with client.Client(edge.http) as connection:
            connection.send(HEAD + "Content-Length: 50\r\n\r\nhello")
            connection.finish()
            connection.rest()
        eventually(lambda: all(not connection.is_open for connection in origin.connections), "the origin's end")
        self.assertEqual([request.body for request in origin.requests if request.body], [])

    def test_pipelined_requests_are_answered_in_order(self):
        edge, _ = self.serve(lambda exchange: exchange.respond(200, exchange.request.target))
        with client.Client(edge.http) as connection:
            connection.send("".join(f"GET /{n} HTTP/1.1\r\nHost: a.example\r\n\r\n" for n in range(1000)))
            for n in range(1000):
                self.assertEqual(connection.response().body.decode(), f"/{n}")

    def test_pipelined_requests_with_bodies_keep_their_bodies(self):
        edge, origin = self.serve()
        with client.Client(edge.http) as connection:
            connection.send((HEAD + "Content-Length: 3\r\n\r\none") + (HEAD + "Content-Length: 3\r\n\r\ntwo"))
            for _ in range(2):
                self.assertEqual(connection.response().status, 200)
        self.assertEqual([request.body for request in origin.requests], [b"one", b"two"])

    def test_nothing_is_served_after_connection_close(self):
        edge, origin = self.serve()
        answer = client.raw(edge.http, "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                                       "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(answer.count(b"HTTP/1.1 200"), 1)
        self.assertEqual([request.target for request in origin.requests], ["/1"])

    def test_http_1_0_is_served_and_closed(self):
        edge, origin = self.serve(behaviours.named)
        answer = client.raw(edge.http, "GET /old HTTP/1.0\r\nHost: a.example\r\n\r\n")
        self.assertTrue(answer.split(b" ", 1)[1].startswith(b"200"), answer)
        self.assertTrue(answer.endswith(b"origin"), answer)
        self.assertEqual(origin.requests[0].minor, 1)


class Responses(EdgeTest):
    def answer(self, data, then="keep", method="GET"):
        edge, _ = self.serve(behaviours.raw(data, then))
        return client.request(edge.http, method)

    def test_a_length_is_kept(self):
        answer = self.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        self.assertEqual((answer.framing, answer.body), (("length", 5), b"hello"))

    def test_chunks_and_trailers_arrive(self):
        answer = self.answer(b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
                             b"5\r\nhello\r\n6;ext\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n")
        self.assertEqual((answer.body, answer.trailers.get("x-sum")), (b"hello world", "11"))

    def test_chunks_of_one_byte_arrive(self):
        answer = self.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + TINY_CHUNKS)
        self.assertEqual((answer.status, answer.body == TINY), (200, True))

    def test_a_body_that_ends_with_the_connection_arrives_whole(self):
        answer = self.answer(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100000, "close")
        self.assertEqual((answer.status, len(answer.body)), (200, 100000))

    def test_chunks_reach_an_http_1_0_client_without_framing(self):
        edge, _ = self.serve(behaviours.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
        answer = client.raw(edge.http, "GET / HTTP/1.0\r\nHost: a.example\r\n\r\n")
        self.assertTrue(answer.endswith(b"\r\n\r\nabc"), answer)
        self.assertNotIn(b"chunked", answer.lower())

    def test_head_has_a_length_and_no_body(self):
        edge, _ = self.serve(behaviours.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n"))
        with client.Client(edge.http) as connection:
            for _ in range(2):
                answer = connection.request("HEAD")
                self.assertEqual((answer.status, answer.get("content-length"), answer.body), (200, "77", b""))

    def test_204_and_304_have_no_body(self):
        for status in (204, 304):
            with self.subTest(status):
                edge, _ = self.serve(behaviours.raw(b"HTTP/1.1 %d X\r\nETag: \"a\"\r\n\r\n" % status))
                with client.Client(edge.http) as connection:
                    for _ in range(2):
                        answer = connection.request()
                        self.assertEqual((answer.status, answer.get("etag")), (status, '"a"'))

    def test_early_hints_are_forwarded(self):
        answer = self.answer(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
                             b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        self.assertEqual((answer.status, answer.body), (200, b"ok"))
        self.assertEqual([hint.status for hint in answer.interim], [103])
        self.assertEqual(answer.interim[0].get("link"), "</a.css>")

    def test_an_http_1_0_client_gets_no_interim_answer(self):
        edge, _ = self.serve(behaviours.raw(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
        self.assertNotIn(b" 103 ", client.raw(edge.http, "GET / HTTP/1.0\r\nHost: a.example\r\n\r\n"))

    def test_an_answer_before_the_end_of_the_request_is_delivered(self):
        def early(exchange):
            exchange.respond(403, "no", ["Connection: close"])
            exchange.drain_body()
        edge, _ = self.serve(early)
        with client.Client(edge.http) as connection:
            connection.send(HEAD + "Content-Length: 1000000\r\n\r\nxxx")
            answer = connection.response()
        self.assertEqual((answer.status, answer.body), (403, b"no"))

    def answered_early(self, body):
        """The answer to a request whose body has not come and will not."""
        def early(exchange):
            exchange.respond(401, body)
            exchange.drain_body()
        edge, origin = self.serve(early)
        with client.Client(edge.http) as connection:
            connection.send(HEAD + "Content-Length: 50\r\n\r\n12")
            answer = connection.response()
            self.assertTrue(connection.is_closed())
        self.assertEqual((answer.status, answer.body.decode(), len(origin.requests)), (401, body, 1))
        return answer

    def test_an_empty_answer_before_the_end_of_the_request_says_that_it_is_the_last(self):
        self.assertEqual(self.answered_early("").get("connection"), "close")

    def test_a_whole_answer_before_the_end_of_the_request_says_that_it_is_the_last(self):
        self.assertEqual(self.answered_early("no").get("connection"), "close")

    def test_a_body_cut_short_is_not_made_whole(self):
        for head in (b"Content-Length: 50", b"Transfer-Encoding: chunked"):
            with self.subTest(head), self.assertRaises((Truncated, Malformed, ConnectionError)):
                self.answer(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n5\r\nhello\r\n", "close")


class Streams(EdgeTest):
    """Big bodies in little memory."""

    SIZE = 256 * MIB
    GROWTH = 64 * MIB

    def watch(self, edge):
        """The highest resident size from now on."""
        peak, stopped = [edge.rss()], threading.Event()

        def look():
            while not stopped.wait(0.05):
                peak[0] = max(peak[0], edge.rss())
        threading.Thread(target=look, daemon=True).start()
        self.addCleanup(stopped.set)
        start = peak[0]
        return lambda: peak[0] - start

    def assert_small(self, growth):
        if not IS_SANITIZED:  # a sanitizer keeps freed memory aside
            self.assertLess(growth(), self.GROWTH)

    def test_a_big_download_needs_little_memory(self):
        edge, _ = self.serve(behaviours.generate)
        growth = self.watch(edge)
        with client.Client(edge.http) as connection:
            connection.send(f"GET /bytes/{self.SIZE} HTTP/1.1\r\nHost: a.example\r\n\r\n")
            answer = connection.response_head()
            self.assertEqual(sum(map(len, connection.body_pieces(answer))), self.SIZE)
        self.assert_small(growth)

    def test_a_big_upload_needs_little_memory(self):
        edge, _ = self.serve(behaviours.count)
        growth = self.watch(edge)
        block = b"u" * MIB
        with client.Client(edge.http) as connection:
            connection.send(HEAD + f"Content-Length: {self.SIZE}\r\n\r\n")
            for _ in range(self.SIZE // MIB):
                connection.send(block)
            self.assertEqual(connection.response().body.decode(), str(self.SIZE))
        self.assert_small(growth)

    def test_an_echo_flows_both_ways_at_once(self):
        edge, _ = self.serve(behaviours.echo)
        size = 16 * MIB
        with client.Client(edge.http) as connection:
            def upload():
                connection.send(HEAD + f"Content-Length: {size}\r\n\r\n")
                for _ in range(size // MIB):
                    connection.send(b"e" * MIB)
            sender = threading.Thread(target=upload)
            sender.start()
            answer = connection.response_head()
            self.assertEqual(sum(map(len, connection.body_pieces(answer))), size)
            sender.join()

    def test_a_single_byte_is_not_held_back(self):
        edge, _ = self.serve(behaviours.echo)
        with client.Client(edge.http) as connection:
            connection.send(HEAD + "Content-Length: 100\r\n\r\n")
            pieces = connection.body_pieces(connection.response_head())
            for n in range(100):
                connection.send(bytes([n]))
                self.assertEqual(next(pieces), bytes([n]))
            self.assertEqual(list(pieces), [])

    def test_a_client_that_does_not_read_stops_the_origin(self):
        sent = [0]

        def flood(exchange):
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % self.SIZE)
            exchange.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            for _ in range(self.SIZE // 65536):
                exchange.send(b"f" * 65536)
                sent[0] += 65536
        edge, _ = self.serve(flood)
        growth = self.watch(edge)
        with client.Client(edge.http, receive_buffer=4096) as connection:
            connection.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
            self.settle(sent)
            self.assertLess(sent[0], self.SIZE // 4)
            self.assert_small(growth)
            answer = connection.response_head()
            self.assertEqual(sum(map(len, connection.body_pieces(answer))), self.SIZE)  # and nothing is lost

    def test_an_origin_that_does_not_read_stops_the_client(self):
        gate = behaviours.Gate(behaviours.count)
        edge, _ = self.serve(gate)
        growth = self.watch(edge)
        sent = [0]
        with client.Client(edge.http) as connection:
            def upload():
                connection.send(HEAD + f"Content-Length: {self.SIZE}\r\n\r\n")
                for _ in range(self.SIZE // MIB):
                    connection.send(b"u" * MIB)
                    sent[0] += MIB
            sender = threading.Thread(target=upload)
            sender.start()
            self.settle(sent)
            self.assertLess(sent[0], self.SIZE // 4)
            self.assert_small(growth)
            gate.open()
            sender.join()
            self.assertEqual(connection.response().body.decode(), str(self.SIZE))

    def settle(self, counter):
        """Waits until a counter above zero has stood still for half a second."""
        seen = [0, time.monotonic()]

        def stands_still():
            if counter[0] != seen[0]:
                seen[:] = [counter[0], time.monotonic()]
            return seen[0] and time.monotonic() - seen[1] > 0.5
        eventually(stands_still, "backpressure")
