"""One HTTP/2 connection for tests, of either end: python3-h2 is the protocol, strictly; this moves its bytes.

One thread a session owns the socket; everybody else changes the state under `changed` and wakes it up. What h2 cannot
do after a GOAWAY (go on with the streams that were accepted) happens here, on whole frames before h2 sees them.
"""

import collections
import select
import socket
import ssl
import struct
import threading
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
from h2.errors import ErrorCodes
from hyperframe.frame import GoAwayFrame

from harness.message import Fields
from harness.waiting import PATIENCE

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PING, GOAWAY, ACK = 6, 7, 1
UNSENT = 256 << 10  # who writes more than this waits for the socket
SETTINGS = h2.settings.SettingCodes


class Gone(ConnectionError):
    """The stream, or its connection, was ended by the peer. `code` is the peer's error code when it gave one."""

    def __init__(self, what, code=None):
        super().__init__(f"{what}, code {code}")
        self.code = code


class Frames:
    """Cuts the bytes of a peer into whole frames; a client's preface counts as a part of its first frame."""

    def __init__(self, preface):
        self.skip, self.buffer = preface, b""

    def feed(self, data):
        self.buffer += data
        while len(self.buffer) >= self.skip + 9:
            size = self.skip + 9 + int.from_bytes(self.buffer[self.skip:self.skip + 3], "big")
            if len(self.buffer) < size:
                return
            frame, self.buffer = self.buffer[:size], self.buffer[size:]
            head, self.skip = frame[self.skip:], 0
            yield head[3], head[4], head[9:], frame


def split(fields):
    """(pseudo-headers, the others)."""
    pairs = [(str(name), str(value)) for name, value in fields]
    return ({name: value for name, value in pairs if name.startswith(":")},
            Fields(pair for pair in pairs if not pair[0].startswith(":")))


class Stream:
    """What arrived on a stream so far, and the means to send on it."""

    def __init__(self, session, number):
        self.session, self.number = session, number
        self.heads = collections.deque()  # (pseudo-headers, fields), as yet unread
        self.pieces = collections.deque()  # (bytes, what they take of the window), as yet unread
        self.trailers = Fields()
        self.has_ended = False  # the peer's side
        self.reset_code = None  # the peer's

    def check(self):
        if self.reset_code is not None:
            raise Gone(f"stream {self.number} reset", self.reset_code)
        if not self.session.is_open:
            raise Gone(f"connection ended: {self.session.end}", self.session.goaway and self.session.goaway[1])

    def head(self):
        with self.session.changed:
            self.session.wait(lambda: self.heads or self.check(), f"a head on stream {self.number}")
            return self.heads.popleft()

    def body_pieces(self):
        """Data as it comes, to its end. The peer's window opens by what is taken here."""
        while True:
            with self.session.changed:
                self.session.wait(lambda: self.pieces or self.has_ended or self.check(), f"data on stream {self.number}")
                if not self.pieces:
                    return
                piece, size = self.pieces.popleft()
                self.session.acknowledge(size, self.number)
            if piece:  # not only padding
                yield piece

    def send_head(self, fields, end=False):
        with self.session.changed:
            self.check()
            self.session.h2.send_headers(self.number, fields, end_stream=end)
            self.session.flush()

    def window(self):
        return self.session.h2.local_flow_control_window(self.number)

    def write(self, data, end=False):
        """Returns when everything was given to the socket or is about to be: flow control is obeyed."""
        session, view = self.session, memoryview(data)
        while view or end:
            with session.changed:
                session.wait(lambda: self.check() or (len(session.unsent) < UNSENT and (not view or self.window() > 0)),
                             f"window for stream {self.number}")
                size = min(len(view), self.window(), session.h2.max_outbound_frame_size)
                is_last = end and size == len(view)
                session.h2.send_data(self.number, bytes(view[:size]), end_stream=is_last)
                session.flush()
            view = view[size:]
            end = end and not is_last

    def end(self, trailers=()):
        if trailers:
            self.send_head(list(trailers), end=True)
        else:
            self.write(b"", end=True)

    def reset(self, code=ErrorCodes.CANCEL):
        with self.session.changed:
            if self.session.is_open and self.reset_code is None:
                self.session.h2.reset_stream(self.number, code)
                self.session.flush()

    def await_reset(self):
        """The code with which the peer gave the stream up; Gone when it closed the connection instead."""
        with self.session.changed:
            self.session.wait(lambda: self.reset_code is not None or self.check(), f"a reset of stream {self.number}")
            return self.reset_code


