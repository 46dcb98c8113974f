"""An origin that speaks HTTP/2: the same handlers as harness.origin, plus what only HTTP/2 can do.

In clear it expects prior knowledge; with `tls` (a context that offers "h2") it serves who chose h2 by ALPN.
"""

import ssl
import threading

from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError

from harness import origin
from harness.h2_session import Session
from harness.message import Request, parse_lines
from harness.waiting import eventually


class H2Request(Request):
    """What harness.message.Request is for HTTP/1, and its stream."""

    def __init__(self, stream):
        self.stream, (self.pseudo, fields) = stream, stream.head()
        super().__init__(b"", self.pseudo.get(":method"), self.pseudo.get(":path"), None, fields)
        self.protocol = self.pseudo.get(":protocol")

    @property
    def authority(self):
        return self.pseudo.get(":authority")


class H2Exchange(origin.Exchange):
    @property
    def stream(self):
        return self.request.stream

    @property
    def is_refused(self):
        accepted = self.connection.session.last_accepted
        return accepted is not None and self.stream.number > accepted

    def body_pieces(self):
        yield from self.stream.body_pieces()
        self.request.trailers = self.stream.trailers

    def interim(self, status, headers=(), reason=None):
        self.begin(status, headers)

    def begin(self, status=200, headers=(), length=None, reason=None):
        lengths = [] if length is None else [("content-length", str(length))]
        self.stream.send_head([(":status", str(status)), *lengths, *parse_lines(headers)])

    def write(self, piece):
        self.stream.write(piece)

    def end(self, trailers=()):
        self.stream.end(parse_lines(trailers))

    def respond(self, status=200, body=b"", headers=(), reason=None, trailers=()):
        body = body.encode() if isinstance(body, str) else body
        has_body = body and self.request.method != "HEAD"
        fields = [(":status", str(status)), ("content-length", str(len(body))), *parse_lines(headers)]
        self.stream.send_head(fields, end=not has_body and not trailers)
        if has_body:
            self.stream.write(body, end=not trailers)
        if trailers:
            self.end(trailers)

    def accept_tunnel(self):
        assert (self.request.method, self.request.protocol) == ("CONNECT", "websocket"), self.request
        self.begin(200)

    def cancel(self, code=ErrorCodes.INTERNAL_ERROR):
        """RST_STREAM: only this answer is given up."""
        self.stream.reset(code)

    def await_cancel(self):
        """The code with which the gateway gave this request up."""
        return self.stream.await_reset()


class H2Connection:
    def __init__(self, origin, accepted, number):
        self.origin, self.socket, self.number = origin, accepted, number
        self.requests = []
        self.session = None
        self.is_closed = False

    @property
    def received(self):
        return b""  # the frames are the session's

    @property
    def malformed(self):
        return self.session and self.session.malformed

    @property
    def is_open(self):
        return self.session.is_open if self.session else not self.is_closed

    def serve(self):
        try:
            if self.origin.tls:
                self.socket = self.origin.tls.wrap_socket(self.socket, server_side=True)
                if self.socket.selected_alpn_protocol() != "h2":
                    raise OSError("the client did not choose h2")
        except OSError:
            self.is_closed = True
            self.socket.close()
            return
        session = Session(self.socket, False, self.origin.settings, self.origin.window, self.begin, self.origin.answers_pings)
        self.session = session
        if self.is_closed:  # meanwhile
            session.close()
        session.run()

    def begin(self, stream):
        request = H2Request(stream)
        number = self.origin.note(self, request)
        threading.Thread(target=self.answer, args=(request, number), daemon=True).start()

    def answer(self, request, number):
        try:
            self.origin.answer(self, request, number)
        except (OSError, ssl.SSLError, ProtocolError):
            pass  # the stream or its connection is gone, by the gateway's will or the handler's

    def goaway(self, last_stream=None, code=ErrorCodes.NO_ERROR):
        """`last_stream=0` refuses everything; by default what has come goes on and what comes later is refused."""
        self.session.send_goaway(last_stream, code)

    def close(self):
        """After what is queued."""
        self.is_closed = True
        if self.session:
            self.session.close()

    def reset(self):
        self.session.reset()


class H2Origin(origin.Origin):
    """`settings` are SETTINGS to announce, `window` is the connection's, `answers_pings` is for keep-alive tests."""

    connection_type = H2Connection
    exchange_type = H2Exchange

    def __init__(self, handler=None, name="origin", port=0, tls=None, settings=None, window=1 << 20, answers_pings=True):
        self.settings, self.window, self.answers_pings = settings, window, answers_pings
        super().__init__(handler, name, port, tls)

    @property
    def pings(self):
        return sum(connection.session.pings for connection in self.connections if connection.session)

    def open_connections(self):
        return [connection for connection in self.connections if connection.session and connection.is_open]

    def await_pings(self, count):
        eventually(lambda: self.pings >= count, f"{count} PINGs at {self.name}")
