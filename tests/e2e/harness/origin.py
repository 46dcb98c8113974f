"""An origin that does what a test tells it, and remembers the exact bytes it received.

A test gives it a handler, called for each request with (exchange): see Exchange. Without one every request is answered
with 200 and a JSON description of itself. harness/behaviours.py has handlers for the usual misdeeds.
"""

import json
import socket
import struct
import threading

from harness.message import Malformed, Reader, Truncated, parse_request
from harness.waiting import eventually


class Exchange:
    """One request on one connection, and the means to answer it."""

    def __init__(self, origin, connection, request, number):
        self.origin, self.connection, self.request = origin, connection, request
        self.number = number  # of the request on its connection, from 0

    def read_body(self):
        self.request.body = b"".join(self.connection.reader.body_pieces(self.request))
        return self.request.body

    def drain_body(self):
        """Reads the body without keeping it; returns its size."""
        return sum(len(piece) for piece in self.connection.reader.body_pieces(self.request))

    def send(self, data):
        self.connection.socket.sendall(data)

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

    def serve(self):
        try:
            while self.is_open:
                head = self.reader.head()
                if head is None:
                    break
                request = parse_request(head)
                self.origin.note(self, request)
                self.origin.answer(self, request)
        except Malformed as what:
            self.malformed = str(what)
        except (Truncated, OSError, ValueError):
            pass  # the gateway went away, or the handler closed
        finally:
            if self.is_open:
                self.close()


class Origin:
    """Listens on a free port of 127.0.0.1; one thread per connection."""

    def __init__(self, handler=None, name="origin", port=0):
        self.handler, self.name = handler, name
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
                connection = Connection(self, accepted, len(self.connections))
                self.connections.append(connection)
            threading.Thread(target=connection.serve, daemon=True).start()

    def note(self, connection, request):
        with self.lock:
            connection.requests.append(request)
            self.requests.append(request)

    def answer(self, connection, request):
        exchange = Exchange(self, connection, request, len(connection.requests) - 1)
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
