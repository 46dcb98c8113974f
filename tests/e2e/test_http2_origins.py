"""HTTP/2 towards origins: shared connections, streams that are refused or given up, origins that leave, policies, TLS."""

import signal
import threading

from h2.errors import ErrorCodes

from harness import behaviours, documents
from harness.case import EdgeTest
from harness.certificates import certificate
from harness.client import Client, request
from harness.h2_client import H2Client
from harness.h2_session import SETTINGS
from harness.waiting import eventually


class Http2OriginTest(EdgeTest):
    def front(self, origin, policy=None, protocol="HTTP2", workers=1, **route):
        """A gateway before one origin, with a DestinationRule if there is a policy for it."""
        rules = [documents.resource("DestinationRule", "policy", {"host": "origin", "trafficPolicy": policy})] if policy else []
        return self.gateway(documents.gateway(), documents.virtual_service(documents.to("origin", **route)),
                            documents.service("origin", origin, protocol=protocol), *rules,
                            settings={"gateway": {"workers": workers}})

    def at_once(self, edge, count, method="GET", body=None):
        """The statuses of so many requests, each on a connection of its own."""
        statuses, lock = [], threading.Lock()

        def ask():
            status = request(edge.http, method, body=body).status
            with lock:
                statuses.append(status)
        threads = [threading.Thread(target=ask) for _ in range(count)]
        for thread in threads:
            thread.start()
        return threads, statuses


class Connections(Http2OriginTest):
    def test_requests_of_many_clients_share_a_connection(self):
        gate = behaviours.Gate()
        origin = self.h2_origin(gate)
        threads, statuses = self.at_once(self.front(origin), 20)
        origin.await_requests(20)
        gate.open()
        for thread in threads:
            thread.join()
        self.assertEqual((statuses, len(origin.connections)), ([200] * 20, 1))

    def test_an_origin_that_takes_few_streams_gets_more_connections(self):
        gate = behaviours.Gate()
        origin = self.h2_origin(gate, settings={SETTINGS.MAX_CONCURRENT_STREAMS: 4})
        edge = self.front(origin)
        gate.open()
        self.assertEqual(request(edge.http).status, 200)  # its SETTINGS are known from here on
        gate.opened.clear()
        threads, statuses = self.at_once(edge, 12)
        origin.await_requests(13)
        gate.open()
        for thread in threads:
            thread.join()
        self.assertEqual(statuses, [200] * 12)
        # More than three where a new connection was asked for more than its SETTINGS, once they came, allow.
        self.assertGreaterEqual(len(origin.connections), 3)

    def test_max_concurrent_streams_bounds_what_a_connection_carries(self):
        gate = behaviours.Gate()
        origin = self.h2_origin(gate)
        edge = self.front(origin, {"connectionPool": {"http": {"maxConcurrentStreams": 2}}})
        threads, _ = self.at_once(edge, 6)
        origin.await_requests(6)
        gate.open()
        for thread in threads:
            thread.join()
        self.assertEqual([len(connection.requests) for connection in origin.connections], [2, 2, 2])

    def test_an_upgrade_policy_makes_an_ordinary_port_http_2(self):
        origin = self.h2_origin()
        edge = self.front(origin, {"connectionPool": {"http": {"h2UpgradePolicy": "UPGRADE"}}}, protocol="HTTP")
        self.assertEqual(request(edge.http).status, 200)

    def test_the_origin_is_asked_as_the_client_asked(self):
        policy = {"connectionPool": {"http": {"useClientProtocol": True}}}
        h2_edge = self.front(self.h2_origin(), policy, protocol="HTTP")
        with H2Client(h2_edge.http) as client:
            self.assertEqual(client.request().status, 200)
        h1_edge = self.front(self.origin(), policy, protocol="HTTP")
        self.assertEqual(request(h1_edge.http).status, 200)

    def test_pings_keep_a_connection_and_end_a_dead_one(self):
        policy = {"connectionPool": {"http": {"http2KeepAlive": {"interval": "1s", "timeout": "1s"}}}}
        living = self.h2_origin()
        with Client(self.front(living, policy).http) as client:
            self.assertEqual(client.request().status, 200)
            living.await_pings(1)
        dead = self.h2_origin(behaviours.never, answers_pings=False)
        self.assertEqual(request(self.front(dead, policy, retries={"attempts": 0}).http, "POST", body=b"x").status, 504)


