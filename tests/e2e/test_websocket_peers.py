"""WebSocket as npm's `ws` speaks it, client and server: messages of all sizes, PING and PONG, close codes, refusals."""

from harness import documents
from harness.case import EdgeTest
from harness.certificates import certificate
from harness.peer import run_client

EXPECTED = {
    "echo": {"ponged": "ponged hi", "answers": ["text", "ü€", ""], "same": True, "pong": "from the client",
             "closed": [4001, "by the client"]},
    "large": True, "many": {"isInOrder": True, "closed": [1000, ""]}, "parallel": True,
    "burst": {"closed": [1000, "done"], "count": 1000}, "close": [4002, "by-the-server"], "protocol": "chat",
    "refused": [403, "no"], "vanished": 1006,
    "seen": {"upgrade": "websocket", "vanished": True, "byClient": [4001, "by the client"]}}


class Direct(EdgeTest):
    """Without a gateway: what fails here is no fault of it."""

    def test_client_and_server_understand_each_other(self):
        self.assertEqual(run_client("ws_client.js", self.peer("ws_server.js").port), EXPECTED)
        made = certificate("ws.example")
        origin = self.peer("ws_server.js", made.certificate_file, made.key_file)
        self.assertEqual(run_client("ws_client.js", origin.port, "ws.example", made.certificate_file), EXPECTED)


class Through(EdgeTest):
    def test_in_clear(self):
        edge = self.serve_origins(self.peer("ws_server.js"))
        self.assertEqual(run_client("ws_client.js", edge.http), EXPECTED)

    def test_over_tls_on_both_sides(self):
        made = certificate("ws.example")
        edge = self.gateway(
            documents.gateway(documents.https_server("ws.example", credential="ws")), documents.secret("ws", made),
            documents.virtual_service(documents.to("ws.example")), documents.tls_to("ws.example", made),
            documents.service("ws.example", self.peer("ws_server.js", made.certificate_file, made.key_file)))
        self.assertEqual(run_client("ws_client.js", edge.https, "ws.example", made.certificate_file), EXPECTED)
