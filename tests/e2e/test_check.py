"""`tidegate check`: every error in one pass, each with its place; layers, variables and secrets on the way."""

import json
import os
import pathlib
import random
import re
import shutil
import tempfile
import unittest

from harness.certificates import certificate
from harness.gateway import tidegate
from harness.waiting import PATIENCE

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = REPOSITORY / "examples" / "free-deep-research"

GATEWAY = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: ["*"]
"""
ROUTES = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: routes}
spec:
  hosts: ["*"]
  gateways: [edge]
  http:
  - route:
    - destination: {host: origin}
"""
SERVICE = """\
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: origin}
spec:
  hosts: [origin]
  resolution: STATIC
  ports:
  - {number: 80, name: http, protocol: HTTP}
  endpoints:
  - {address: 127.0.0.1}
"""
GOOD = [GATEWAY, ROUTES, SERVICE]
TLS = """\
  - port: {number: 443, name: NAME, protocol: HTTPS}
    hosts: [secure.example]
    tls: {mode: SIMPLE, credentialName: CREDENTIAL}
"""


def tls_server(credential, name="https"):
    return TLS.replace("CREDENTIAL", credential).replace("NAME", name)


def secret(name, certificate_text, key_text):
    value = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": "kubernetes.io/tls",
             "stringData": {"tls.crt": certificate_text, "tls.key": key_text}}
    return json.dumps(value) + "\n"


class CheckTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="e2e-check-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, documents, name="config.yaml"):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("---\n".join(documents) if isinstance(documents, list) else documents)
        return path

    def check(self, path, *arguments, **options):
        done = tidegate("check", "--config", path, *arguments, timeout=PATIENCE * 3, **options)
        return done.returncode, done.stdout + done.stderr

    def assert_error(self, documents, place, *words):
        """One error at `place` (line:column of a marker, or a pattern) whose line has these words; exit 1."""
        code, output = self.check(self.write(documents))
        self.assertEqual(code, 1, output)
        lines = [line for line in output.splitlines() if re.search(rf"config\.yaml:{place}: ", line)]
        self.assertTrue(any(all(word in line for word in words) for line in lines), f"{place} {words}\n{output}")

    def assert_warning(self, documents, *words):
        code, output = self.check(self.write(documents))
        self.assertEqual(code, 0, output)
        self.assertTrue(any(all(word in line for word in words) for line in output.splitlines()), output)

    def place(self, documents, text, offset=0):
        """line:column of a text in the file that `write` makes."""
        whole = "---\n".join(documents)
        at = whole.index(text) + offset
        return f"{whole.count(chr(10), 0, at) + 1}:{at - (whole.rfind(chr(10), 0, at) + 1) + 1}"


