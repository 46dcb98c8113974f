"""A strict reader of HTTP/1.1 messages, used for what the gateway sends to both sides.

Strict is the point: whatever it refuses, some origin or client would read differently from another one.
"""

import base64
import hashlib
import re

TOKEN = re.compile(rb"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
REQUEST_LINE = re.compile(rb"^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP/1\.([01])$")
STATUS_LINE = re.compile(rb"^HTTP/1\.([01]) ([1-9][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)$")
VALUE = re.compile(rb"^[\t\x20-\x7e\x80-\xff]*$")
CHUNK_SIZE = re.compile(rb"^[0-9A-Fa-f]{1,16}$")


class Malformed(Exception):
    """The bytes are not a message that everybody reads in the same way."""


class Truncated(Exception):
    """The peer closed in the middle of a message."""


class Fields(list):
    """Header fields in their order: (name, value) pairs, as text."""

    def all(self, name):
        return [value for key, value in self if key.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def __contains__(self, name):
        return bool(self.all(name))


def parse_lines(lines):
    """"Name: value" texts as (lower-case name, value), which is how HTTP/2 wants them."""
    pairs = [line.partition(":") for line in lines]
    return [(name.lower(), value.strip()) for name, _, value in pairs]


def parse_fields(lines):
    fields = Fields()
    for line in lines:
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t")
        if not colon or not TOKEN.match(name) or not VALUE.match(value):
            raise Malformed(f"header line {line!r}")
        fields.append((name.decode(), value.decode("latin-1")))
    return fields


def split_head(head):
    """Lines of a head that ends in an empty line. Only CRLF ends a line."""
    lines = head[:-4].split(b"\r\n")
    for line in lines:
        if b"\r" in line or b"\n" in line or b"\0" in line:
            raise Malformed(f"line {line!r}")
    return lines


def accept_of(key):
    """The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (RFC 6455 §4.2.2)."""
    return base64.b64encode(hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()


def framing(fields):
    """('length', n), ('chunked', None) or None."""
    lengths, codings = fields.all("content-length"), fields.all("transfer-encoding")
    if lengths and codings:
        raise Malformed("content-length together with transfer-encoding")
    if len(lengths) > 1 or len(codings) > 1:
        raise Malformed("framing fields repeated")
    if codings:
        if codings[0].lower() != "chunked":
            raise Malformed(f"transfer-encoding {codings[0]!r}")
        return "chunked", None
    if lengths:
        if not re.fullmatch("[0-9]{1,19}", lengths[0]):
            raise Malformed(f"content-length {lengths[0]!r}")
        return "length", int(lengths[0])
    return None


class Request:
    def __init__(self, raw, method, target, minor, fields):
        self.raw, self.method, self.target, self.minor, self.fields = raw, method, target, minor, fields
        self.framing = framing(fields)
        self.body = b""
        self.trailers = Fields()

    @property
    def authority(self):
        return self.fields.get("host")

    def __repr__(self):
        return f"<{self.method} {self.target}>"


def parse_request(head):
    lines = split_head(head)
    match = REQUEST_LINE.match(lines[0])
    if not match:
        raise Malformed(f"request line {lines[0]!r}")
    fields = parse_fields(lines[1:])
    if len(fields.all("host")) != 1:
        raise Malformed(f"{len(fields.all('host'))} Host fields")
    method, target, minor = match[1].decode(), match[2].decode(), int(match[3])
    return Request(head, method, target, minor, fields)


class Response:
    def __init__(self, raw, status, reason, minor, fields):
        self.raw, self.status, self.reason, self.minor, self.fields = raw, status, reason, minor, fields
        self.framing = framing(fields)
        self.body = b""
        self.trailers = Fields()
        self.interim = []  # 1xx answers that came before
        self.closes = False  # nothing can follow on this connection

    def __repr__(self):
        return f"<{self.status} {self.body[:60]!r}>"

    def get(self, name, default=None):
        return self.fields.get(name, default)


def parse_response(head):
    lines = split_head(head)
    match = STATUS_LINE.match(lines[0])
    if not match:
        raise Malformed(f"status line {lines[0]!r}")
    return Response(head, int(match[2]), match[3].decode("latin-1"), int(match[1]), parse_fields(lines[1:]))


class Reader:
    """Takes messages off a socket-like object; everything it received stands in `received` (bounded)."""

    KEEP = 1 << 20

    def __init__(self, connection):
        self.connection = connection
        self.buffer = b""
        self.received = bytearray()
        self.total = 0

    def fill(self):
        """False at the end of the stream. A reset is told by ConnectionError."""
        data = self.connection.recv(65536)
        self.total += len(data)
        if len(self.received) < self.KEEP:
            self.received += data
        self.buffer += data
        return bool(data)

    def until(self, end):
        start = 0
        while (at := self.buffer.find(end, start)) < 0:
            start = max(0, len(self.buffer) - len(end))
            if not self.fill():
                raise Truncated(self.buffer)
        at += len(end)
        taken, self.buffer = self.buffer[:at], self.buffer[at:]
        return taken

    def head(self):
        """A head including its empty line; None when the peer closed before the first byte."""
        if not self.buffer and not self.fill():
            return None
        return self.until(b"\r\n\r\n")

    def pieces(self, size):
        """`size` bytes of a body as they come, without gathering them."""
        while size:
            if not self.buffer and not self.fill():
                raise Truncated(b"")
            piece, self.buffer = self.buffer[:size], self.buffer[size:]
            size -= len(piece)
            yield piece

    def chunks(self, message):
        while True:
            line = self.until(b"\r\n")[:-2]
            if not CHUNK_SIZE.match(line):
                raise Malformed(f"chunk size {line!r}")
            size = int(line, 16)
            if size == 0:
                break
            yield from self.pieces(size)
            if self.until(b"\r\n") != b"\r\n":
                raise Malformed("chunk does not end where its size says")
        lines = []
        while (line := self.until(b"\r\n")) != b"\r\n":
            lines.append(line[:-2])
        message.trailers = parse_fields(lines)

    def body_pieces(self, message):
        """The body of a request, or of a response whose framing says where it ends."""
        if message.framing is None:
            return
        kind, length = message.framing
        yield from (self.pieces(length) if kind == "length" else self.chunks(message))