class Failures(Http2OriginTest):
    def test_what_an_idle_connection_has_to_say_does_not_get_into_a_request(self):
        """Both are there when the gateway wakes up: a request to the end of its body, and PINGs of the origin that it is for."""
        origin = self.h2_origin(behaviours.echo)
        edge = self.front(origin)
        with H2Client(edge.http) as client:
            self.assertEqual(client.request("POST", body=b"first").body, b"first")
            edge.signal(signal.SIGSTOP)
            stream = client.open("POST")
            stream.write(b"b" * 1000, end=True)
            eventually(lambda: not client.session.unsent, "the request to be sent")
            session = origin.connections[0].session
            for _ in range(60):
                session.ping()
            eventually(lambda: not session.unsent, "the PINGs to be sent")
            edge.signal(signal.SIGCONT)
            self.assertEqual(stream.response().body, b"b" * 1000)
            eventually(lambda: session.pongs == 60, lambda: f"answers to all PINGs: {session.pongs}")

    def test_a_refused_stream_is_tried_again_whatever_the_method(self):
        origin = self.h2_origin(behaviours.First(1, lambda exchange: exchange.cancel(ErrorCodes.REFUSED_STREAM)))
        edge = self.front(origin)
        self.assertEqual(request(edge.http, "POST", body=b"x").body, b"origin")
        self.assertEqual(len(origin.requests), 2)

    def test_a_stream_that_the_origin_gave_up_is_not(self):
        origin = self.h2_origin(lambda exchange: exchange.cancel(ErrorCodes.INTERNAL_ERROR))
        edge = self.front(origin)
        self.assertEqual(request(edge.http).status, 503)
        self.assertEqual(len(origin.requests), 1)
        self.assertEqual(edge.await_log()[0]["response_flags"], "UR")

    def test_an_origin_that_goes_away_at_once_gets_its_requests_again_on_another_connection(self):
        def leave(exchange):
            exchange.connection.goaway(last_stream=0)
        origin = self.h2_origin(behaviours.First(1, leave))
        self.assertEqual(request(self.front(origin).http, "POST", body=b"x").body, b"origin")
        self.assertEqual(len(origin.connections), 2)

    def test_a_stream_whose_answer_breaks_off_leaves_its_neighbours_alone(self):
        gate = behaviours.Gate()

        def handler(exchange):
            if exchange.request.target == "/breaks":
                exchange.begin(200, length=1000)
                exchange.write(b"x" * 10)
                return exchange.cancel(ErrorCodes.INTERNAL_ERROR)
            return gate(exchange)
        origin = self.h2_origin(handler)
        edge = self.front(origin)
        with H2Client(edge.http) as client:
            waits = client.open(end=True)
            origin.await_requests(1)
            breaks = client.open(target="/breaks", end=True)
            breaks.await_reset()
            gate.open()
            self.assertEqual(waits.response().status, 200)
        self.assertEqual(len(origin.connections), 1)

    def test_a_client_that_leaves_cancels_its_stream_only(self):
        codes = []
        origin = self.h2_origin(lambda exchange: codes.append(exchange.await_cancel()))
        edge = self.front(origin)
        client = Client(edge.http)
        client.send("GET / HTTP/1.1\r\nHost: test.example\r\n\r\n")
        origin.await_requests(1)
        client.reset()
        eventually(lambda: codes == [ErrorCodes.CANCEL], lambda: codes)
        self.assertEqual(len(origin.open_connections()), 1)

    def test_a_refused_port_is_503_and_says_why(self):
        origin = self.h2_origin()
        edge = self.front(origin)
        origin.stop()
        self.assertEqual(request(edge.http).status, 503)
        line = edge.await_log()[0]
        self.assertIn("UF", line["response_flags"])
        self.assertIn("refused", line["upstream_transport_failure_reason"])


