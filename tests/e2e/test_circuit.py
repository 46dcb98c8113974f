"""What a service is asked for at once: connections, waiting requests, requests, retries; and how long connections last."""

import pathlib

from harness import behaviours, client
from harness.case import EdgeTest, topology
from harness.gateway import Port
from harness.h2_client import H2Client
from harness.waiting import eventually

ONE_WORKER = {"gateway": {"workers": 1}}
OVERFLOW = b"upstream connect error or disconnect/reset before headers. reset reason: overflow"


def pool(tcp=None, **http):
    return {"connectionPool": {**({"tcp": tcp} if tcp else {}), **({"http": http} if http else {})}}


class CircuitTest(EdgeTest):
    def limited(self, policy, origin, settings=ONE_WORKER, **fields):
        return self.gateway(*topology(origin, policy=policy, **fields), settings=settings)

    def gated(self, policy, **options):
        """A gateway to an origin that answers nobody until the gate opens."""
        gate = behaviours.Gate()
        origin = self.origin(gate)
        self.addCleanup(gate.open)
        return self.limited(policy, origin, **options), origin, gate

    def begin(self, edge, target="/"):
        """A request under way; `response` has its answer."""
        connection = client.Client(edge.http)
        self.addCleanup(connection.close)
        connection.send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
        return connection

    def await_active(self, edge, count):
        """Until the gateway has exactly so many requests under way or waiting."""
        eventually(lambda: edge.metrics().total("tidegate_requests_active") == count, f"{count} requests")

    def begin_each(self, edge, count, target="/"):
        """So many more requests, each of which has arrived before the next one is sent."""
        begun = []
        active = edge.metrics().total("tidegate_requests_active")
        for n in range(1, count + 1):
            begun.append(self.begin(edge, target.format(n)))
            self.await_active(edge, active + n)
        return begun

    def assert_overflow(self, answer):
        self.assertEqual((answer.status, answer.body), (503, OVERFLOW))
        self.assertEqual(answer.get("x-envoy-overloaded"), "true")

    def refusals(self, edge, limit):
        return edge.metrics().total("tidegate_upstream_overflows_total", limit=limit)