class Errors(CheckTest):
    def test_a_good_configuration_is_silent_about_errors(self):
        code, output = self.check(self.write(GOOD))
        self.assertEqual(code, 0, output)
        self.assertNotIn("error", output.lower())

    def test_a_wrong_type_has_its_place(self):
        documents = [GATEWAY.replace("number: 80", "number: eighty"), ROUTES, SERVICE]
        self.assert_error(documents, self.place(documents, "eighty"), "spec.servers[0].port.number")

    def test_a_dangling_gateway_has_its_place(self):
        documents = [GATEWAY, ROUTES.replace("[edge]", "[missing-gateway]"), SERVICE]
        self.assert_error(documents, self.place(documents, "missing-gateway"), "spec.gateways[0]", "missing-gateway")

    def test_a_dangling_credential_has_its_place(self):
        documents = [GATEWAY + tls_server("no-secret"), ROUTES, SERVICE]
        self.assert_error(documents, self.place(documents, "no-secret"), "credentialName", "no-secret")

    def test_a_dangling_subset_has_its_place(self):
        documents = [GATEWAY, ROUTES.replace("{host: origin}", "{host: origin, subset: nowhere}"), SERVICE]
        self.assert_error(documents, self.place(documents, "nowhere"), "spec.http[0].route[0].destination.subset", "nowhere")

    def test_a_duplicate_sni_host_is_found(self):
        made = certificate("secure.example")
        documents = [GATEWAY + tls_server("cert") + tls_server("cert", "again"), ROUTES, SERVICE,
                     secret("cert", made.certificate, made.key)]
        self.assert_error(documents, r"\d+:\d+", "secure.example")

    def test_a_regex_that_does_not_compile_is_found(self):
        documents = [GATEWAY, ROUTES.replace("  - route:", '  - match: [{uri: {regex: "a(b"}}]\n    route:'), SERVICE]
        self.assert_error(documents, r"\d+:\d+", "spec.http[0].match[0].uri", "regex")

    def test_a_key_that_does_not_fit_is_found_and_not_shown(self):
        made, other = certificate("secure.example"), certificate("other.example")
        documents = [GATEWAY + tls_server("cert"), ROUTES, SERVICE, secret("cert", made.certificate, other.key)]
        self.assert_error(documents, r"\d+:\d+", "key")
        _, output = self.check(self.write(documents))
        self.assertNotIn(other.key.splitlines()[1], output)

    def test_an_unreadable_key_is_found(self):
        made = certificate("secure.example")
        documents = [GATEWAY + tls_server("cert"), ROUTES, SERVICE, secret("cert", made.certificate, "not a key")]
        self.assert_error(documents, r"\d+:\d+", "key")

    def test_an_unreadable_certificate_file_is_found(self):
        server = tls_server("x").replace("credentialName: x", "serverCertificate: /no/such.crt, privateKey: /no/such.key")
        self.assert_error([GATEWAY + server, ROUTES, SERVICE], r"\d+:\d+", "/no/such.crt")

    def test_an_expired_certificate_is_a_warning(self):
        made = certificate("secure.example", expired=True)
        documents = [GATEWAY + tls_server("cert"), ROUTES, SERVICE, secret("cert", made.certificate, made.key)]
        self.assert_warning(documents, "expired")

    def test_an_unknown_field_is_a_warning(self):
        self.assert_warning([GATEWAY, ROUTES.replace("gateways:", "gatways: []\n  gateways:"), SERVICE], "gatways")

    def test_what_is_not_served_yet_is_named(self):
        retries = "  - retries: {attempts: 1, retryRemoteLocalities: true}\n    route:"
        self.assert_warning([GATEWAY, ROUTES.replace("  - route:", retries), SERVICE],
                            "not supported yet: spec.http[0].retries.retryRemoteLocalities")

    def test_a_server_that_needs_a_mesh_is_named_and_the_rest_is_served(self):
        server = tls_server("x").replace("mode: SIMPLE, credentialName: x", "mode: ISTIO_MUTUAL")
        self.assert_warning([GATEWAY + server, ROUTES, SERVICE], "ISTIO_MUTUAL needs the certificates of a mesh")

    def test_what_would_lead_elsewhere_is_an_error(self):
        delegate = "  - delegate: {name: other}\n    match: [{uri: {prefix: /a}}]\n  - route:"
        self.assert_error([GATEWAY, ROUTES.replace("  - route:", delegate), SERVICE], r"\d+:\d+", "not supported yet", "delegate")

    def test_all_errors_are_listed_in_one_pass(self):
        documents = [GATEWAY.replace("number: 80", "number: eighty"), ROUTES.replace("[edge]", "[gone]"),
                     SERVICE.replace("STATIC", "SOMEHOW").replace("127.0.0.1", "not-an-address"),
                     "gateway: {workers: many}\nlimits: {header_timeout: soon}\n"]
        _, output = self.check(self.write(documents))
        for word in ("number", "gone", "SOMEHOW", "workers", "header_timeout"):
            self.assertIn(word, output)

    def test_json_is_for_programs(self):
        path = self.write([GATEWAY, ROUTES.replace("[edge]", "[missing-gateway]"), SERVICE])
        done = tidegate("check", "--config", path, "-o", "json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing-gateway", json.dumps(json.loads(done.stdout)))

    def test_a_missing_path_is_exit_1(self):
        code, output = self.check(self.folder / "nothing.yaml")
        self.assertEqual(code, 1)
        self.assertIn("nothing.yaml", output)


