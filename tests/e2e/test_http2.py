"""HTTP/2 towards clients: by ALPN and by prior knowledge, through curl."""

import os
import subprocess
import tempfile

from harness import behaviours, documents
from harness.case import SharedEdgeTest
from harness.certificates import certificate
from harness.waiting import eventually

MEBIBYTE = 1 << 20


def echo_or_named(exchange):
    (behaviours.echo if exchange.request.method in ("POST", "PUT") else behaviours.named)(exchange)


class Curl(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        cls.origin = stage.origin(echo_or_named)
        cls.edge = stage.gateway(
            documents.gateway(documents.http_server("*"),
                              documents.https_server("a.example", credential="a"),
                              documents.https_server("b.example", credential="b")),
            documents.virtual_service(documents.to("origin"), hosts=["a.example", "b.example"]),
            documents.service("origin", cls.origin),
            documents.secret("a", certificate("a.example", "b.example")),
            documents.secret("b", certificate("b.example")),
            settings={"limits": {"body_bytes": "8MiB"}})

    def curl(self, *arguments, name="a.example", secure=True, target="/", data=None):
        port = self.edge.https if secure else self.edge.http
        flags = ["-k", "--http2"] if secure else ["--http2-prior-knowledge"]
        command = ["curl", "-sS", "--max-time", "60", *flags, "--resolve", f"{name}:{port}:127.0.0.1",
                   "-w", "\n%{http_version} %{http_code}", *arguments,
                   f"{'https' if secure else 'http'}://{name}:{port}{target}"]
        done = subprocess.run(command, input=data, capture_output=True, check=False)
        body, _, verdict = done.stdout.rpartition(b"\n")
        return body, verdict.decode(), done

    def test_alpn_chooses_http_2(self):
        _, verdict, _ = self.curl()
        self.assertEqual(verdict, "2 200")

    def test_a_client_that_wants_http_1_1_gets_it(self):
        _, verdict, _ = self.curl("--http1.1")
        self.assertEqual(verdict, "1.1 200")

    def test_prior_knowledge_works_in_clear(self):
        _, verdict, _ = self.curl(secure=False)
        self.assertEqual(verdict, "2 200")

    def test_an_unknown_host_is_404_and_a_misdirected_one_421(self):
        self.assertEqual(self.curl("-H", "Host: nowhere.example")[1], "2 404")
        self.assertEqual(self.curl("-H", "Host: b.example")[1], "2 421")

    def test_a_head_has_no_body(self):
        body, verdict, _ = self.curl("-I")
        self.assertEqual(verdict, "2 200")
        self.assertIn(b"content-length", body)

    def test_large_bodies_pass_both_ways(self):
        for secure in (True, False):
            data = os.urandom(5 * MEBIBYTE)
            body, verdict, _ = self.curl("--data-binary", "@-", "-H", "Expect:", data=data, secure=secure)
            self.assertEqual(verdict, "2 200")
            self.assertEqual(body, data)

    def test_a_body_beyond_the_limit_is_413(self):
        # Not with curl 7.88: it takes the reset behind an early answer (RFC 9113 §8.1) for an error.
        with tempfile.NamedTemporaryFile() as file:
            file.truncate(9 * MEBIBYTE)
            done = subprocess.run(["nghttp", "-v", "-d", file.name, "-H", ":authority: a.example",
                                   f"http://127.0.0.1:{self.edge.http}/"], capture_output=True, check=False, text=True)
        self.assertIn(":status: 413", done.stdout)

    def test_expect_100_continue_is_answered(self):
        body, verdict, _ = self.curl("--data-binary", "@-", "-H", "Expect: 100-continue", "--expect100-timeout", "30", data=b"x" * 1000)
        self.assertEqual((len(body), verdict), (1000, "2 200"))

    def test_parallel_requests_share_a_connection(self):
        with tempfile.TemporaryDirectory() as folder:
            port = self.edge.https
            urls = [f"https://a.example:{port}/{n}" for n in range(60)]
            outputs = [part for n in range(60) for part in ("-o", f"{folder}/{n}")]
            command = ["curl", "-sS", "-k", "--http2", "--parallel", "--parallel-max", "50", "--max-time", "60",
                       "--resolve", f"a.example:{port}:127.0.0.1", "-w", "%{http_code} ", *outputs, *urls]
            done = subprocess.run(command, capture_output=True, check=True, text=True)
            self.assertEqual(done.stdout.split(), ["200"] * 60)

    def test_too_many_header_bytes_are_431(self):
        _, verdict, _ = self.curl(*[part for n in range(11) for part in ("-H", f"x-{n}: {'v' * 5700}")])
        self.assertEqual(verdict, "2 431")

    def test_the_log_names_the_protocol(self):
        self.curl(target="/for-the-log")
        logged = lambda: [line["protocol"] for line in self.edge.log() if line["path"] == "/for-the-log"]
        eventually(logged, "the line")
        self.assertEqual(logged(), ["HTTP/2"])
