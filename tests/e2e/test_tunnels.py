"""Requests that leave HTTP by an Upgrade: what may be tunnelled, and how it is limited and counted."""

import threading

from harness import behaviours, client, websocket
from harness.gateway import IS_SANITIZED
from harness.tunnel import TunnelTest, pour, swallow
from harness.waiting import eventually
from harness.websocket import frame, read_frame, switch, upgrade

MIB = 1 << 20


class Handshakes(TunnelTest):
    def test_a_websocket_echoes(self):
        edge, origin = self.serve(websocket.echo_frames)
        connection, answer = self.open(edge)
        self.assertEqual(answer.fields.all("upgrade"), ["websocket"])
        self.assertEqual(answer.fields.all("connection"), ["Upgrade"])
        self.assertEqual(answer.get("sec-websocket-accept"), websocket.accept(websocket.KEY))
        for message in ("hello", "x" * 70000, ""):
            connection.send(frame(message, masked=True))
            self.assertEqual(read_frame(connection.reader).payload, message.encode())
        connection.send(websocket.close(1000, masked=True))
        self.assertEqual(read_frame(connection.reader).status, 1000)
        self.assertTrue(connection.is_closed())
        request = origin.requests[0].fields
        self.assertEqual(request.all("upgrade"), ["websocket"])
        self.assertEqual(request.all("connection"), ["Upgrade"])
        self.assertEqual(request.get("sec-websocket-version"), "13")

    def test_a_frame_in_the_packet_of_the_101_arrives(self):
        def greet(exchange):
            switch(exchange, frame("first"))
            exchange.connection.reader.fill()

        connection, _ = self.open(self.serve(greet)[0])
        self.assertEqual(read_frame(connection.reader).payload, b"first")

    def test_data_right_behind_the_handshake_waits_for_the_101(self):
        gate = behaviours.Gate(websocket.echo_frames)
        edge, origin = self.serve(gate)
        with client.Client(edge.http) as connection:
            connection.send(upgrade() + frame("early", masked=True))
            request = origin.await_requests(1)[0]
            connection.send(frame("later", masked=True))
            self.assertEqual(origin.received[0], request.raw)
            gate.open()
            self.assertEqual(connection.response_head().status, 101)
            self.assertEqual([read_frame(connection.reader).payload for _ in range(2)], [b"early", b"later"])

    def test_any_protocol_is_tunnelled(self):
        for protocol, method in (("SPDY/3.1", "POST"), ("tcp", "GET")):
            edge, origin = self.serve(websocket.echo_bytes)
            connection, answer = self.open(edge, protocol, method=method)
            self.assertEqual(answer.get("upgrade"), protocol)
            connection.send(bytes(range(256)))
            self.assertEqual(b"".join(connection.reader.pieces(256)), bytes(range(256)))
            self.assertEqual(origin.requests[0].method, method)

    def test_a_refusal_passes_and_the_connection_goes_on(self):
        edge, origin = self.serve(behaviours.status(426, "not here"))
        with client.Client(edge.http) as connection:
            for _ in range(2):
                connection.send(upgrade())
                answer = connection.response()
                self.assertEqual((answer.status, answer.body, answer.closes), (426, b"not here", False))
        self.assertEqual(len(origin.connections), 1)

    def test_a_refusal_that_closes_closes(self):
        edge, _ = self.serve(behaviours.status(403, "no", ["Connection: close"]))
        with client.Client(edge.http) as connection:
            connection.send(upgrade())
            answer = connection.response()
            self.assertEqual((answer.status, answer.body, answer.closes), (403, b"no", True))
            self.assertTrue(connection.is_closed())

    def test_an_upgrade_is_tried_again_as_the_route_says(self):
        edge, origin = self.serve(behaviours.First(1, behaviours.reset_at_once, websocket.echo_frames),
                                  retries={"attempts": 2, "retryOn": "reset"})
        connection, _ = self.open(edge)
        connection.send(frame("again", masked=True))
        self.assertEqual(read_frame(connection.reader).payload, b"again")
        self.assertEqual(len(origin.requests), 2)

    def test_a_101_to_something_else_is_502(self):
        for answer in (b"HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n", b"HTTP/1.1 101 Yes\r\n\r\n"):
            edge, _ = self.serve(behaviours.raw(answer))
            with client.Client(edge.http) as connection:
                connection.send(upgrade())
                self.assertEqual(connection.response().status, 502)


