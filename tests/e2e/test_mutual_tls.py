"""Clients that show certificates, what origins hear of them, and certificates that the gateway shows to origins."""

import base64
import hashlib
import json
import ssl
import urllib.parse

from harness import client, documents
from harness.authority import Authority
from harness.case import EdgeTest, SharedEdgeTest
from harness.certificates import certificate

NAMES = ("required", "optional", "named", "pinned", "keyed", "unverified", "revoking")


def elements(value):
    """The elements of x-forwarded-client-cert, as a client of ours would have them: no special characters in names."""
    return [tuple(each.split("=", 1)) for each in value.split(";")]


def secret(name, own, **strings):
    made = documents.secret(name, own)
    made["stringData"].update(strings)
    return made


class MutualTls(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        cls.server = certificate(*(f"{name}.mutual.example" for name in NAMES))
        cls.ca, cls.foreign_ca = Authority("clients"), Authority("foreign")
        cls.known = cls.ca.issue("known", "DNS:known.example", "URI:spiffe://mesh/known")
        cls.other = cls.ca.issue("other", "DNS:other.example")
        cls.revoked = cls.ca.issue("revoked")
        cls.foreign = cls.foreign_ca.issue("known", "DNS:known.example")
        pin = ":".join(f"{byte:02X}" for byte in bytes.fromhex(cls.known.fingerprint))
        key = base64.b64encode(cls.known.key_hash).decode()
        modes = {"required": {}, "optional": {"mode": "OPTIONAL_MUTUAL"},
                 "named": {"subjectAltNames": ["nobody.example", "known.example"]},
                 "pinned": {"verifyCertificateHash": [pin]}, "keyed": {"verifyCertificateSpki": [key]},
                 "unverified": {"insecureSkipVerify": True}}
        servers = [documents.https_server(f"{name}.mutual.example", credential="cert", **{"mode": "MUTUAL", **fields})
                   for name, fields in modes.items()]
        servers.append(documents.https_server("revoking.mutual.example", credential="revoking", mode="MUTUAL"))
        cls.edge = stage.gateway(
            documents.gateway(*servers), documents.virtual_service(documents.to("origin")),
            documents.service("origin", stage.origin()), documents.secret("cert", cls.server),
            secret("cert-cacert", cls.server, **{"ca.crt": cls.ca.certificate}),
            secret("revoking", cls.server, **{"ca.crt": cls.ca.certificate,
                                              "ca.crl": cls.ca.crl_without(cls.revoked)}))

    def context(self, shown=None, **versions):
        context = client.tls_context(self.server.certificate_file, **versions)
        return shown.client_certificate(context) if shown else context

    def ask(self, name, shown=None, headers=()):
        """What the origin received."""
        answer = client.request(self.edge.https, host=f"{name}.mutual.example", headers=headers,
                                tls=self.context(shown), server_name=f"{name}.mutual.example")
        self.assertEqual(answer.status, 200)
        return {key.lower(): value for key, value in json.loads(answer.body)["headers"]}

    def assert_refused(self, name, shown=None):
        with self.assertRaises((OSError, client.Truncated)):
            self.ask(name, shown)

    def test_required_means_required(self):
        self.ask("required", self.known)
        self.assert_refused("required")

    def test_optional_lets_in_without_but_not_with_a_bad_one(self):
        self.assertNotIn("x-forwarded-client-cert", self.ask("optional"))
        self.assertIn("x-forwarded-client-cert", self.ask("optional", self.known))
        self.assert_refused("optional", self.foreign)

    def test_another_authority_does_not_count(self):
        self.assert_refused("required", self.foreign)

    def test_only_the_names_of_the_list_are_let_in(self):
        self.ask("named", self.known)
        self.assert_refused("named", self.other)

    def test_a_pin_of_the_certificate_or_of_its_key_must_fit(self):
        for name in ("pinned", "keyed"):
            with self.subTest(name):
                self.ask(name, self.known)
                self.assert_refused(name, self.other)

    def test_revoked_certificates_are_refused(self):
        self.ask("revoking", self.known)
        self.assert_refused("revoking", self.revoked)

    def test_unverified_certificates_are_asked_for_all_the_same(self):
        self.assertIn("x-forwarded-client-cert", self.ask("unverified", self.foreign))
        self.assert_refused("unverified")

    def test_the_origin_hears_whose_certificate_it_is(self):
        value = self.ask("required", self.known)["x-forwarded-client-cert"]
        pem = value.split('Cert="')[1].split('"')[0]
        self.assertEqual(urllib.parse.unquote(pem).strip(), self.known.certificate.strip())
        rest = value.replace(f'Cert="{pem}";', "")
        self.assertEqual(elements(rest), [("Hash", self.known.fingerprint), ("Subject", '"/CN=known"'),
                                          ("URI", "spiffe://mesh/known"), ("DNS", "known.example")])

    def test_what_a_client_claims_itself_is_removed(self):
        claim = ["X-Forwarded-Client-Cert: Hash=0;URI=spiffe://mesh/admin"]
        self.assertNotIn("x-forwarded-client-cert", self.ask("optional", headers=claim))
        self.assertNotIn("admin", self.ask("optional", self.known, claim)["x-forwarded-client-cert"])

    def test_a_resumed_connection_still_has_its_certificate(self):
        name = "required.mutual.example"
        context = self.context(self.known, maximum=ssl.TLSVersion.TLSv1_2)
        seen = []
        session = None
        for _ in range(2):
            with client.Client(self.edge.https) as connection:
                connection.socket = context.wrap_socket(connection.socket, server_hostname=name, session=session)
                connection.reader = client.Reader(connection.socket)
                answer = connection.request(host=name)
                session = connection.socket.session
                fields = {key.lower(): value for key, value in json.loads(answer.body)["headers"]}
                seen.append((connection.socket.session_reused, fields["x-forwarded-client-cert"]))
        self.assertEqual([reused for reused, _ in seen], [False, True])
        self.assertEqual(seen[0][1], seen[1][1])


class TwoCertificates(EdgeTest):
    def test_each_client_gets_the_one_that_it_can_check(self):
        pairs = {kind: certificate("two.example", kind=kind) for kind in ("ec", "rsa")}
        server = documents.https_server("two.example", credentialNames=["ec", "rsa"])
        edge = self.gateway(documents.gateway(server), documents.virtual_service(documents.to("origin")),
                            documents.service("origin", self.origin()),
                            *(documents.secret(kind, pair) for kind, pair in pairs.items()))
        for kind, ciphers in (("ec", "ECDHE-ECDSA-AES128-GCM-SHA256"), ("rsa", "ECDHE-RSA-AES128-GCM-SHA256")):
            with self.subTest(kind):
                context = client.tls_context(pairs[kind].certificate_file, maximum=ssl.TLSVersion.TLSv1_2)
                context.set_ciphers(ciphers)
                with client.Client(edge.https, tls=context, server_name="two.example") as connection:
                    der = connection.socket.getpeercert(binary_form=True)
                    self.assertEqual(hashlib.sha256(der).hexdigest(), pairs[kind].fingerprint)


class TowardsOrigins(EdgeTest):
    def serve_by(self, tls, *secrets, trusts=None, **entry):
        """A gateway whose origin demands a certificate of the authority `trusts`."""
        context = self.of_origin.server_context()
        if trusts:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(trusts.certificate_file)
        service = documents.service("origin", self.origin(tls=context))
        service["spec"].update(entry)
        rule = documents.resource("DestinationRule", "origin", {"host": "origin", "trafficPolicy": {"tls": tls}})
        return self.gateway(documents.gateway(), documents.virtual_service(documents.to("origin")), service, rule,
                            *secrets)

    def setUp(self):
        super().setUp()
        self.ca = Authority(f"origins-{self._testMethodName}")
        self.of_origin = self.ca.issue("origin", "DNS:origin.example", "URI:spiffe://mesh/origin")
        self.own = self.ca.issue("gateway")
        self.secret = secret("own", self.own, **{"ca.crt": self.ca.certificate})

    def test_mutual_shows_the_certificate_of_the_secret(self):
        tls = {"mode": "MUTUAL", "credentialName": "own", "sni": "origin.example"}
        edge = self.serve_by(tls, self.secret, trusts=self.ca)
        self.assertEqual(client.request(edge.http).status, 200)

    def test_without_one_such_an_origin_is_not_reached(self):
        tls = {"mode": "SIMPLE", "credentialName": "own", "sni": "origin.example"}
        edge = self.serve_by(tls, self.secret, trusts=self.ca)
        self.assertEqual(client.request(edge.http).status, 503)

    def test_a_name_of_the_service_entry_must_be_the_origins(self):
        tls = {"mode": "SIMPLE", "credentialName": "own", "sni": "elsewhere.example"}
        for names, status in ((["spiffe://mesh/origin"], 200), (["spiffe://mesh/another"], 503)):
            with self.subTest(names):
                edge = self.serve_by(tls, self.secret, subjectAltNames=names)
                self.assertEqual(client.request(edge.http).status, status)

    def test_a_revoked_origin_is_not_believed(self):
        revoking = secret("own", self.own, **{"ca.crt": self.ca.certificate,
                                              "ca.crl": self.ca.crl_without(self.of_origin)})
        edge = self.serve_by({"mode": "SIMPLE", "credentialName": "own", "sni": "origin.example"}, revoking)
        self.assertEqual(client.request(edge.http).status, 503)

    def test_mesh_certificates_are_not_replaced_by_none(self):
        edge = self.serve_by({"mode": "ISTIO_MUTUAL"})
        self.assertEqual(client.request(edge.http).status, 503)
        self.assertEqual(edge.await_log()[0]["response_code_details"], "mesh_certificates_missing")