class Messages(Http2OriginTest):
    def test_answers_without_a_body_stay_without_one_for_http_1_clients(self):
        def handler(exchange):
            path = exchange.request.target
            exchange.begin(int(path[1:]) if path[1:].isdigit() else 200, ["content-length: 7"] if path == "/head" else [])
            exchange.end()  # an empty DATA frame behind the head
        edge = self.front(self.h2_origin(handler))
        with Client(edge.http) as client:
            for method, target in (("HEAD", "/head"), ("GET", "/204"), ("GET", "/304"), ("GET", "/200")):
                self.assertEqual(client.request(method, target).body, b"", (method, target))

    def test_early_hints_and_trailers_pass(self):
        def handler(exchange):
            exchange.read_body()
            exchange.interim(103, ["link: </a>"])
            exchange.begin(200)  # HTTP/1 has room for trailers behind chunks only: no length
            exchange.write(b"late")
            exchange.end(["sum: 4"])
        edge = self.front(self.h2_origin(handler))
        answer = request(edge.http, headers=["TE: trailers"])
        self.assertEqual([each.status for each in answer.interim], [103])
        self.assertEqual((answer.body, [(name.lower(), value) for name, value in answer.trailers]), (b"late", [("sum", "4")]))

    def test_a_slow_reader_of_one_answer_holds_up_no_other(self):
        origin = self.h2_origin(behaviours.generate)
        edge = self.front(origin)
        with Client(edge.http, receive_buffer=4096) as slow:
            slow.send("GET /30000000 HTTP/1.1\r\nHost: test.example\r\n\r\n")
            slow.response_head()
            for _ in range(3):
                self.assertEqual(len(request(edge.http, target="/1000000").body), 1000000)
        self.assertEqual(len(origin.connections), 1)


class Tls(Http2OriginTest):
    def setUp(self):
        super().setUp()
        self.made = certificate("origin.example")

    def policy(self, made, **tls):
        return {"tls": {"mode": "SIMPLE", "caCertificates": made.certificate_file, "sni": "origin.example", **tls}}

    def test_http_2_is_agreed_on_by_alpn(self):
        origin = self.h2_origin(tls=self.made.server_context("h2", "http/1.1"))
        self.assertEqual(request(self.front(origin, self.policy(self.made)).http).status, 200)

    def test_an_origin_that_does_not_agree_is_no_origin(self):
        origin = self.origin(tls=self.made.server_context("http/1.1"))
        edge = self.front(origin, self.policy(self.made))
        self.assertEqual(request(edge.http).status, 503)
        self.assertIn("HTTP/2", edge.await_log()[0]["upstream_transport_failure_reason"])

    def test_http_1_goes_over_tls_too_and_is_pooled(self):
        origin = self.origin(tls=self.made.server_context("http/1.1"))
        edge = self.front(origin, self.policy(self.made), protocol="HTTP")
        with Client(edge.http) as client:
            for method in ("GET", "POST", "GET", "POST"):
                self.assertEqual(client.request(method, body=b"x" if method == "POST" else None).status, 200)
        self.assertEqual(len(origin.connections), 1)

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        other = certificate("origin.example", serial=1)
        for origin, protocol in ((self.h2_origin(tls=other.server_context("h2")), "HTTP2"),
                                 (self.origin(tls=other.server_context("http/1.1")), "HTTP")):
            with self.subTest(protocol):
                edge = self.front(origin, self.policy(self.made), protocol=protocol)
                self.assertEqual(request(edge.http).status, 503)
                self.assertIn("certificate", edge.await_log()[0]["upstream_transport_failure_reason"])
                self.assertEqual(origin.requests, [])
