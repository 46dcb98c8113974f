"""HTTP/2 requests that must not reach an origin. Everything that an attacker would smuggle contains the word `smuggled`."""

from harness import http2

GOOD = [(":method", "GET"), (":scheme", "http"), (":authority", "test.example"), (":path", "/smuggled")]


def but(**pseudo):
    """The good request with other pseudo-headers; None leaves one out."""
    fields = [(name, pseudo.get(name[1:], value)) for name, value in GOOD]
    return [(name, value) for name, value in fields if value is not None]


def plus(*fields):
    return GOOD + list(fields)


# Name of the case → fields of a request without a body.
HEADS = {
    "connection": plus(("connection", "close")),
    "connection that names a field": plus(("connection", "x-smuggled"), ("x-smuggled", "a")),
    "keep-alive": plus(("keep-alive", "timeout=5")),
    "proxy-connection": plus(("proxy-connection", "keep-alive")),
    "transfer-encoding": plus(("transfer-encoding", "chunked")),
    "transfer-encoding, obscured": plus(("transfer-encoding", " chunked")),
    "upgrade": plus(("upgrade", "h2c")),
    "http2-settings": plus(("http2-settings", "AAMAAABkAAQAAP__")),
    "te other than trailers": plus(("te", "gzip")),
    "te with more than trailers": plus(("te", "trailers, deflate")),
    "no method": but(method=None),
    "no scheme": but(scheme=None),
    "no path": but(path=None),
    "no authority and no host": but(authority=None),
    "an empty method": but(method=""),
    "an empty path": but(path=""),
    "an empty authority": but(authority=""),
    "two methods": [(":method", "POST"), *GOOD],
    "two schemes": [(":scheme", "https"), *GOOD],
    "two paths": [(":path", "/"), *GOOD],
    "two authorities": [(":authority", "other.example"), *GOOD],
    "a pseudo-header after a field": [*GOOD[:3], ("x-a", "b"), GOOD[3]],
    "an unknown pseudo-header": [(":smuggled", "a"), *GOOD],
    "the pseudo-header of an answer": [(":status", "200"), *GOOD],
    "a protocol without CONNECT": [*GOOD, (":protocol", "websocket")],
    "an upper-case name": plus(("X-Smuggled", "a")),
    "an empty name": plus(("", "smuggled")),
    "a space in a name": plus(("x smuggled", "a")),
    "a colon in a name": plus(("x:smuggled", "a")),
    "a line break in a name": plus(("x\r\nsmuggled", "a")),
    "NUL in a name": plus(("x\0smuggled", "a")),
    "no ASCII in a name": plus((b"x-\xff", "smuggled")),
    "an underscore in a name": plus(("content_length", "5")),
    "CR LF in a value": plus(("x-a", "b\r\nx-smuggled: c")),
    "LF in a value": plus(("x-a", "b\nx-smuggled: c")),
    "CR in a value": plus(("x-a", "b\rx-smuggled: c")),
    "NUL in a value": plus(("x-a", "b\0smuggled")),
    "a control character in a value": plus(("x-a", "b\x01smuggled")),
    "DEL in a value": plus(("x-a", "b\x7fsmuggled")),
    "a space before a value": plus(("x-a", " smuggled")),
    "a space after a value": plus(("x-a", "smuggled ")),
    "a tab after a value": plus(("x-a", "smuggled\t")),
    "CR LF in a cookie": plus(("cookie", "a=b\r\nx-smuggled: c")),
    "another host": plus(("host", "smuggled.example")),
    "two hosts": but(authority=None) + [("host", "test.example"), ("host", "smuggled.example")],
    "credentials in the authority": but(authority="smuggled@test.example"),
    "a list as the authority": but(authority="test.example,smuggled.example"),
    "a port that is none": but(authority="test.example:smuggled"),
    "a space in the authority": but(authority="test.example smuggled"),
    "CR LF in the authority": but(authority="test.example\r\nx-smuggled: a"),
    "a slash in the authority": but(authority="test.example/smuggled"),
    "credentials in host": but(authority=None) + [("host", "smuggled@test.example")],
    "a fragment": but(path="/smuggled#fragment"),
    "no ASCII in the path": but(path=b"/smuggled\xc3\xa9"),
    "a space in the path": but(path="/smuggled HTTP/1.1"),
    "CR LF in the path": but(path="/ HTTP/1.1\r\nx-smuggled: a"),
    "NUL in the path": but(path="/smuggled\0"),
    "a path without a slash": but(path="smuggled"),
    "an absolute path": but(path="http://smuggled.example/"),
    "an asterisk for GET": but(path="*"),
    "a space in the method": but(method="GET /smuggled"),
    "CR LF in the method": but(method="GET / HTTP/1.1\r\nx-smuggled: a\r\n\r\nGET"),
    "TRACE": but(method="TRACE"),
    "CONNECT": [(":method", "CONNECT"), (":authority", "smuggled.example:443")],
    "CONNECT with a path": but(method="CONNECT"),
    "another scheme": but(scheme="ftp"),
    "a scheme with a space": but(scheme="http smuggled"),
    "CR LF in the scheme": but(scheme="http\r\nx-smuggled: a"),
    "a length without a body": plus(("content-length", "5")),
    "a signed length": plus(("content-length", "+0")),
    "a negative length": plus(("content-length", "-1")),
    "a list of lengths": plus(("content-length", "0, 0")),
    "a length that is no number": plus(("content-length", "0x0")),
    "two lengths": plus(("content-length", "0"), ("content-length", "5")),
    "an enormous length": plus(("content-length", "9" * 30)),
}

# Name of the case → fields of the head of a POST, and frames that make it unsound once an origin may have seen the head.
BODIES = {
    "fewer bytes than announced": ([("content-length", "10")], lambda n: http2.data(n, b"abc", end=True)),
    "more bytes than announced": ([("content-length", "3")], lambda n: http2.data(n, b"abcdef", end=True)),
    "more bytes than announced, in parts": ([("content-length", "3")],
                                            lambda n: http2.data(n, b"abc") + http2.data(n, b"GET /smuggled HTTP/1.1\r\n\r\n", end=True)),
    "no byte of those that were announced": ([("content-length", "10")], lambda n: http2.data(n, b"", end=True)),
    "trailers before all bytes came": ([("content-length", "10")], lambda n: http2.data(n, b"abc") + trailers(n, ("x-a", "b"))),
    "host in trailers": ([], lambda n: http2.data(n, b"abc") + trailers(n, ("host", "smuggled.example"))),
    "a length in trailers": ([], lambda n: http2.data(n, b"abc") + trailers(n, ("content-length", "5"))),
    "transfer-encoding in trailers": ([], lambda n: http2.data(n, b"abc") + trailers(n, ("transfer-encoding", "chunked"))),
    "a pseudo-header in trailers": ([], lambda n: http2.data(n, b"abc") + trailers(n, (":path", "/smuggled"))),
    "an upper-case name in trailers": ([], lambda n: http2.data(n, b"abc") + trailers(n, ("X-Smuggled", "a"))),
    "CR LF in trailers": ([], lambda n: http2.data(n, b"abc") + trailers(n, ("x-a", "b\r\n\r\nGET /smuggled HTTP/1.1"))),
    "trailers that do not end": ([], lambda n: http2.data(n, b"abc") + trailers(n, ("x-a", "b"), end=False)),
    "a second head": ([], lambda n: http2.data(n, b"abc") + http2.headers(n, GOOD)),
}


def trailers(stream, *fields, end=True):
    return http2.headers(stream, list(fields), end=end)