class Hostile(CheckTest):
    """Arbitrary bytes: a clear error, in bounded time and memory; never a crash."""

    def refused(self, data):
        path = self.folder / "config.yaml"
        path.write_bytes(data)
        code, output = self.check(path)
        self.assertEqual(code, 1, output[:1000])
        self.assertIn("config.yaml", output)
        self.assertLess(len(output), 100_000)

    def test_deep_nesting(self):
        for piece in (b"[", b"{a: ", b"- ", b"? ", b"!!x "):
            with self.subTest(piece):
                self.refused(piece * ((1 << 20) // len(piece)))

    def test_deep_indentation(self):
        self.refused(b"".join(b" " * n + b"a:\n" for n in range(1400)))

    def test_alias_bomb(self):
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
        self.refused("\n".join([*lines, "gateway: *a11", ""]).encode())

    def test_random_bytes(self):
        generator = random.Random(7)
        for size in (1, 100, 10_000, 1_000_000):
            with self.subTest(size):
                self.refused(b"\x00\xff" + generator.randbytes(size))

    def test_a_file_without_end(self):
        code, _ = self.check("/dev/zero")
        self.assertEqual(code, 1)


class Layers(CheckTest):
    def layered(self):
        self.write("gateway: {workers: 1}\napi: {timeout: 30s}\n", "base.yaml")
        self.write("gateway: {workers: two}\n", "development.yaml")
        self.write("gateway: {workers: 2}\n", "staging.yaml")
        self.write("gateway: {workers: three}\n", "production.yaml")
        self.write(GOOD, "resources/all.yaml")

    def test_the_environment_chooses_the_layer(self):
        self.layered()
        code, output = self.check(self.folder)
        self.assertEqual(code, 1)
        self.assertRegex(output, r"development\.yaml:1:20: gateway\.workers")
        self.assertEqual(self.check(self.folder, "--environment", "staging")[0], 0)
        self.assertEqual(self.check(self.folder, variables={"TIDEGATE_ENV": "staging"})[0], 0)
        code, output = self.check(self.folder, "--environment", "production", variables={"TIDEGATE_ENV": "staging"})
        self.assertEqual(code, 1)
        self.assertIn("production.yaml:1:20", output)

    def test_variables_come_last(self):
        self.layered()
        self.assertEqual(self.check(self.folder, variables={"TIDEGATE_GATEWAY__WORKERS": "4"})[0], 0)
        code, output = self.check(self.folder, "--environment", "staging", variables={"TIDEGATE_GATEWAY__WORKERS": "x"})
        self.assertEqual(code, 1)
        self.assertIn("TIDEGATE_GATEWAY__WORKERS", output)

    def test_secrets_come_from_variables_and_files(self):
        made = certificate("secure.example")
        (self.folder / "tls.key").write_text(made.key)
        document = secret("cert", "${env:E2E_CERTIFICATE}", f"${{file:{self.folder}/tls.key}}")
        path = self.write([GATEWAY + tls_server("cert"), ROUTES, SERVICE, document])
        code, output = self.check(path, variables={"E2E_CERTIFICATE": made.certificate})
        self.assertEqual(code, 0, output)
        code, output = self.check(path)
        self.assertEqual(code, 1)
        self.assertIn("E2E_CERTIFICATE", output)
        os.unlink(self.folder / "tls.key")
        code, output = self.check(path, variables={"E2E_CERTIFICATE": made.certificate})
        self.assertEqual(code, 1)
        self.assertIn("tls.key", output)

    def test_the_example_is_valid_in_every_environment(self):
        copy = self.folder / "example"
        shutil.copytree(EXAMPLE, copy)
        made = certificate("api.freedeepresearch.org")
        (copy / "certs").mkdir(exist_ok=True)
        (copy / "certs" / "tls.crt").write_text(made.certificate)
        (copy / "certs" / "tls.key").write_text(made.key)
        for environment in ("development", "production"):
            with self.subTest(environment):
                code, output = self.check(".", "--environment", environment, cwd=copy)
                self.assertEqual(code, 0, output)
                self.assertIn("not supported yet: api.rate_limit", output)
