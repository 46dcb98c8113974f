"""Hundreds of reloads (E2E_BIG=1: a thousand) under load, a broken one in the middle: nothing is dropped and nothing is leaked."""

import contextlib
import os

from harness import behaviours, client, documents
from harness.case import EdgeTest
from harness.certificates import certificate
from harness.gateway import IS_SANITIZED
from harness.h2_client import H2Client
from harness.load import Load

MEBIBYTE = 1 << 20
RELOADS = 1000 if os.environ.get("E2E_BIG") else 60 if IS_SANITIZED else 250
WARM = RELOADS // 5
PEM = certificate("reload.example")


class ManyReloads(EdgeTest):
    def configuration(self, n, ports):
        """Something of every kind, a part of which is another than before: routes, a host, a policy, an address, names."""
        policy = {"loadBalancer": {"simple": ("ROUND_ROBIN", "LEAST_REQUEST", "RANDOM")[n % 3]},
                  "connectionPool": {"http": {"http1MaxPendingRequests": 100 + n % 7}},
                  "outlierDetection": {"consecutive5xxErrors": 5 + n % 2}}
        route = documents.to("origin", timeout=f"{10 + n % 5}s", retries={"attempts": 1 + n % 3},
                             match=[{"uri": {"regex": f"/(|{n % 50})"}}, {"uri": {"prefix": "/"}}])
        return [documents.gateway(documents.http_server(), documents.https_server("reload.example", credential="cert")),
                documents.virtual_service(route), documents.secret("cert", PEM),
                documents.virtual_service(documents.to("origin"), name=f"other-{n % 10}", hosts=[f"other-{n % 10}.example"]),
                documents.service("origin", *(ports if n % 2 else reversed(ports))),
                documents.policy("origin", **policy)]

    def test_nothing_is_dropped_and_nothing_is_leaked(self):
        origins = [self.origin(behaviours.named), self.origin(behaviours.named)]
        edge = self.gateway(*self.configuration(0, origins))
        with contextlib.ExitStack() as stack:
            load = stack.enter_context(Load(edge.http))
            browser = stack.enter_context(H2Client(edge.https, PEM.client_context("h2"), "reload.example"))
            for n in range(1, RELOADS + 1):
                if n == RELOADS // 2:
                    edge.write([*self.configuration(n, origins), "spec: ["])
                    self.assertFalse(edge.reload())
                edge.write(self.configuration(n, origins))
                self.assertTrue(edge.reload(), edge.output())
                if n % 10 == 0:
                    self.assertEqual(browser.request(host="reload.example").status, 200)
                if n == WARM:
                    warm = edge.rss()
            count = load.count
        self.assertEqual(load.failures, [])
        self.assertGreater(count, RELOADS)
        self.assertEqual(client.request(edge.http).status, 200)
        if not IS_SANITIZED:
            self.assertLess(edge.rss() - warm, 4 * MEBIBYTE, "resident memory grew")
