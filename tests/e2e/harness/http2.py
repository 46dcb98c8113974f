"""An HTTP/2 client that sends whatever frames it is told to, sound or not, and remembers what came back."""

import select
import socket
import ssl
import time

import hpack

from harness.waiting import PATIENCE

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
ACK, END_STREAM, END_HEADERS, PADDED = 1, 1, 4, 8
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM = range(8)
CANCEL, COMPRESSION_ERROR, _, ENHANCE_YOUR_CALM = range(8, 12)
MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = 3, 4, 5  # of SETTINGS


def frame(kind, flags=0, stream=0, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def settings(values):
    return frame(SETTINGS, payload=b"".join(key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in values.items()))


def reset(stream, error=CANCEL):
    return frame(RST_STREAM, 0, stream, error.to_bytes(4, "big"))


def window_update(stream, size):
    return frame(WINDOW_UPDATE, 0, stream, size.to_bytes(4, "big"))


def data(stream, body=b"", end=False):
    """In frames of the size that every peer accepts."""
    parts = [body[at:at + 16384] for at in range(0, len(body), 16384)] or [b""]
    return b"".join(frame(DATA, END_STREAM if end and part is parts[-1] else 0, stream, part) for part in parts)


def block(fields):
    """Fields as HPACK literals: what no table on the other side has to remember."""
    literals = b""
    for name, value in fields:
        literals += b"\0"
        for text in (name, value):
            text = text.encode("latin-1") if isinstance(text, str) else text
            literals += number(len(text), 7) + text
    return literals


def number(value, bits):
    """RFC 7541 §5.1, with a prefix of zeros."""
    if value < (1 << bits) - 1:
        return bytes([value])
    out, value = [(1 << bits) - 1], value - (1 << bits) + 1
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def request(method="GET", path="/", authority="test.example", scheme="http", *extra):
    return [(":method", method), (":scheme", scheme), (":authority", authority), (":path", path), *extra]


def headers(stream, fields=None, end=True, flags=END_HEADERS):
    """A whole request without a body, unless told otherwise."""
    return frame(HEADERS, flags | (END_STREAM if end else 0), stream, block(request() if fields is None else fields))


class Stream:
    """What came of one request."""

    def __init__(self):
        self.head = None
        self.trailers = None
        self.size = 0
        self.body = b""
        self.is_complete = False
        self.error = None  # of its RST_STREAM

    @property
    def status(self):
        return int(dict(self.head)[":status"]) if self.head else None

    @property
    def is_over(self):
        return self.is_complete or self.error is not None


class Http2Peer:
    """One connection. By default it opens in good order and gives windows back for what it reads."""

    def __init__(self, port, opening=None, tls=None, server_name=None, receive_buffer=None, gives_credit=True):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            tls.set_alpn_protocols(["h2"])
            self.socket = tls.wrap_socket(self.socket, server_hostname=server_name)
        self.socket.setblocking(False)
        self.gives_credit = gives_credit
        self.held = set()  # streams whose windows are not opened again
        self.credit = {0: 65535}  # what we may send
        self.decoder = hpack.Decoder(max_header_list_size=1 << 20)
        self.block = b""  # of the head that is arriving
        self.buffer, self.outgoing = b"", b""
        self.streams = {}
        self.frames = dict.fromkeys(range(10), 0)  # how many of each kind came
        self.settings = {}  # that came
        self.goaway = None  # the error of the last one
        self.is_closed = False
        self.can_send = True
        self.next_stream = 1
        self.send(PREFACE + settings({}) + frame(SETTINGS, ACK) if opening is None else opening)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def __getitem__(self, stream):
        return self.streams.setdefault(stream, Stream())

    def open(self, fields=None, body=None, end=True, and_then=lambda stream: b""):
        """Sends a request, and in the same breath what `and_then` makes of its stream's number; returns that."""
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        self.send(headers(stream, fields, end=end and body is None) +
                  (b"" if body is None else data(stream, body, end)) + and_then(stream))
        return stream

    def get(self, **fields):
        """One request and its answer."""
        stream = self.open(request(**fields))
        self.wait(lambda: self[stream].is_over)
        return self[stream]

    def ping(self):
        """There and back."""
        seen = self.frames[PING]
        self.send(frame(PING, payload=bytes(8)))
        self.wait(lambda: self.frames[PING] > seen)

    def send(self, data):
        """Sends all of it, reading what comes in the meantime. Ends early when the gateway has closed."""
        self.outgoing += data
        self.wait(lambda: not self.outgoing or not self.can_send)

    def flood(self, pieces):
        """The same for more than one wants to have in memory, until the gateway says GOAWAY or closes."""
        for piece in pieces:
            if self.is_ended():
                return
            self.send(piece)

    def is_ended(self):
        return self.goaway is not None or self.is_closed

    def wait(self, condition, patience=PATIENCE):
        """Reads (and sends what is left to send) until the condition holds or the connection is closed; returns it."""
        deadline = time.monotonic() + patience
        while not condition():
            if self.is_closed:
                return condition()
            left = deadline - time.monotonic()
            assert left > 0, f"did not happen within {patience:g} s; frames so far: {self.frames}, GOAWAY: {self.goaway}"
            has_pending = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()
            wants = [self.socket] if self.outgoing and self.can_send else []
            ready, writable, _ = ([self.socket], [], []) if has_pending else select.select([self.socket], wants, [], left)
            if ready:
                self.read()
            if writable:
                self.write()
        return True

    def credit_of(self, stream):
        return self.credit.get(stream, self.settings.get(INITIAL_WINDOW_SIZE, 65535))

    def upload(self, sizes, until=lambda: False):
        """Sends bodies of these sizes at the same time, within the windows, in small parts of each; `sizes` counts down."""
        may_send = lambda stream: min(16384, sizes[stream], self.credit_of(stream), self.credit[0])
        while sizes and not until():
            self.wait(lambda: until() or any(may_send(stream) > 0 for stream in sizes))
            for stream in list(sizes):
                size = may_send(stream)
                if size <= 0:
                    continue
                sizes[stream] -= size
                self.credit[stream] = self.credit_of(stream) - size
                self.credit[0] -= size
                self.send(frame(DATA, END_STREAM if sizes[stream] == 0 else 0, stream, bytes(size)))
                if sizes[stream] == 0:
                    del sizes[stream]

    def wait_closed(self):
        """Reads to the end of the connection; returns the error of the GOAWAY before it."""
        self.wait(lambda: self.is_closed)
        return self.goaway

    def write(self):
        try:
            self.outgoing = self.outgoing[self.socket.send(self.outgoing[:65536]):]
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        except OSError:
            self.can_send = False  # there may still be something to read

    def read(self):
        try:
            received = self.socket.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError:
            received = b""
        if not received:
            self.is_closed, self.can_send = True, False
        self.buffer += received
        at = 0
        while len(self.buffer) - at >= 9:
            size = int.from_bytes(self.buffer[at:at + 3], "big")
            if len(self.buffer) - at < 9 + size:
                break
            header, payload = self.buffer[at:at + 9], self.buffer[at + 9:at + 9 + size]
            self.on_frame(header[3], header[4], int.from_bytes(header[5:9], "big"), payload)
            at += 9 + size
        self.buffer = self.buffer[at:]

    def on_frame(self, kind, flags, number_, payload):
        self.frames[kind] = self.frames.get(kind, 0) + 1
        if kind == SETTINGS:
            self.settings |= {int.from_bytes(payload[at:at + 2], "big"): int.from_bytes(payload[at + 2:at + 6], "big")
                              for at in range(0, len(payload), 6)}
        if kind == WINDOW_UPDATE:
            self.credit[number_] = self.credit_of(number_) + int.from_bytes(payload, "big")
        if kind == GOAWAY:
            self.goaway = int.from_bytes(payload[4:8], "big")
        if kind == RST_STREAM:
            self[number_].error = int.from_bytes(payload, "big")
        if kind in (HEADERS, CONTINUATION):
            self.block += payload
        if kind in (HEADERS, CONTINUATION) and flags & END_HEADERS:
            fields, self.block = self.decoder.decode(self.block), b""
            if self[number_].head is None or self[number_].status < 200:
                self[number_].head = fields
            else:
                self[number_].trailers = fields
        if kind == DATA:
            self[number_].size += len(payload)
            self[number_].body = self[number_].body + payload if self[number_].size <= 65536 else b""
            if payload and self.gives_credit:
                self.outgoing += window_update(0, len(payload))
            if payload and self.gives_credit and number_ not in self.held:
                self.outgoing += window_update(number_, len(payload))
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            self[number_].is_complete = True
