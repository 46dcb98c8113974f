"""What tests of tunnels share."""

import select
import socket

from harness import client
from harness.case import EdgeTest
from harness.queues import STILL
from harness.websocket import upgrade


def pour(to, size, stuck):
    """Sends so many bytes. `stuck` is set once nothing leaves any more for a while."""
    block = bytes(65536)
    while size:
        if not select.select([], [to], [], STILL)[1]:
            stuck.set()
            select.select([], [to], [])
        size -= to.send(block[:size], socket.MSG_DONTWAIT)


def swallow(reader):
    """Reads to the end; how much it was."""
    size = len(reader.buffer)
    reader.buffer = b""
    while reader.fill():
        size += len(reader.buffer)
        reader.buffer = b""
    return size


class Pieces:
    """A stream of HTTP/2 as harness.message.Reader wants a socket."""

    def __init__(self, stream):
        self.pieces = stream.body_pieces()

    def recv(self, _):
        return next(self.pieces, b"")


class TunnelTest(EdgeTest):
    def open(self, edge, *arguments, **keywords):
        """A client that has its 101."""
        connection = client.Client(edge.http)
        self.addCleanup(connection.close)
        connection.send(upgrade(*arguments, **keywords))
        answer = connection.response_head()
        self.assertEqual(answer.status, 101)
        return connection, answer
