"""WebSocket as raw clients and origins speak it (RFC 6455), and upgrades to anything else."""

import os
import struct

from harness.message import accept_of as accept

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
GOING_AWAY = 1001


def upgrade(protocol="websocket", target="/chat", method="GET", headers=()):
    """A request that wants to leave HTTP."""
    lines = [f"{method} {target} HTTP/1.1", "Host: test.example", "Connection: Upgrade", f"Upgrade: {protocol}"]
    if protocol == "websocket":
        lines += [f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13"]
    return "\r\n".join([*lines, *headers, "", ""]).encode()


def frame(payload, opcode=TEXT, masked=False, final=True):
    payload = payload.encode() if isinstance(payload, str) else payload
    size, bit = len(payload), 0x80 if masked else 0
    head = bytes([(0x80 if final else 0) | opcode])
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += struct.pack("!BH", bit | 126, size)
    else:
        head += struct.pack("!BQ", bit | 127, size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def close(status=1000, masked=False):
    return frame(struct.pack("!H", status), CLOSE, masked)


class Frame:
    def __init__(self, opcode, masked, payload):
        self.opcode, self.masked, self.payload = opcode, masked, payload

    @property
    def status(self):
        """Of a Close frame."""
        return struct.unpack("!H", self.payload[:2])[0]

    def __repr__(self):
        return f"<{self.opcode} {self.payload[:40]!r}>"


def read_frame(reader):
    """The next frame; None at the end of the stream between two frames. harness.message.Truncated inside of one."""
    if not reader.buffer and not reader.fill():
        return None
    take = lambda size: b"".join(reader.pieces(size))
    first, second = take(2)
    size, masked = second & 0x7F, bool(second & 0x80)
    if size == 126:
        size, = struct.unpack("!H", take(2))
    elif size == 127:
        size, = struct.unpack("!Q", take(8))
    mask = take(4) if masked else bytes(4)
    payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(take(size)))
    return Frame(first & 0x0F, masked, payload)


def switch(exchange, extra=b"", proof=None):
    """The origin's 101, with `extra` in the same packet."""
    protocol = exchange.request.fields.get("upgrade")
    lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", f"Upgrade: {protocol}"]
    key = exchange.request.fields.get("sec-websocket-key")
    if key:
        lines.append(f"Sec-WebSocket-Accept: {proof or accept(key)}")
    exchange.send("\r\n".join([*lines, "", ""]).encode() + extra)


def echo_frames(exchange):
    """A WebSocket server that sends every message back, and answers Close with Close."""
    switch(exchange)
    while (got := read_frame(exchange.connection.reader)) is not None:
        exchange.send(frame(got.payload, got.opcode))
        if got.opcode == CLOSE:
            break
    exchange.close()


def echo_bytes(exchange):
    """Sends back whatever comes, to its end."""
    switch(exchange)
    reader = exchange.connection.reader
    while reader.buffer or reader.fill():
        exchange.send(reader.buffer)
        reader.buffer = b""
    exchange.close()
