"""An origin that does what a test tells it, and remembers the exact bytes it received.

A test gives it a handler, called for each request with (exchange): see Exchange. Without one every request is answered
with 200 and a JSON description of itself. harness/behaviours.py has handlers for the usual misdeeds.
"""

import json
import socket
import struct
import threading

from harness.message import Malformed, Reader, Truncated, accept_of, parse_request
from harness.waiting import eventually


class Exchange:
    """One request on one connection, and the means to answer it."""

    is_refused = False  # by a GOAWAY: it must not be answered

    def __init__(self, origin, connection, request, number):
        self.origin, self.connection, self.request = origin, connection, request
        self.number = number  # of the request on its connection, from 0
        self.is_chunked = self.is_tunnel = False

    def read_body(self):
        self.request.body = b"".join(self.body_pieces())
        return self.request.body

    def drain_body(self):
        """Reads the body without keeping it; returns its size."""
        return sum(len(piece) for piece in self.body_pieces())

    def send(self, data):
        self.connection.socket.sendall(data)

    # What follows has the same meaning in HTTP/2 (harness/h2_origin.py).

    def body_pieces(self):
        """The body as it comes; then the request's trailers are known."""
        reader = self.connection.reader
        return self.raw_pieces(reader) if self.is_tunnel else reader.body_pieces(self.request)

    def raw_pieces(self, reader):
        while reader.buffer or reader.fill():
            piece, reader.buffer = reader.buffer, b""
            yield piece

    def accept_tunnel(self):
        """From now on the body is what comes through the tunnel, and so is the answer."""
        assert self.request.fields.get("upgrade", "").lower() == "websocket", self.request.fields
        self.is_tunnel = True
        accept = accept_of(self.request.fields.get("sec-websocket-key"))
        self.send("\r\n".join(["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket",
                               f"Sec-WebSocket-Accept: {accept}", "", ""]).encode())

    def interim(self, status, headers=(), reason="Early"):
        self.send("\r\n".join([f"HTTP/1.1 {status} {reason}", *headers, "", ""]).encode("latin-1"))

    def begin(self, status=200, headers=(), length=None, reason="OK"):
        """The head of an answer whose body comes by `write` and `end`."""
        self.is_chunked = length is None
        framing = "Transfer-Encoding: chunked" if self.is_chunked else f"Content-Length: {length}"
        self.send("\r\n".join([f"HTTP/1.1 {status} {reason}", framing, *headers, "", ""]).encode("latin-1"))

    def write(self, piece):
        self.send(b"%x\r\n%s\r\n" % (len(piece), piece) if self.is_chunked else piece)

    def end(self, trailers=()):
        if self.is_tunnel:
            self.close()
        elif self.is_chunked:
            self.send("\r\n".join(["0", *trailers, "", ""]).encode("latin-1"))

    def cancel(self):
        """Gives this answer up: all that HTTP/1 has for it is the end of the connection."""
        self.reset()

    def await_cancel(self):
        """Returns when the gateway gave this request up: all that HTTP/1 has for it is the end of the connection."""
        while self.connection.reader.fill():
            pass

    def respond(self, status=200, body=b"", headers=(), reason="OK"):
        body = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body)}", *headers, "", ""]
        self.send("\r\n".join(lines).encode("latin-1") + (b"" if self.request.method == "HEAD" else body))

    def describe(self):
        """The default answer: what arrived here."""
        request = self.request
        body = {"origin": self.origin.name, "method": request.method, "target": request.target,
                "headers": [list(field) for field in request.fields], "body": request.body.decode("latin-1"),
                "trailers": [list(field) for field in request.trailers], "connection": self.connection.number}
        self.respond(200, json.dumps(body), ["Content-Type: application/json"])

    def close(self):
        self.connection.close()

    def reset(self):
        self.connection.reset()


class Connection:
    def __init__(self, origin, accepted, number):
        self.origin, self.socket, self.number = origin, accepted, number
        self.reader = Reader(accepted)
        self.requests = []
        self.malformed = None  # what was wrong with the bytes, when something was
        self.is_open = True

    @property
    def received(self):
        return bytes(self.reader.received)

    def close(self):
        if self.is_open:
            self.is_open = False
            try:
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self.socket.close()

    def reset(self):
        """RST instead of FIN."""
        self.is_open = False
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def begin_tls(self, context):
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.reader = Reader(self.socket)

    def serve(self):
        try:
            if self.origin.tls:
                self.begin_tls(self.origin.tls)
            while self.is_open:
                head = self.reader.head()
                if head is None:
                    break
                request = parse_request(head)
                self.origin.answer(self, request, self.origin.note(self, request))
        except Malformed as what:
            self.malformed = str(what)
        except (Truncated, OSError, ValueError):
            pass  # the gateway went away, or the handler closed
        finally:
            if self.is_open:
                self.close()


class Origin:
    """Listens on a free port of 127.0.0.1; one thread per connection. `tls` is a server's ssl.SSLContext."""

    connection_type = Connection
    exchange_type = Exchange

    def __init__(self, handler=None, name="origin", port=0, tls=None):
        self.handler, self.name, self.tls = handler, name, tls
        self.connections = []
        self.requests = []  # of all connections, in the order of their arrival
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                connection = self.connection_type(self, accepted, len(self.connections))
                self.connections.append(connection)
            threading.Thread(target=connection.serve, daemon=True).start()

    def note(self, connection, request):
        """The request's number on its connection."""
        with self.lock:
            connection.requests.append(request)
            self.requests.append(request)
            return len(connection.requests) - 1

    def answer(self, connection, request, number):
        exchange = self.exchange_type(self, connection, request, number)
        if self.handler:
            self.handler(exchange)
        else:
            exchange.read_body()
            exchange.describe()

    @property
    def received(self):
        """Every byte that arrived, connection by connection."""
        with self.lock:
            return [connection.received for connection in self.connections if connection.received]

    @property
    def offences(self):
        with self.lock:
            return [connection.malformed for connection in self.connections if connection.malformed]

    def await_requests(self, count):
        eventually(lambda: len(self.requests) >= count, f"{count} requests at {self.name}")
        return self.requests

    def close_connections(self):
        with self.lock:
            connections = list(self.connections)
        for connection in connections:
            connection.close()

    def stop(self):
        """Refuses connections from now on and closes those that are open."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.close_connections()
