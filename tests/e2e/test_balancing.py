"""Which endpoint a request goes to: weights, keys, and cookies that the gateway gives."""

import collections
import re

from harness import behaviours, client, documents
from harness.case import EdgeTest, topology

ONE_WORKER = {"gateway": {"workers": 1}}
RING = {"ringHash": {"minimumRingSize": 1024}}
MAGLEV = {"maglev": {"tableSize": 1021}}


def hashed(**key):
    return {"loadBalancer": {"consistentHash": key}}


class BalancingTest(EdgeTest):
    def balanced(self, count, policy, settings=ONE_WORKER, **route):
        """A gateway with that many origins, which say their names."""
        origins = [self.origin(behaviours.named, f"origin-{n}") for n in range(count)]
        return self.gateway(*topology(*origins, policy=policy, **route), settings=settings), origins

    def ask(self, edge, **request):
        answer = client.request(edge.http, **request)
        self.assertEqual(answer.status, 200)
        return answer.body.decode()


class Weights(BalancingTest):
    def shares(self, policy, *weights, requests):
        origins = [self.origin(behaviours.named, f"weight-{weight}") for weight in weights]
        endpoints = [documents.endpoint(origin, weight=weight) for origin, weight in zip(origins, weights)]
        edge = self.gateway(*topology(*endpoints, policy=policy), settings=ONE_WORKER)
        return collections.Counter(self.ask(edge) for _ in range(requests))

    def test_round_robin_gives_exact_shares(self):
        shares = self.shares({"loadBalancer": {"simple": "ROUND_ROBIN"}}, 1, 2, 5, requests=80)
        self.assertEqual(shares, {"weight-1": 10, "weight-2": 20, "weight-5": 50})

    def test_least_request_is_the_default_and_knows_weights(self):
        shares = self.shares(None, 1, 3, requests=40)
        self.assertEqual(shares, {"weight-1": 10, "weight-3": 30})

    def test_random_does_not(self):
        shares = self.shares({"loadBalancer": {"simple": "RANDOM"}}, 1, 9, requests=200)
        self.assertGreater(shares["weight-1"], 60)

    def test_an_endpoint_that_comes_later_warms_up(self):
        policy = {"loadBalancer": {"simple": "ROUND_ROBIN", "warmup": {"duration": "3600s", "minimumPercent": 10}}}
        edge, origins = self.balanced(2, policy)
        shares = collections.Counter(self.ask(edge) for _ in range(20))
        self.assertEqual(shares, {"origin-0": 10, "origin-1": 10})
        late = self.origin(behaviours.named, "late")
        edge.write(topology(*origins, late, policy=policy))
        self.assertTrue(edge.reload())
        shares = collections.Counter(self.ask(edge) for _ in range(105))
        self.assertAlmostEqual(shares["late"], 5, delta=1)


