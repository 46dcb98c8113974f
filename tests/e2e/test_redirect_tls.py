"""Redirect to HTTPS, the choice of certificates by name, versions, resumption, reload of certificates."""

import hashlib
import socket
import ssl
import subprocess
import threading
import warnings

from harness import client, documents
from harness.case import EdgeTest, SharedEdgeTest
from harness.certificates import certificate
from harness.waiting import PATIENCE

warnings.filterwarnings("ignore", category=DeprecationWarning)  # old TLS versions are asked for on purpose


def presented(port, server_name, **versions):
    """The SHA-256 of the certificate that the gateway shows for a name, and the version agreed on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    for key, value in versions.items():
        setattr(context, key, value)
    with client.Client(port, tls=context, server_name=server_name) as connection:
        der = connection.socket.getpeercert(binary_form=True)
        return hashlib.sha256(der).hexdigest(), connection.socket.version()


class Redirect(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        origin = stage.origin()
        cls.edge = stage.gateway(
            documents.gateway(documents.http_server("secure.example", "bare.example", redirect=True),
                              documents.http_server("plain.example"),
                              documents.https_server("secure.example", "bare.example", credential="cert")),
            documents.virtual_service(documents.to("origin"), hosts=["secure.example", "plain.example"]),
            documents.service("origin", origin),
            documents.secret("cert", certificate("secure.example", "bare.example")))

    def location(self, host, target="/", method="GET"):
        answer = client.request(self.edge.http, method, target, host=host)
        self.assertEqual(answer.status, 301)
        self.assertEqual(answer.body, b"")
        return answer.get("location")

    def test_names_the_port_at_which_https_is_reachable(self):
        self.assertEqual(self.location("secure.example"), f"https://secure.example:{self.edge.https}/")

    def test_replaces_the_port_that_the_client_sent(self):
        expected = f"https://secure.example:{self.edge.https}/"
        self.assertEqual(self.location(f"secure.example:{self.edge.http}"), expected)
        self.assertEqual(self.location("secure.example:80"), expected)

    def test_keeps_path_and_query(self):
        self.assertEqual(self.location("secure.example", "/a/b?c=d&e=%20"),
                         f"https://secure.example:{self.edge.https}/a/b?c=d&e=%20")

    def test_answers_every_method(self):
        for method in ("HEAD", "POST", "DELETE"):
            with self.subTest(method):
                self.assertIn(str(self.edge.https), self.location("secure.example", method=method))

    def test_a_request_for_the_server_itself_has_no_path_to_keep(self):
        location = self.location("secure.example", "*", "OPTIONS")
        self.assertIn(location.removeprefix(f"https://secure.example:{self.edge.https}"), ("", "/"))

    def test_needs_no_virtual_service(self):
        self.assertEqual(self.location("bare.example"), f"https://bare.example:{self.edge.https}/")

    def test_leaves_other_hosts_on_the_port_alone(self):
        self.assertEqual(client.request(self.edge.http, host="plain.example").status, 200)

    def test_keeps_the_connection(self):
        with client.Client(self.edge.http) as connection:
            for _ in range(3):
                self.assertEqual(connection.request(host="secure.example").status, 301)

    def test_curl_follows_it(self):
        secure = certificate("secure.example", "bare.example").certificate_file
        done = subprocess.run(
            ["curl", "-sS", "-L", "--cacert", secure, "-o", "/dev/null", "-w", "%{http_code} %{scheme}",
             "--resolve", f"secure.example:{self.edge.http}:127.0.0.1",
             "--resolve", f"secure.example:{self.edge.https}:127.0.0.1",
             f"http://secure.example:{self.edge.http}/x"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stdout.lower(), "200 https", done.stderr)


class ServerNames(SharedEdgeTest):
    @classmethod
    def set_stage(cls, stage):
        origin = stage.origin()
        cls.exact = certificate("a.names.example")
        cls.wildcard = certificate("*.names.example")
        cls.strict = certificate("strict.example")
        cls.files = certificate("files.example", kind="rsa")
        cls.edge = stage.gateway(
            documents.gateway(
                documents.https_server("*.names.example", credential="wildcard"),
                documents.https_server("a.names.example", credential="exact"),
                documents.https_server("strict.example", credential="strict", minProtocolVersion="TLSV1_3"),
                documents.https_server("files.example", serverCertificate=cls.files.certificate_file,
                                       privateKey=cls.files.key_file)),
            documents.virtual_service(documents.to("origin")), documents.service("origin", origin),
            documents.secret("exact", cls.exact), documents.secret("wildcard", cls.wildcard),
            documents.secret("strict", cls.strict))

    def assert_refused(self, name, **versions):
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            presented(self.edge.https, name, **versions)

    def test_an_exact_name_beats_a_wildcard(self):
        self.assertEqual(presented(self.edge.https, "a.names.example")[0], self.exact.fingerprint)
        self.assertEqual(presented(self.edge.https, "b.names.example")[0], self.wildcard.fingerprint)

    def test_names_ignore_case(self):
        self.assertEqual(presented(self.edge.https, "A.Names.EXAMPLE")[0], self.exact.fingerprint)

    def test_a_wildcard_covers_deeper_names_but_not_its_own_suffix(self):
        self.assertEqual(presented(self.edge.https, "x.y.names.example")[0], self.wildcard.fingerprint)
        self.assert_refused("names.example")

    def test_an_unknown_name_is_refused(self):
        self.assert_refused("unknown.example")

    def test_no_name_is_refused(self):
        self.assert_refused(None)

    def test_certificates_come_from_files_too(self):
        self.assertEqual(presented(self.edge.https, "files.example")[0], self.files.fingerprint)

    def test_tls_1_2_and_1_3_are_served(self):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            with self.subTest(name):
                agreed = presented(self.edge.https, "a.names.example", minimum_version=version, maximum_version=version)
                self.assertEqual(agreed[1], name)

    def test_tls_1_1_is_refused(self):
        self.assert_refused("a.names.example", minimum_version=ssl.TLSVersion.TLSv1,
                            maximum_version=ssl.TLSVersion.TLSv1_1)

    def test_a_server_may_demand_tls_1_3(self):
        self.assert_refused("strict.example", maximum_version=ssl.TLSVersion.TLSv1_2)
        self.assertEqual(presented(self.edge.https, "strict.example")[1], "TLSv1.3")

    def test_a_host_of_another_server_is_not_served_on_this_connection(self):
        context = client.tls_context(self.exact.certificate_file)
        answer = client.request(self.edge.https, host="files.example", tls=context, server_name="a.names.example")
        self.assertIn(answer.status, (404, 421))

    def test_alpn_agrees_on_http_1_1(self):
        context = client.tls_context(self.exact.certificate_file)
        context.set_alpn_protocols(["h2-made-up", "http/1.1"])
        with client.Client(self.edge.https, tls=context, server_name="a.names.example") as connection:
            self.assertEqual(connection.socket.selected_alpn_protocol(), "http/1.1")
            self.assertEqual(connection.request(host="a.names.example").status, 200)

    def test_tls_1_2_sessions_resume(self):
        context = client.tls_context(self.exact.certificate_file, maximum=ssl.TLSVersion.TLSv1_2)
        with client.Client(self.edge.https, tls=context, server_name="a.names.example") as connection:
            session = connection.socket.session
        plain = socket.create_connection(("127.0.0.1", self.edge.https), PATIENCE)
        with context.wrap_socket(plain, server_hostname="a.names.example", session=session) as again:
            self.assertTrue(again.session_reused)

    def test_tls_1_3_sessions_resume_with_openssl(self):
        kept = self.edge.folder / "session"
        base = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.edge.https}", "-servername", "a.names.example",
                "-tls1_3", "-ign_eof"]
        ask = "GET / HTTP/1.1\r\nHost: a.names.example\r\nConnection: close\r\n\r\n"
        first = subprocess.run([*base, "-sess_out", str(kept)], input=ask, capture_output=True, text=True, timeout=60)
        self.assertIn("HTTP/1.1 200", first.stdout)
        second = subprocess.run([*base, "-sess_in", str(kept)], input=ask, capture_output=True, text=True, timeout=60)
        self.assertIn("Reused, TLSv1.3", second.stdout)
        self.assertIn("HTTP/1.1 200", second.stdout)

    def test_a_ticket_of_one_server_does_not_open_another(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with client.Client(self.edge.https, tls=context, server_name="a.names.example") as connection:
            session = connection.socket.session
        plain = socket.create_connection(("127.0.0.1", self.edge.https), PATIENCE)
        with context.wrap_socket(plain, server_hostname="files.example", session=session) as again:
            self.assertFalse(again.session_reused)

    def test_plain_text_on_the_tls_port_is_dropped(self):
        answer = client.raw(self.edge.https, b"GET / HTTP/1.1\r\nHost: a.names.example\r\n\r\n")
        self.assertNotIn(b"HTTP/1.1 200", answer)


class Endings(EdgeTest):
    """A body without framing ends with its connection: only close_notify says that it is whole."""

    def ending(self, origin):
        """What an HTTP/1.0 client gets, and whether close_notify comes after it."""
        trusted = certificate("tls.example")
        edge = self.gateway(documents.gateway(documents.https_server("tls.example", credential="cert")),
                            documents.virtual_service(documents.to("origin")), documents.service("origin", origin),
                            documents.secret("cert", trusted))
        context = client.tls_context(trusted.certificate_file)
        with client.Client(edge.https, tls=context, server_name="tls.example") as connection:
            connection.socket.suppress_ragged_eofs = False
            connection.send("GET / HTTP/1.0\r\nHost: tls.example\r\n\r\n")
            reader = connection.reader
            answer = reader.head() + reader.until(b"hello")
            self.arrived.set()
            try:
                while reader.fill():
                    pass
                return answer + reader.buffer, True
            except (ssl.SSLError, ConnectionError):
                return answer + reader.buffer, False

    def assert_ending(self, ends, is_whole):
        answer, was_whole = self.ending(self.origin_that(ends))
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"\r\n\r\nhello"), answer)
        self.assertEqual(was_whole, is_whole)

    def origin_that(self, ends):
        self.arrived = threading.Event()

        def answer(exchange):
            exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
            self.arrived.wait(60)
            ends(exchange)
        return self.origin(answer)

    def test_a_whole_body_ends_with_close_notify(self):
        self.assert_ending(lambda exchange: exchange.send(b"0\r\n\r\n"), is_whole=True)

    def test_a_body_that_the_origin_reset_does_not(self):
        self.assert_ending(lambda exchange: exchange.reset(), is_whole=False)

    def test_a_body_that_the_origin_cut_short_does_not(self):
        self.assert_ending(lambda exchange: exchange.close(), is_whole=False)


class Handshakes(EdgeTest):
    def secure(self, settings=None, **fields):
        self.certificate = certificate("tls.example")
        origin = self.origin()
        self.documents = [documents.gateway(documents.https_server("tls.example", credential="cert")),
                          documents.virtual_service(documents.to("origin")), documents.service("origin", origin)]
        return self.gateway(*self.documents, documents.secret("cert", self.certificate), settings=settings, **fields)

    def test_a_hello_in_single_bytes_is_understood(self):
        edge = self.secure()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = client.tls_context(self.certificate.certificate_file).wrap_bio(incoming, outgoing,
                                                                             server_hostname="tls.example")
        with client.Client(edge.https) as connection:
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    for byte in outgoing.read():
                        connection.send(bytes([byte]))
                    incoming.write(connection.socket.recv(65536))
            tls.write(b"GET / HTTP/1.1\r\nHost: tls.example\r\n\r\n")
            connection.send(outgoing.read())
            answer = b""
            while b"\r\n\r\n" not in answer:
                incoming.write(connection.socket.recv(65536))
                try:
                    answer += tls.read(65536)
                except ssl.SSLWantReadError:
                    pass
        self.assertTrue(answer.startswith(b"HTTP/1.1 200"), answer)

    def test_half_handshakes_are_given_up_and_leak_nothing(self):
        edge = self.secure({"limits": {"tls_handshake_timeout": "300ms"}})
        connections = [client.Client(edge.https) for _ in range(200)]
        for connection in connections[::2]:
            connection.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        for connection in connections:
            connection.rest()  # returns because the gateway closes
            connection.close()

    def test_garbage_instead_of_a_hello_is_dropped(self):
        edge = self.secure()
        for garbage in (b"\0" * 1000, b"\xff" * 20000, b"\x16\x03\x01\xff\xff" + b"\0" * 70000, b"\x15\x03\x01\0\2\2\0"):
            client.raw(edge.https, garbage)
        context = client.tls_context(self.certificate.certificate_file)
        self.assertEqual(client.request(edge.https, host="tls.example", tls=context, server_name="tls.example").status, 200)

    def test_a_reload_swaps_the_certificate_and_drops_no_connection(self):
        edge = self.secure()
        renewed = certificate("tls.example", serial=2)
        before = client.tls_context(self.certificate.certificate_file)
        with client.Client(edge.https, tls=before, server_name="tls.example") as connection:
            self.assertEqual(connection.request(host="tls.example").status, 200)
            edge.write([*self.documents, documents.secret("cert", renewed)])
            self.assertTrue(edge.reload())
            self.assertEqual(connection.request(host="tls.example").status, 200)
        self.assertEqual(presented(edge.https, "tls.example")[0], renewed.fingerprint)

    def test_sessions_survive_a_reload(self):
        edge = self.secure()
        context = client.tls_context(self.certificate.certificate_file, maximum=ssl.TLSVersion.TLSv1_2)
        with client.Client(edge.https, tls=context, server_name="tls.example") as connection:
            session = connection.socket.session
        self.assertTrue(edge.reload())
        plain = socket.create_connection(("127.0.0.1", edge.https), PATIENCE)
        with context.wrap_socket(plain, server_hostname="tls.example", session=session) as again:
            self.assertTrue(again.session_reused)

    def test_a_reload_with_a_key_that_does_not_fit_keeps_the_old_certificate(self):
        edge = self.secure()
        other = certificate("other.example")
        edge.write([*self.documents, documents.secret("cert", self.certificate, key=other.key)])
        self.assertFalse(edge.reload())
        self.assertEqual(presented(edge.https, "tls.example")[0], self.certificate.fingerprint)