class Connections(CircuitTest):
    def test_requests_wait_for_a_connection_in_their_order(self):
        edge, origin, gate = self.gated(pool({"maxConnections": 1}))
        clients = self.begin_each(edge, 5, "/{}")
        origin.await_requests(1)
        gate.open()
        self.assertEqual([each.response().status for each in clients], [200] * 5)
        self.assertEqual([request.target for request in origin.requests], [f"/{n}" for n in range(1, 6)])
        self.assertEqual(len(origin.connections), 1)

    def test_more_than_may_wait_are_refused_at_once(self):
        edge, origin, gate = self.gated(pool({"maxConnections": 1}, http1MaxPendingRequests=2))
        first = self.begin(edge)
        origin.await_requests(1)
        waiting = self.begin_each(edge, 2)
        self.assert_overflow(client.request(edge.http))
        gate.open()
        self.assertEqual([each.response().status for each in [first, *waiting]], [200] * 3)
        self.assertEqual(len(origin.connections), 1)
        self.assertEqual(self.refusals(edge, "requests"), 1)
        flags = sorted(line["response_flags"] for line in edge.await_log(4))
        self.assertEqual(flags, ["-", "-", "-", "UO"])

    def test_an_overflow_is_never_retried(self):
        edge, origin, gate = self.gated(pool({"maxConnections": 1}, http1MaxPendingRequests=1),
                                        retries={"attempts": 3, "retryOn": "5xx,reset,connect-failure"})
        first = self.begin(edge)
        origin.await_requests(1)
        clients = [first, *self.begin_each(edge, 1)]
        answer = client.request(edge.http)
        self.assert_overflow(answer)
        line = edge.await_log(1)[0]
        self.assertEqual((line["attempts"], line["response_flags"]), (1, "UO"))
        gate.open()
        self.assertEqual([each.response().status for each in clients], [200, 200])

    def test_who_leaves_makes_room_in_the_queue(self):
        edge, origin, gate = self.gated(pool({"maxConnections": 1}, http1MaxPendingRequests=1))
        first = self.begin(edge)
        origin.await_requests(1)
        self.begin_each(edge, 1)[0].reset()
        self.await_active(edge, 1)
        waiting = self.begin_each(edge, 1)[0]
        gate.open()
        self.assertEqual((first.response().status, waiting.response().status), (200, 200))
        self.assertEqual(len(origin.requests), 2)

    def test_who_waits_longer_than_the_routes_timeout_gets_504(self):
        edge, origin, _ = self.gated(pool({"maxConnections": 1}), timeout="0.3s")
        clients = [self.begin(edge), self.begin(edge)]
        origin.await_requests(1)
        self.assertEqual([each.response().status for each in clients], [504, 504])

    def test_when_the_endpoint_refuses_connections_all_who_wait_hear_of_it(self):
        port = Port()
        self.addCleanup(port.release)
        edge = self.limited(pool({"maxConnections": 1}), port.number, retries={"attempts": 0})
        clients = [self.begin(edge) for _ in range(20)]
        self.assertEqual({each.response().status for each in clients}, {503})

    def test_each_endpoint_and_worker_may_have_one_connection_whatever_the_limit(self):
        origins = [self.origin(behaviours.named, f"origin-{n}") for n in range(3)]
        edge = self.gateway(*topology(*origins, policy={**pool({"maxConnections": 1}),
                                                        "loadBalancer": {"simple": "ROUND_ROBIN"}}), settings=ONE_WORKER)
        answers = {client.request(edge.http).body for _ in range(9)}
        self.assertEqual(len(answers), 3)
        self.assertEqual([len(origin.connections) for origin in origins], [1, 1, 1])

    def test_over_http2_requests_share_the_connection_and_wait_when_it_is_full(self):
        gate = behaviours.Gate()
        self.addCleanup(gate.open)
        origin = self.h2_origin(gate)
        edge = self.limited(pool({"maxConnections": 1}, maxConcurrentStreams=2, http1MaxPendingRequests=1), origin,
                            protocol="HTTP2")
        clients = [self.begin(edge) for _ in range(2)]
        origin.await_requests(2)
        clients += self.begin_each(edge, 1)
        self.assert_overflow(client.request(edge.http))
        gate.open()
        self.assertEqual([each.response().status for each in clients], [200] * 3)
        self.assertEqual(len(origin.connections), 1)


class Requests(CircuitTest):
    def test_so_many_may_be_under_way_over_all_workers(self):
        edge, origin, gate = self.gated(pool(http2MaxRequests=3), settings={"gateway": {"workers": 2}})
        clients = [self.begin(edge) for _ in range(3)]
        origin.await_requests(3)
        for _ in range(8):
            self.assert_overflow(client.request(edge.http))
        gate.open()
        self.assertEqual([each.response().status for each in clients], [200] * 3)
        for _ in range(8):
            self.assertEqual(client.request(edge.http).status, 200)
        self.assertEqual(len(origin.requests), 11)

    def test_a_grpc_client_is_told_unavailable(self):
        edge, origin, gate = self.gated(pool(http2MaxRequests=1))
        first = self.begin(edge)
        origin.await_requests(1)
        with H2Client(edge.http) as connection:
            answer = connection.open("POST", "/s/m", headers=["content-type: application/grpc"], end=True).response()
        self.assertEqual((answer.status, answer.get("grpc-status")), (200, "14"))
        gate.open()
        self.assertEqual(first.response().status, 200)


