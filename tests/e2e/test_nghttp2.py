"""Debian's HTTP/2 programs around the gateway: h2load and curl before it, nghttpd behind it."""

import hashlib
import os
import re
import subprocess
import tempfile

from harness import behaviours, documents
from harness.case import EdgeTest, SharedEdgeTest
from harness.certificates import certificate
from harness.nghttpd import Nghttpd

MEBIBYTE = 1 << 20
LARGE = 100 * MEBIBYTE
NAMES = ("clear.example", "secure.example")
PAIRS = [(name, version) for name in NAMES for version in ("--http1.1", "--http2", "--http2-prior-knowledge")]


def run(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)


def h2load(port, name="test.example"):
    """(requests that succeeded, answers of status 2xx) of 2000, on 4 connections with 50 streams each."""
    done = run("h2load", "-n", "2000", "-c", "4", "-m", "50", "-H", f":authority: {name}", f"http://127.0.0.1:{port}/file")
    match = re.search(r"requests: .* (\d+) succeeded, .*\nstatus codes: (\d+) 2xx", done.stdout)
    assert match, done.stdout + done.stderr
    return int(match[1]), int(match[2])


class Load(EdgeTest):
    def test_many_streams_reach_an_origin_of_http_1(self):
        edge, _ = self.serve(behaviours.named)
        self.assertEqual(h2load(edge.http), (2000, 2000))


class Origins(SharedEdgeTest):
    """nghttpd in clear and over TLS."""

    @classmethod
    def set_stage(cls, stage):
        cls.made = certificate(*NAMES)
        origins = dict(zip(NAMES, (stage.keep(Nghttpd()), stage.keep(Nghttpd(cls.made)))))
        for origin in origins.values():
            (origin.folder / "file").write_text("from nghttpd")
        cls.edge = stage.gateway(
            documents.gateway(documents.http_server("*"), documents.https_server(*origins, credential="edge")),
            documents.secret("edge", cls.made), documents.tls_to("secure.example", cls.made),
            *(documents.service(name, origin, protocol="HTTP2") for name, origin in origins.items()),
            *(documents.virtual_service(documents.to(name), hosts=[name], name=name.split(".")[0]) for name in origins))

    def curl(self, name, version, *arguments, target="/file"):
        secure = version == "--http2"
        port = self.edge.https if secure else self.edge.http
        return run("curl", "-sS", "--fail", "--max-time", "240", version, "--cacert", self.made.certificate_file,
                   "--resolve", f"{name}:{port}:127.0.0.1", *arguments, f"{'https' if secure else 'http'}://{name}:{port}{target}")

    def test_a_file_reaches_every_client(self):
        for name, version in PAIRS:
            with self.subTest(f"{version} to {name}"):
                self.assertEqual(self.curl(name, version).stdout, "from nghttpd")
                self.assertIn("content-length: 12", self.curl(name, version, "--head").stdout.lower())

    def test_large_bodies_pass_both_ways(self):
        with tempfile.NamedTemporaryFile() as sent, tempfile.NamedTemporaryFile() as came:
            block = os.urandom(MEBIBYTE)
            for _ in range(LARGE // MEBIBYTE):
                sent.write(block)
            sent.flush()
            for name, version in PAIRS:
                with self.subTest(f"{version} to {name}"):
                    done = self.curl(name, version, "-H", "Expect:", "-T", sent.name, "-o", came.name, target="/echo")
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.assertEqual(digest(came.name), digest(sent.name))

    def test_many_streams_pass(self):
        for name in NAMES:
            self.assertEqual(h2load(self.edge.http, name), (2000, 2000))


def digest(name):
    with open(name, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
