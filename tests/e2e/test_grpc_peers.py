"""gRPC as its two implementations speak it: Debian's python3-grpcio and npm's @grpc/grpc-js, clients and servers."""

from harness import documents
from harness.case import EdgeTest
from harness.certificates import certificate
from harness.peer import run_client

EXPECTED = {
    "unary": {"answer": "hello", "initial": "some text", "echo": "\0\1\xfe\xff", "deadline": "known", "code": 0},
    "large": {"size": 5 << 20, "same": True}, "server_stream": True, "client_stream": "200 messages, 200000 bytes", "bidi": True,
    "parallel": True, "fail": {"code": 9, "details": "no: 100% ü", "why": "asked to"}, "unknown": 12,
    "deadline": 4, "cancel": {"first": "started", "code": 1}, "cancelled": 2}


class Direct(EdgeTest):
    """Without a gateway: what fails here is no fault of it."""

    def test_each_implementation_understands_the_other(self):
        made = certificate("grpc.example")
        for server, client in (("grpc_server.py", "grpc_client.js"), ("grpc_server.js", "grpc_client.py")):
            with self.subTest(server):
                origin = self.peer(server, made.certificate_file, made.key_file)
                self.assertEqual(run_client(client, origin.port, "grpc.example", made.certificate_file), EXPECTED)


class Through(EdgeTest):
    def call(self, client, server, is_secure):
        """A client that speaks to the gateway as the gateway speaks to the server: in clear, or over TLS."""
        made = certificate("grpc.example")
        files = (made.certificate_file, made.key_file) if is_secure else ()
        edge = self.gateway(
            documents.gateway(documents.http_server("*"), documents.https_server("grpc.example", credential="grpc")),
            documents.virtual_service(documents.to("grpc.example")), documents.secret("grpc", made),
            documents.service("grpc.example", self.peer(server, *files), protocol="GRPC"),
            *([documents.tls_to("grpc.example", made)] if is_secure else []))
        return run_client(client, *((edge.https, "grpc.example", made.certificate_file) if is_secure else (edge.http,)))

    def test_python_in_clear(self):
        self.assertEqual(self.call("grpc_client.py", "grpc_server.py", is_secure=False), EXPECTED)

    def test_python_and_node_over_tls(self):
        self.assertEqual(self.call("grpc_client.py", "grpc_server.js", is_secure=True), EXPECTED)

    def test_node_in_clear(self):
        self.assertEqual(self.call("grpc_client.js", "grpc_server.js", is_secure=False), EXPECTED)

    def test_node_and_python_over_tls(self):
        self.assertEqual(self.call("grpc_client.js", "grpc_server.py", is_secure=True), EXPECTED)
