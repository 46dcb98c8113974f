"""Endpoints that fail are left alone for a while; when they are too many, they are used all the same."""

import json
import pathlib
import tempfile

from harness import behaviours, client
from harness.case import EdgeTest, topology
from harness.gateway import Port, tidegate
from harness.waiting import eventually

CLUSTER = "outbound|80||origin"


def detection(**fields):
    return {"loadBalancer": {"simple": "ROUND_ROBIN"},
            "outlierDetection": {"consecutive5xxErrors": 3, "baseEjectionTime": "3600s", "maxEjectionPercent": 100,
                                 **fields}}


class OutlierTest(EdgeTest):
    def watched(self, *origins, settings=None, retries=0, **fields):
        return self.gateway(*topology(*origins, policy=detection(**fields), retries={"attempts": retries}),
                            settings=settings)

    def statuses(self, edge, count):
        return [client.request(edge.http).status for _ in range(count)]

    def hosts(self, edge, state):
        return edge.metrics().total("tidegate_hosts", cluster=CLUSTER, state=state)

    def ejections(self, edge, reason):
        return edge.metrics().total("tidegate_outlier_ejections_total", cluster=CLUSTER, reason=reason)


class Ejection(OutlierTest):
    def test_after_so_many_errors_in_a_row_over_all_workers_an_endpoint_gets_nothing(self):
        bad, good = self.origin(behaviours.status(503)), self.origin(behaviours.named)
        edge = self.watched(bad, good)
        statuses = self.statuses(edge, 40)
        self.assertEqual(statuses.count(503), 3)
        self.assertEqual(len(bad.requests), 3)
        self.assertEqual((self.hosts(edge, "healthy"), self.hosts(edge, "ejected")), (1, 1))
        self.assertEqual(self.ejections(edge, "consecutive_5xx"), 1)
        self.assertIn(f"127.0.0.1:{bad.port} is ejected", edge.output())

    def test_its_errors_must_be_in_a_row(self):
        answers = behaviours.First(2, behaviours.status(500))
        origin = self.origin(lambda exchange: self.alternate(exchange, answers))
        edge = self.watched(origin)
        self.assertEqual(self.statuses(edge, 12), [500, 500, 200] * 4)
        self.assertEqual(self.hosts(edge, "ejected"), 0)

    def alternate(self, exchange, answers):
        if answers.left < 0:
            answers.left = 2
        answers(exchange)

    def test_it_comes_back_when_its_time_is_over(self):
        bad, good = self.origin(behaviours.First(3, behaviours.status(500)), "bad"), self.origin(behaviours.named)
        edge = self.watched(bad, good, baseEjectionTime="100ms", interval="100ms")
        eventually(lambda: client.request(edge.http).status and self.ejections(edge, "consecutive_5xx") == 1, "an ejection")
        eventually(lambda: client.request(edge.http).body == b"bad", "the endpoint to be used again")
        self.assertEqual(self.hosts(edge, "ejected"), 0)
        self.assertIn("is used again", edge.output())

    def test_refused_connections_count(self):
        port = Port()
        self.addCleanup(port.release)
        edge = self.watched(port.number, self.origin(behaviours.named))
        self.assertEqual(self.statuses(edge, 30).count(503), 3)

    def test_resets_and_timeouts_count(self):
        for name, behaviour, route in (("resets", behaviours.reset_at_once, {}),
                                       ("timeouts", behaviours.never, {"timeout": "0.2s"})):
            with self.subTest(name):
                bad, good = self.origin(behaviour), self.origin(behaviours.named)
                edge = self.gateway(*topology(bad, good, policy=detection(), retries={"attempts": 0}, **route))
                self.assertEqual(sum(status >= 500 for status in self.statuses(edge, 20)), 3)

    def test_split_failures_are_counted_apart(self):
        port = Port()
        self.addCleanup(port.release)
        erring, good = self.origin(behaviours.status(500)), self.origin(behaviours.named)
        edge = self.watched(port.number, erring, good, splitExternalLocalOriginErrors=True,
                            consecutiveLocalOriginFailures=2, consecutive5xxErrors=0)
        statuses = self.statuses(edge, 40)
        self.assertEqual(statuses.count(503), 2)
        self.assertGreater(statuses.count(500), 10)
        self.assertEqual(self.ejections(edge, "consecutive_local_origin_failure"), 1)

    def test_gateway_errors_may_have_a_limit_of_their_own(self):
        bad, good = self.origin(behaviours.status(502)), self.origin(behaviours.named)
        edge = self.watched(bad, good, consecutiveGatewayErrors=2, consecutive5xxErrors=0)
        self.assertEqual(self.statuses(edge, 20).count(502), 2)
        self.assertEqual(self.ejections(edge, "consecutive_gateway_failure"), 1)

    def test_retries_spare_clients_the_errors(self):
        bad, good = self.origin(behaviours.reset_at_once), self.origin(behaviours.named)
        edge = self.watched(bad, good, retries=2)
        self.assertEqual(set(self.statuses(edge, 20)), {200})
        self.assertLess(len(bad.connections), 5)

    def test_a_keep_alive_race_is_nobodys_fault(self):
        origin = self.origin(behaviours.ClosesOnReuse())
        edge = self.watched(origin, settings={"gateway": {"workers": 1}}, consecutive5xxErrors=1)
        self.assertEqual(self.statuses(edge, 10), [200] * 10)
        self.assertGreater(origin.handler.closed, 0)

    def test_it_outlives_a_reload_but_not_its_policy(self):
        bad, good = self.origin(behaviours.status(500)), self.origin(behaviours.named)
        edge = self.watched(bad, good)
        self.assertEqual(self.statuses(edge, 20).count(500), 3)
        self.assertTrue(edge.reload())
        self.assertEqual(self.statuses(edge, 10), [200] * 10)
        edge.write(topology(bad, good, retries={"attempts": 0}))
        self.assertTrue(edge.reload())
        self.assertIn(500, self.statuses(edge, 40))


class Limits(OutlierTest):
    def test_when_all_are_ejected_there_is_no_healthy_upstream(self):
        edge = self.watched(self.origin(behaviours.status(500)), self.origin(behaviours.status(500)))
        self.assertEqual(self.statuses(edge, 6), [500] * 6)
        answer = client.request(edge.http)
        self.assertEqual((answer.status, answer.body), (503, b"no healthy upstream"))
        self.assertEqual([line["response_flags"] for line in edge.await_log(7)].count("UH"), 1)  # two workers write it

    def test_below_the_minimal_health_all_are_used(self):
        edge = self.watched(self.origin(behaviours.status(500)), self.origin(behaviours.status(500)), minHealthPercent=40)
        self.assertEqual(self.statuses(edge, 20), [500] * 20)
        self.assertEqual(self.hosts(edge, "ejected"), 2)

    def test_istios_default_ejects_none_of_few_and_check_says_so(self):
        bad, good = self.origin(behaviours.status(500)), self.origin(behaviours.named)
        made = topology(bad, good, policy={"loadBalancer": {"simple": "ROUND_ROBIN"},
                                           "outlierDetection": {"consecutive5xxErrors": 3}})
        edge = self.gateway(*made)
        self.assertIn(self.statuses(edge, 40).count(500), (19, 20, 21))  # in turn at each of two workers
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "config.yaml"
            file.write_text("\n---\n".join(map(json.dumps, made)))
            done = tidegate("check", "--config", file)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("10% of fewer than 10 endpoints", done.stderr)
        self.assertIn("write maxEjectionPercent: 100", done.stderr)