class Keys(BalancingTest):
    def assert_sticks(self, edge, requests):
        """The same request goes to the same origin every time; different ones to different origins."""
        homes = [self.ask(edge, **request) for request in requests]
        for request, home in list(zip(requests, homes)) * 2:
            self.assertEqual(self.ask(edge, **request), home, request)
        self.assertGreater(len(set(homes)), 2)

    def test_each_kind_of_key_with_each_kind_of_table(self):
        users = range(20)
        kinds = {
            "header": ({"httpHeaderName": "X-User"}, [{"headers": [f"x-user: {n}"]} for n in users]),
            "parameter": ({"httpQueryParameterName": "user"}, [{"target": f"/?a=1&user={n}"} for n in users]),
            "cookie": ({"httpCookie": {"name": "user"}}, [{"headers": [f"Cookie: a=1; user={n}"]} for n in users]),
        }
        for kind, (key, requests) in kinds.items():
            for table in (RING, MAGLEV):
                with self.subTest(kind, table=list(table)[0]):
                    edge, _ = self.balanced(4, hashed(**key, **table), settings=None)
                    self.assert_sticks(edge, requests)
                    elsewhere = {self.ask(edge) for _ in range(60)}
                    self.assertEqual(len(elsewhere), 4, "without the key")

    def test_the_clients_address_behind_trusted_proxies_is_the_one_they_name(self):
        edge, _ = self.balanced(4, hashed(useSourceIp=True),
                                {"gateway": {"workers": 2, "trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]}})
        self.assert_sticks(edge, [{"headers": [f"X-Forwarded-For: 203.0.113.9, 192.0.2.{n}, 10.0.0.1"]}
                                  for n in range(20)])

    def test_of_strangers_it_is_that_of_the_connection(self):
        edge, _ = self.balanced(4, hashed(useSourceIp=True))
        homes = {self.ask(edge, headers=[f"X-Forwarded-For: 192.0.2.{n}"]) for n in range(20)}
        self.assertEqual(len(homes), 1)

    def test_when_an_endpoint_goes_the_others_keep_their_keys(self):
        policy = hashed(httpHeaderName="x-user", **MAGLEV)
        edge, origins = self.balanced(5, policy)
        users = [f"x-user: {n}" for n in range(60)]
        before = {user: self.ask(edge, headers=[user]) for user in users}
        gone = origins.pop(2)
        edge.write(topology(*origins, policy=policy))
        self.assertTrue(edge.reload())
        stayed = [user for user in users if before[user] != gone.name]
        moved = [user for user in stayed if self.ask(edge, headers=[user]) != before[user]]
        self.assertLess(len(moved), len(stayed) / 5)

    def attempts(self, **retries):
        """At which origins a request is tried four times."""
        failing = [self.origin(behaviours.status(503), f"origin-{n}") for n in range(4)]
        documents_ = topology(*failing, policy=hashed(httpHeaderName="x-user"),
                              retries={"attempts": 3, "retryOn": "5xx", **retries})
        edge = self.gateway(*documents_, settings=ONE_WORKER)
        self.assertEqual(client.request(edge.http, headers=["x-user: jane"]).status, 503)
        return sorted(len(origin.requests) for origin in failing)

    def test_a_retry_goes_to_the_same_endpoint_unless_the_route_says_otherwise(self):
        self.assertEqual(self.attempts(), [0, 0, 0, 4])
        self.assertEqual(self.attempts(retryIgnorePreviousHosts=True), [1, 1, 1, 1])


class Cookies(BalancingTest):
    def cookie(self, **fields):
        return hashed(httpCookie={"name": "session", **fields})

    def given(self, edge, **request):
        answer = client.request(edge.http, **request)
        return answer.get("set-cookie"), answer.body.decode()

    def test_a_client_without_one_gets_one_and_comes_back_to_the_same_endpoint(self):
        policy = self.cookie(ttl="90s", path="/shop", attributes=[{"name": "SameSite", "value": "Strict"}])
        edge, _ = self.balanced(4, policy, settings=None)
        homes = set()
        for _ in range(12):
            cookie, home = self.given(edge)
            self.assertRegex(cookie, r'^session="[0-9a-f]+"; Max-Age=90; Path=/shop; HttpOnly; SameSite=Strict$')
            value = re.match(r"[^;]+", cookie)[0]
            for _ in range(3):
                self.assertEqual(self.given(edge, headers=[f"Cookie: {value}"]), (None, home))
            homes.add(home)
        self.assertGreater(len(homes), 1, "cookies are not all the same")

    def test_requests_of_one_connection_share_it(self):
        edge, _ = self.balanced(4, self.cookie(ttl="0s"))
        with client.Client(edge.http) as connection:
            answers = [connection.request() for _ in range(5)]
        self.assertEqual(len({answer.body for answer in answers}), 1)
        cookies = {answer.get("set-cookie") for answer in answers}
        self.assertEqual(len(cookies), 1)
        self.assertRegex(cookies.pop(), r'^session="[0-9a-f]+"; HttpOnly$')

    def test_without_a_life_none_is_given(self):
        edge, _ = self.balanced(2, self.cookie())
        self.assertEqual(self.given(edge)[0], None)

    def test_an_answer_of_the_gateways_own_gives_none(self):
        edge = self.gateway(*topology(policy=self.cookie(ttl="0s")))
        answer = client.request(edge.http)
        self.assertEqual((answer.status, answer.get("set-cookie")), (503, None))
