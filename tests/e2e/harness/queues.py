"""An answer whose end is stuck in the gateway: the kernel's buffers towards the client are full to the brim."""

import socket
import struct
import threading
import time

PIECE = 16384  # less than what the gateway takes in although it cannot send
STILL = 0.5  # seconds after which bytes that have not moved are stuck

# linux/inet_diag.h: a question about one connection, of which the answer has what waits to be read and to be sent.
HEADER = struct.Struct("=LHHLL")
QUESTION = struct.Struct("=BBBxL 2s2s 4s12x4s12x L8s")
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST = 4, 20, 1
QUEUES_AT = HEADER.size + 4 + 48 + 4


def queues(diagnosis, local, remote):
    """(unread, unsent) bytes of the connection between two ports of 127.0.0.1; zeros when there is none."""
    here, there = (port.to_bytes(2, "big") for port in (local, remote))
    loopback = socket.inet_aton("127.0.0.1")
    question = QUESTION.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0xffffffff, here, there, loopback, loopback, 0,
                             b"\xff" * 8)
    diagnosis.send(HEADER.pack(HEADER.size + len(question), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0) + question)
    answer = diagnosis.recv(65536)
    is_known = HEADER.unpack_from(answer)[1] == SOCK_DIAG_BY_FAMILY
    return struct.unpack_from("=LL", answer, QUEUES_AT) if is_known else (0, 0)


class Overfilling:
    """Handler: answers piece by piece until one does not leave the gateway any more, and ends the answer there."""

    def __init__(self):
        self.ports = None
        self.size = 0  # of the body so far
        self.ended = threading.Event()

    def watch(self, edge_port, connection):
        """Tells which client will not read; before that the answer does not begin."""
        self.ports = edge_port, connection.socket.getsockname()[1]

    def __call__(self, exchange):
        exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as diagnosis:
            while self.has_left(diagnosis):
                exchange.send(b"%x\r\n%s\r\n" % (PIECE, b"o" * PIECE))
                self.size += PIECE
        exchange.send(b"0\r\n\r\n")
        self.ended.set()

    def has_left(self, diagnosis):
        """Whether all of the body so far has left the gateway: the kernel has it, at one end or the other."""
        edge, client = self.ports
        deadline = time.monotonic() + STILL
        while queues(diagnosis, edge, client)[1] + queues(diagnosis, client, edge)[0] < self.size:
            if time.monotonic() > deadline:
                return False
        return True