class NotTunnelled(TunnelTest):
    """Handled as if the client had not asked for an upgrade."""

    def sent(self, data):
        """What the origin got, and the answer, of a request with some Upgrade."""
        edge, origin = self.serve()
        with client.Client(edge.http) as connection:
            connection.send(data)
            answer = connection.response()
        self.assertEqual(answer.status, 200)
        request = origin.requests[0]
        self.assertNotIn("upgrade", request.fields)
        self.assertNotIn("http2-settings", request.fields)
        self.assertEqual(request.fields.all("connection"), [])
        return request

    def test_an_upgrade_with_a_body_is_ignored(self):
        request = self.sent(upgrade(method="POST", protocol="tcp", headers=["Content-Length: 5"]) + b"hello")
        self.assertEqual(request.body, b"hello")
        chunks = b"5\r\nhello\r\n0\r\n\r\n"
        request = self.sent(upgrade(method="POST", protocol="tcp", headers=["Transfer-Encoding: chunked"]) + chunks)
        self.assertEqual(request.body, b"hello")

    def test_h2c_is_ignored(self):
        self.sent(upgrade("h2c", headers=["Connection: HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__"]))

    def test_http_1_0_is_ignored(self):
        self.sent(upgrade().replace(b"HTTP/1.1", b"HTTP/1.0"))

    def test_an_upgrade_that_connection_does_not_list_is_ignored(self):
        self.sent(upgrade().replace(b"Connection: Upgrade\r\n", b""))

    def test_only_the_protocols_of_the_setting_may_be_asked_for(self):
        edge, origin = self.serve(websocket.echo_frames, {"gateway": {"upgrades": ["websocket"]}})
        self.open(edge)
        with client.Client(edge.http) as connection:
            connection.send(upgrade("tcp"))
            self.assertEqual(connection.response().status, 403)
        self.assertEqual(len(origin.requests), 1)
        self.assertEqual(edge.await_log()[0]["response_code_details"], "upgrade_failed")


class Limits(TunnelTest):
    def test_neither_the_limit_of_a_body_nor_deadlines_of_requests_apply(self):
        def serve(exchange):
            (websocket.echo_bytes if "upgrade" in exchange.request.fields else behaviours.never)(exchange)

        edge, _ = self.serve(serve, {"limits": {"body_bytes": "1KiB", "request_timeout": "500ms"},
                                     "gateway": {"workers": 1}}, timeout="500ms")
        connection, _ = self.open(edge, "tcp")
        late = client.Client(edge.http)  # its time is up only after the tunnel's would be
        self.addCleanup(late.close)
        late.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        self.assertEqual(late.response().status, 408)
        connection.send(bytes(4096))
        self.assertEqual(len(b"".join(connection.reader.pieces(4096))), 4096)

    SIZE = 64 * MIB

    def assert_memory(self, edge, before):
        if not IS_SANITIZED:
            self.assertLess(edge.rss() - before, 8 * MIB)

    def test_a_client_that_does_not_read_costs_no_memory(self):
        stuck = threading.Event()

        def send_all(exchange):
            switch(exchange)
            pour(exchange.connection.socket, self.SIZE, stuck)
            exchange.close()

        edge, _ = self.serve(send_all)
        before = edge.rss()
        connection, _ = self.open(edge, "tcp")
        self.assertTrue(stuck.wait(60))
        self.assert_memory(edge, before)
        self.assertEqual(swallow(connection.reader), self.SIZE)
        self.assert_memory(edge, before)

    def test_an_origin_that_does_not_read_costs_no_memory(self):
        stuck, got = threading.Event(), []

        def read_late(exchange):
            switch(exchange)
            stuck.wait(60)
            got.append(swallow(exchange.connection.reader))
            exchange.close()

        edge, _ = self.serve(read_late)
        before = edge.rss()
        connection, _ = self.open(edge, "tcp")
        sender = threading.Thread(target=lambda: (pour(connection.socket, self.SIZE, stuck), connection.finish()))
        sender.start()
        self.assertTrue(stuck.wait(60))
        self.assert_memory(edge, before)
        sender.join()
        eventually(lambda: got, "the origin to have it all")
        self.assertEqual(got, [self.SIZE])
        self.assert_memory(edge, before)


class Observed(TunnelTest):
    def test_tunnels_are_counted_and_logged(self):
        edge, _ = self.serve(websocket.echo_bytes)
        chat, _ = self.open(edge)
        other, _ = self.open(edge, "tcp")
        metrics = edge.metrics()
        self.assertEqual(metrics.total("tidegate_tunnels_active"), 2)
        self.assertEqual(metrics.total("tidegate_upgrades_total", protocol="websocket"), 1)
        self.assertEqual(metrics.total("tidegate_upgrades_total", protocol="other"), 1)
        other.close()
        chat.send(b"\x82\x03abc")
        self.assertEqual(b"".join(chat.reader.pieces(5)), b"\x82\x03abc")
        chat.finish()
        self.assertEqual(chat.rest(), b"")
        line = next(line for line in edge.await_log(2) if line["bytes_sent"])
        self.assertEqual((line["response_code"], line["bytes_received"], line["bytes_sent"], line["response_flags"]),
                         (101, 5, 5, "-"))
        eventually(lambda: edge.metrics().total("tidegate_tunnels_active") == 0, "no tunnel")
        self.assertEqual(edge.metrics().total("istio_requests_total", response_code="101"), 2)
