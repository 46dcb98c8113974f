"""Clients: one that sends exact bytes and reads strictly, and one for TLS."""

import socket
import ssl
import struct

from harness.message import Reader, Truncated, accept_of, parse_response
from harness.waiting import PATIENCE


class Streamed:
    """One request under way, with a body in chunks: the same to use as harness.h2_client.H2Stream."""

    def __init__(self, client, method):
        self.client, self.method = client, method

    def write(self, data, end=False):
        if data:
            self.client.send(b"%x\r\n%s\r\n" % (len(data), data))
        if end:
            self.end()

    def end(self, trailers=()):
        self.client.send("\r\n".join(["0", *trailers, "", ""]))

    def abort(self):
        self.client.reset()

    def response_head(self):
        self.head = self.client.response_head()
        return self.head

    def body_pieces(self):
        return self.client.body_pieces(self.head, self.method)

    def response(self):
        return self.client.response(self.method)


class Tunnel:
    """A connection that was upgraded: bytes without frames of HTTP, the same to use as harness.h2_client.H2Stream."""

    def __init__(self, client):
        self.client = client

    def write(self, data):
        self.client.send(data)

    def end(self):
        self.client.finish()

    def body_pieces(self):
        reader = self.client.reader
        while reader.buffer or reader.fill():
            piece, reader.buffer = reader.buffer, b""
            yield piece


class Client:
    """A connection to the gateway."""

    def __init__(self, port, tls=None, server_name=None, address="127.0.0.1", receive_buffer=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            self.socket.connect((address, port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls:
                self.socket = tls.wrap_socket(self.socket, server_hostname=server_name)
        except BaseException:
            self.socket.close()
            raise
        self.reader = Reader(self.socket)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def begin_tls(self, context, server_name):
        """For those that connect first and shake hands later."""
        self.socket = context.wrap_socket(self.socket, server_hostname=server_name)
        self.reader = Reader(self.socket)

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def finish(self):
        """Half-close: nothing more will be sent."""
        self.socket.shutdown(socket.SHUT_WR)

    def response_head(self):
        """The next final head; 1xx heads are gathered in `interim`."""
        interim = []
        while True:
            head = self.reader.head()
            if head is None:
                raise Truncated("the gateway closed without an answer")
            response = parse_response(head)
            if response.status >= 200 or response.status == 101:
                response.interim = interim
                return response
            interim.append(response)

    def body_pieces(self, response, method="GET"):
        if method == "HEAD" or response.status in (101, 204, 304):
            return
        if response.framing:
            yield from self.reader.body_pieces(response)
            return
        response.closes = True
        while self.reader.buffer or self.reader.fill():
            yield self.reader.buffer
            self.reader.buffer = b""

    def response(self, method="GET"):
        response = self.response_head()
        response.body = b"".join(self.body_pieces(response, method))
        if "close" in (response.get("connection") or "").lower():
            response.closes = True
        return response

    def request(self, method="GET", target="/", host="test.example", headers=(), body=None):
        """Sends one request and reads its answer. `body` bytes go with a Content-Length."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b""))
        return self.response(method)

    def open(self, method="GET", target="/", host="test.example", headers=(), end=False):
        """Sends a head; unless it is the end, a body in chunks follows."""
        framing = [] if end else ["Transfer-Encoding: chunked"]
        self.send("\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {host}", *framing, *headers, "", ""]))
        return Streamed(self, method)

    def tunnel(self, target="/", host="test.example", protocol="websocket"):
        """(the answer's head, the tunnel when that was 101)."""
        key = "dGhlIHNhbXBsZSBub25jZQ=="
        self.send("\r\n".join([f"GET {target} HTTP/1.1", f"Host: {host}", "Connection: Upgrade", f"Upgrade: {protocol}",
                                f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]))
        head = self.response_head()
        if head.status == 101:
            assert head.get("sec-websocket-accept") == accept_of(key), head.fields
        return head, Tunnel(self)

    def rest(self):
        """Everything up to the end of the stream, a reset counting as one."""
        try:
            while self.reader.fill():
                pass
        except ConnectionError:
            pass
        return self.reader.buffer

    def is_closed(self):
        """Waits for the gateway to close; false when it sends something instead."""
        try:
            return not self.reader.fill()
        except ConnectionError:
            return True

    def close(self):
        self.socket.close()

    def reset(self):
        """RST: the client is gone. A mere close looks like a half-close until something is sent to it."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def request(port, method="GET", target="/", host="test.example", headers=(), body=None, **connection):
    with Client(port, **connection) as client:
        return client.request(method, target, host, headers, body)


def raw(port, data, **connection):
    """Sends exact bytes, then reads to the end of the stream."""
    with Client(port, **connection) as client:
        try:
            client.send(data)
        except ConnectionError:
            pass  # refused half-way: the answer is what counts
        return client.rest()


def tls_context(certificate_file, minimum=None, maximum=None):
    """Trusts exactly this certificate."""
    context = ssl.create_default_context(cafile=certificate_file)
    if minimum:
        context.minimum_version = minimum
    if maximum:
        context.maximum_version = maximum
    return context