class Retries(CircuitTest):
    def assert_one_at_a_time(self, policy):
        """The first attempts fail; retries are held. Only one of them may be under way."""
        gate = behaviours.Gate()
        self.addCleanup(gate.open)
        fail = behaviours.status(503, "first")

        def handler(exchange):
            is_retry = exchange.request.fields.get("x-envoy-attempt-count") != "1"
            (gate if is_retry else fail)(exchange)

        origin = self.origin(handler)
        edge = self.limited(policy, origin, retries={"attempts": 2, "retryOn": "5xx"}, settings={"gateway": {"workers": 2}})
        retrying = self.begin(edge)
        origin.await_requests(2)
        for _ in range(4):
            answer = client.request(edge.http)
            self.assertEqual((answer.status, answer.body), (503, b"first"))
            self.assertEqual(answer.get("x-envoy-overloaded"), None)
        self.assertEqual({line["response_flags"] for line in edge.await_log(4)}, {"UO"})
        self.assertEqual(self.refusals(edge, "retries"), 4)
        gate.open()
        self.assertEqual(retrying.response().status, 200)
        self.assertEqual(client.request(edge.http).status, 200)

    def test_retries_beyond_the_limit_are_not_made(self):
        self.assert_one_at_a_time(pool(maxRetries=1))

    def test_nor_those_beyond_the_budget(self):
        self.assert_one_at_a_time({"retryBudget": {"percent": 1, "minRetryConcurrency": 1}})

    def test_the_budget_grows_with_the_requests_under_way(self):
        held = behaviours.Gate()
        self.addCleanup(held.open)

        def handler(exchange):
            wants_hold = exchange.request.target == "/held" or exchange.request.fields.get("x-envoy-attempt-count") != "1"
            (held if wants_hold else behaviours.status(503))(exchange)

        origin = self.origin(handler)
        edge = self.limited({"retryBudget": {"percent": 50, "minRetryConcurrency": 0}}, origin,
                            retries={"attempts": 1, "retryOn": "5xx"})
        self.assertEqual(client.request(edge.http).status, 503, "half of one request is no retry")
        clients = [self.begin(edge, "/held") for _ in range(4)]
        origin.await_requests(5)
        clients.append(self.begin(edge))
        origin.await_requests(7)
        held.open()
        self.assertEqual([each.response().status for each in clients], [200] * 5)


class Lifetimes(CircuitTest):
    def test_a_connection_carries_so_many_requests(self):
        for protocol, origin in (("HTTP", self.origin(behaviours.named)), ("HTTP2", self.h2_origin(behaviours.named))):
            with self.subTest(protocol):
                edge = self.limited(pool(maxRequestsPerConnection=2), origin, protocol=protocol)
                for _ in range(5):
                    self.assertEqual(client.request(edge.http).status, 200)
                self.assertEqual(len(origin.connections), 3)

    def is_open(self, origin):
        return any(connection.is_open for connection in origin.connections)

    def test_idle_connections_are_closed_or_kept_as_the_policy_says(self):
        for protocol in ("HTTP", "HTTP2"):
            with self.subTest(protocol):
                start = self.origin if protocol == "HTTP" else self.h2_origin
                kept, closed = start(behaviours.named), start(behaviours.named)
                keeping = self.limited(pool({"idleTimeout": "0s"}), kept, protocol=protocol,
                                       settings={**ONE_WORKER, "limits": {"upstream_idle_timeout": "100ms"}})
                closing = self.limited(pool({"idleTimeout": "0s"}, idleTimeout="100ms"), closed, protocol=protocol,
                                       settings={**ONE_WORKER, "limits": {"upstream_idle_timeout": "3600s"}})
                self.assertEqual(client.request(keeping.http).status, 200)
                self.assertEqual(client.request(closing.http).status, 200)
                eventually(lambda: not self.is_open(closed), "the idle connection to be closed")
                self.assertTrue(self.is_open(kept))

    def test_an_old_connection_gets_no_more_requests(self):
        for protocol, origin in (("HTTP", self.origin(behaviours.named)), ("HTTP2", self.h2_origin(behaviours.named))):
            with self.subTest(protocol):
                edge = self.limited(pool({"maxConnectionDuration": "200ms", "idleTimeout": "0s"}), origin, protocol=protocol)
                eventually(lambda: client.request(edge.http).status == 200 and len(origin.connections) > 2, "new connections")
                eventually(lambda: not self.is_open(origin), "the last one to be closed, too")

    def test_keepalive_probes_are_sent_where_the_policy_says_so(self):
        for policy, timer in ((pool({"tcpKeepalive": {"time": "100s"}, "idleTimeout": "0s"}), "02"),
                              (pool({"idleTimeout": "0s"}), "00")):
            with self.subTest(timer=timer):
                origin = self.origin(behaviours.named)
                edge = self.limited(policy, origin)
                self.assertEqual(client.request(edge.http).status, 200)
                eventually(lambda: self.timers_to(origin.port) == {timer}, lambda: f"timer {timer}")

    def timers_to(self, port):
        """The kind of timer of each established connection to this port (proc(5), /proc/net/tcp)."""
        lines = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return {line[5][:2] for line in lines if line[2].endswith(f":{port:04X}") and line[3] == "01"}
