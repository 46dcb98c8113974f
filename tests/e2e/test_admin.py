"""The admin port: pages in a browser of the same machine can reach it, and must not get anywhere."""

import json

from harness import client
from harness.case import EdgeTest


class Browsers(EdgeTest):
    def ask(self, edge, method, name, *headers, host="127.0.0.1"):
        body = b"" if method == "POST" else None
        return client.request(edge.admin, method, f"/api/v1/{name}", host=host, headers=headers, body=body)

    def state(self, edge):
        return json.loads(self.ask(edge, "GET", "status").body)["state"]

    def reloads(self, edge):
        return edge.metrics().total("tidegate_config_reloads_total")

    def test_a_change_that_a_page_asks_for_is_403_and_changes_nothing(self):
        edge, _ = self.serve()
        before = self.reloads(edge)
        for origin in ("http://evil.example", "null", f"http://127.0.0.1:{edge.admin}"):
            for name in ("reload", "drain"):
                with self.subTest(origin=origin, name=name):
                    self.assertEqual(self.ask(edge, "POST", name, f"Origin: {origin}").status, 403)
        self.assertEqual((self.reloads(edge), self.state(edge)), (before, "serving"))
        self.assertEqual(client.request(edge.http).status, 200)

    def test_a_name_that_was_pointed_at_us_is_403(self):
        edge, _ = self.serve()
        for host in ("evil.example", f"evil.example:{edge.admin}", "127.0.0.1.evil.example", "localhost.evil.example"):
            with self.subTest(host):
                self.assertEqual(self.ask(edge, "GET", "status", host=host).status, 403)
                self.assertEqual(self.ask(edge, "POST", "drain", host=host).status, 403)
        self.assertEqual(self.state(edge), "serving")

    def test_addresses_and_localhost_are_answered(self):
        edge, _ = self.serve()
        for host in ("127.0.0.1", f"127.0.0.1:{edge.admin}", "localhost", f"localhost:{edge.admin}", "[::1]:9901"):
            with self.subTest(host):
                self.assertEqual(self.ask(edge, "GET", "status", host=host).status, 200)

    def test_a_reload_without_origin_is_done(self):
        edge, _ = self.serve()
        before = self.reloads(edge)
        self.assertEqual(self.ask(edge, "POST", "reload").status, 200)
        self.assertEqual(self.reloads(edge), before + 1)