class Session:
    """`on_stream(stream)` is called for each stream that the peer opens, in the session's thread."""

    def __init__(self, connected, is_client, settings=None, window=None, on_stream=None, answers_pings=True):
        self.socket, self.on_stream, self.answers_pings = connected, on_stream, answers_pings
        self.changed = threading.Condition(threading.RLock())
        config = h2.config.H2Configuration(client_side=is_client, header_encoding="latin-1")
        self.h2 = h2.connection.H2Connection(config)
        values = {SETTINGS.MAX_CONCURRENT_STREAMS: 1000, **(settings or {})}
        self.h2.local_settings = h2.settings.Settings(client=is_client, initial_values=values)
        self.frames = Frames(0 if is_client else len(PREFACE))
        self.streams = {}
        self.unsent = bytearray()
        self.pings = 0  # that the peer sent and wants answered
        self.pongs = 0  # answers to ours
        self.goaway = None  # (last stream, code, text) of the peer
        self.last_accepted = None  # once a GOAWAY of ours was sent
        self.malformed = None  # what was wrong with the peer's frames
        self.is_open, self.is_frozen, self.is_ending, self.has_finished = True, False, False, False
        self.end = None  # how it ended
        self.socket.setblocking(False)
        self.waker, self.woken = socket.socketpair()
        self.waker.setblocking(False)
        self.h2.initiate_connection()
        if window and window > 65535:
            self.h2.increment_flow_control_window(window - 65535)
        self.unsent += self.h2.data_to_send()

    def start(self):
        threading.Thread(target=self.run, daemon=True).start()
        return self

    # For everybody, with `changed` held.

    def wait(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not (result := condition()):
            if not self.changed.wait(deadline - time.monotonic()) and time.monotonic() > deadline:
                raise AssertionError(f"did not happen within {PATIENCE:g} s: {what}")
        return result

    def flush(self):
        self.unsent += self.h2.data_to_send()
        self.wake()

    def wake(self):
        try:
            self.waker.send(b"w")
        except (BlockingIOError, OSError):
            pass  # it is awake, or gone

    def acknowledge(self, size, number):
        if size and self.is_open:
            self.h2.acknowledge_received_data(size, number)
            self.flush()

    # For everybody.

    def open(self, fields, end=False):
        with self.changed:
            number = self.h2.get_next_available_stream_id()
            stream = self.streams[number] = Stream(self, number)
            stream.send_head(fields, end)
            return stream

    def ping(self, data=b"12345678"):
        with self.changed:
            self.h2.ping(data)
            self.flush()

    def send_goaway(self, last_stream=None, code=ErrorCodes.NO_ERROR):
        """Streams beyond `last_stream` (default: the newest) are ignored from now on, the others go on."""
        with self.changed:
            if last_stream is None:
                last_stream = max(self.streams, default=0)
            self.last_accepted = last_stream
            self.unsent += GoAwayFrame(0, last_stream, code).serialize()
            self.wake()

    def freeze(self, is_frozen=True):
        """Reads nothing until it is thawed."""
        with self.changed:
            self.is_frozen = is_frozen
            self.wake()

    def close(self):
        """Sends what is left and half-closes; the peer ends the connection."""
        with self.changed:
            self.is_ending = True
            self.wake()

    def reset(self):
        """RST: gone at once."""
        with self.changed:
            if self.is_open:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.finish("reset by us")
                self.wake()

    # In the session's thread.

    def run(self):
        poll = select.poll()
        poll.register(self.woken, select.POLLIN)
        try:
            while self.is_open:
                with self.changed:
                    wanted = (0 if self.is_frozen else select.POLLIN) | (select.POLLOUT if self.has_output() else 0)
                    poll.register(self.socket, wanted)
                for fd, what in poll.poll():
                    if fd == self.woken.fileno():
                        self.woken.recv(4096)
                    elif self.is_frozen and what & (select.POLLHUP | select.POLLERR):
                        self.finish("lost while frozen")
                with self.changed:
                    if self.is_open:
                        self.step()
        except (OSError, ValueError) as what:
            self.finish(repr(what))
        finally:
            self.finish("thread ended")
            self.socket.close()
            self.waker.close()
            self.woken.close()

    def has_output(self):
        return self.unsent or (self.is_ending and not self.has_finished)

    def step(self):
        self.send()
        if not self.is_frozen:
            self.receive()
        self.send()
        self.changed.notify_all()

    def send(self):
        try:
            while self.unsent:
                del self.unsent[:self.socket.send(self.unsent[:65536])]
            if self.is_ending and not self.has_finished:
                self.has_finished = True
                socket.socket.shutdown(self.socket, socket.SHUT_WR)  # an SSLSocket's own would read ciphertext afterwards
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass

    def receive(self):
        try:
            while data := self.socket.recv(65536):  # to the last byte: of what TLS holds poll does not tell
                for frame in self.frames.feed(data):
                    self.receive_frame(*frame)
            self.finish("closed by the peer")
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except h2.exceptions.ProtocolError as what:
            self.malformed = f"{type(what).__name__}: {what}"
            self.unsent += self.h2.data_to_send()
            self.send()
            self.finish("malformed")
        self.unsent += self.h2.data_to_send()

    def receive_frame(self, kind, flags, payload, frame):
        if kind == PING and not flags & ACK:
            self.pings += 1
            if not self.answers_pings:
                return
        if kind == GOAWAY:
            self.goaway = (*struct.unpack("!LL", payload[:8]), payload[8:])
            return
        for event in self.h2.receive_data(frame):
            self.note(event)

    def note(self, event):
        number = getattr(event, "stream_id", None)
        if isinstance(event, h2.events.RequestReceived):
            if self.last_accepted is not None and number > self.last_accepted:
                return
            self.streams[number] = Stream(self, number)
        if isinstance(event, h2.events.PingAckReceived):
            self.pongs += 1
        stream = self.streams.get(number)
        if isinstance(event, h2.events.DataReceived) and stream is None:
            self.h2.acknowledge_received_data(event.flow_controlled_length, number)
        if stream is None:
            return
        if isinstance(event, (h2.events.RequestReceived, h2.events.ResponseReceived, h2.events.InformationalResponseReceived)):
            stream.heads.append(split(event.headers))
        elif isinstance(event, h2.events.TrailersReceived):
            stream.trailers = split(event.headers)[1]
        elif isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
            stream.pieces.append((event.data, event.flow_controlled_length))
        elif isinstance(event, h2.events.StreamEnded):
            stream.has_ended = True
        elif isinstance(event, h2.events.StreamReset) and event.remote_reset:
            stream.reset_code = event.error_code
        if isinstance(event, h2.events.RequestReceived):
            self.on_stream(stream)

    def finish(self, how):
        with self.changed:
            if self.is_open:
                self.is_open, self.end = False, how
            self.changed.notify_all()
