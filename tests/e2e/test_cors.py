"""CORS: preflights that the gateway answers, and answers that say who may read them."""

from harness import behaviours, client, documents
from harness.case import EdgeTest

POLICY = {"allowOrigins": [{"exact": "https://app.example"}], "allowMethods": ["GET", "PUT"], "allowHeaders": ["x-a", "x-b"],
          "exposeHeaders": ["x-c"], "maxAge": "10m", "allowCredentials": True}


def asking(origin, *more):
    return [f"Origin: {origin}", *more]


PREFLIGHT = "Access-Control-Request-Method: PUT"


class Cors(EdgeTest):
    def test_a_preflight_does_not_reach_the_origin(self):
        edge, origin = self.serve(behaviours.named, corsPolicy=POLICY)
        answer = client.request(edge.http, "OPTIONS", headers=asking("https://app.example", PREFLIGHT))
        allowed = {name: answer.get("access-control-" + name)
                   for name in ("allow-origin", "allow-credentials", "allow-methods", "allow-headers", "max-age")}
        self.assertEqual((answer.status, answer.body, origin.received), (200, b"", []))
        self.assertEqual(allowed, {"allow-origin": "https://app.example", "allow-credentials": "true",
                                   "allow-methods": "GET,PUT", "allow-headers": "x-a,x-b", "max-age": "600"})
        self.assertEqual(edge.await_log()[0]["response_code_details"], "cors_response")

    def test_an_answer_says_who_may_read_it(self):
        edge, _ = self.serve(behaviours.status(200, "x", ["Access-Control-Allow-Origin: *"]), corsPolicy=POLICY)
        answer = client.request(edge.http, headers=asking("https://app.example"))
        self.assertEqual(answer.fields.all("access-control-allow-origin"), ["https://app.example"])
        self.assertEqual(answer.get("access-control-expose-headers"), "x-c")

    def test_other_origins_are_told_nothing(self):
        edge, origin = self.serve(behaviours.named, corsPolicy=POLICY)
        answer = client.request(edge.http, "OPTIONS", headers=asking("https://evil.example", PREFLIGHT))
        self.assertEqual((answer.status, answer.get("access-control-allow-origin"), len(origin.requests)), (200, None, 1))

    def test_their_preflights_can_be_kept_from_the_origin(self):
        edge, origin = self.serve(behaviours.named, corsPolicy={**POLICY, "unmatchedPreflights": "IGNORE"})
        answer = client.request(edge.http, "OPTIONS", headers=asking("https://evil.example", PREFLIGHT))
        self.assertEqual((answer.status, answer.get("access-control-allow-origin"), origin.received), (200, None, []))

    def test_an_injected_fault_comes_first(self):
        edge, _ = self.serve(corsPolicy=POLICY, fault={"abort": {"percentage": {"value": 100}, "httpStatus": 500}})
        answer = client.request(edge.http, "OPTIONS", headers=asking("https://app.example", PREFLIGHT))
        self.assertEqual((answer.status, answer.get("access-control-allow-origin")), (500, None))

    def test_answers_of_the_gateway_can_be_read_as_well(self):
        edge = self.gateway(documents.gateway(),
                            documents.virtual_service(documents.to("origin", corsPolicy=POLICY, retries={"attempts": 0})),
                            documents.service("origin", 1))
        answer = client.request(edge.http, headers=asking("https://app.example"))
        self.assertEqual((answer.status, answer.get("access-control-allow-origin")), (503, "https://app.example"))

    def test_the_setting_is_for_routes_without_a_policy(self):
        edge, _ = self.serve(behaviours.named, settings={"api": {"cors_origins": ["https://set.example"]}})
        headers = asking("https://set.example", PREFLIGHT, "Access-Control-Request-Headers: x-q")
        answer = client.request(edge.http, "OPTIONS", headers=headers)
        self.assertEqual((answer.get("access-control-allow-origin"), answer.get("access-control-allow-headers")),
                         ("https://set.example", "x-q"))
