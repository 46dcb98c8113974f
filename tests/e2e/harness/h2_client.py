"""A client for HTTP/2 in clear (prior knowledge) or over TLS: strict about what it gets, patient, windows under control."""

import socket

from h2.errors import ErrorCodes

from harness.h2_session import SETTINGS, Session
from harness.message import Response, parse_lines
from harness.waiting import PATIENCE


class H2Stream:
    """One request under way. Bytes that nobody reads keep the gateway's window closed."""

    def __init__(self, stream, method):
        self.stream, self.method = stream, method

    def write(self, data, end=False):
        self.stream.write(data, end)

    def end(self, trailers=()):
        """Nothing but these "Name: value" trailers follows."""
        self.stream.end(parse_lines(trailers))

    def reset(self, code=ErrorCodes.CANCEL):
        self.stream.reset(code)

    def abort(self):
        self.reset()

    def await_reset(self):
        return self.stream.await_reset()

    def response_head(self):
        """The next final head; 1xx heads are gathered in `interim`."""
        interim = []
        while True:
            pseudo, fields = self.stream.head()
            response = Response(b"", int(pseudo[":status"]), "", None, fields)
            if response.status >= 200:
                response.interim = interim
                self.head = response
                return response
            interim.append(response)

    def body_pieces(self):
        """To the end; then the head's `trailers` are known."""
        yield from self.stream.body_pieces()
        self.head.trailers = self.stream.trailers

    def response(self):
        """The answer to its end; harness.h2_session.Gone when it has none."""
        response = self.response_head()
        response.body = b"".join(self.body_pieces())
        return response


class H2Client:
    """A connection. `settings` are SETTINGS to announce; `window` is the connection's, from 65535 on."""

    def __init__(self, port, tls=None, server_name=None, settings=None, window=1 << 20, address="127.0.0.1"):
        self.scheme = "https" if tls else "http"
        connected = socket.create_connection((address, port), PATIENCE)
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls:
                connected = tls.wrap_socket(connected, server_hostname=server_name)
                assert connected.selected_alpn_protocol() == "h2", connected.selected_alpn_protocol()
        except BaseException:
            connected.close()
            raise
        values = {SETTINGS.ENABLE_PUSH: 0, **(settings or {})}
        self.session = Session(connected, True, values, window).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.reset()

    def open(self, method="GET", target="/", host="test.example", headers=(), end=False, protocol=None):
        """Sends a head. `protocol` makes it an extended CONNECT (RFC 8441)."""
        pseudo = [(":method", method), (":scheme", self.scheme), (":path", target), (":authority", host)]
        if protocol:
            pseudo.append((":protocol", protocol))
        return H2Stream(self.session.open([*pseudo, *parse_lines(headers)], end), method)

    def request(self, method="GET", target="/", host="test.example", headers=(), body=None, trailers=()):
        """Sends one request and reads its answer. A body goes with a content-length, unless trailers follow it: HTTP/1
        has room for them behind chunks only."""
        if body is not None and not trailers:
            headers = [*headers, f"content-length: {len(body)}"]
        stream = self.open(method, target, host, headers, end=body is None and not trailers)
        if body:
            stream.write(body, end=not trailers)
        if trailers or body == b"":
            stream.end(trailers)
        return stream.response()

    def tunnel(self, target="/", host="test.example", headers=(), protocol="websocket"):
        """(the answer's head, the stream as a tunnel), once the server's SETTINGS allow extended CONNECT."""
        allows = lambda: self.session.h2.remote_settings.enable_connect_protocol
        with self.session.changed:
            self.session.wait(allows, "SETTINGS_ENABLE_CONNECT_PROTOCOL")
        stream = self.open("CONNECT", target, host, ["sec-websocket-version: 13", *headers], protocol=protocol)
        return stream.response_head(), stream

    def ping(self):
        self.session.ping()

    @property
    def goaway(self):
        """(last stream, code, text) that the server sent, or None."""
        return self.session.goaway

    def await_close(self):
        """How the connection ended."""
        with self.session.changed:
            self.session.wait(lambda: not self.session.is_open, "the end of the connection")
            return self.session.end

    def close(self):
        self.session.close()

    def reset(self):
        self.session.reset()
