"""The table of test_malformed.py: name, exact bytes, the statuses that are right.

Sources: RFC 9112, and the inputs that have broken proxies (request smuggling research, CVEs).
"""

import dataclasses

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
REFUSED = (400,)


@dataclasses.dataclass
class Row:
    name: str
    data: bytes
    statuses: tuple


ROWS = []


def row(name, data, statuses=REFUSED):
    ROWS.append(Row(name, data if isinstance(data, bytes) else data.encode("latin-1"), statuses))


def post(name, framing, body=b"", statuses=REFUSED):
    """A POST with these framing lines (bytes, without the last CRLF), followed by a request that must not be seen."""
    head = b"POST /x HTTP/1.1\r\nHost: a\r\n" + framing + b"\r\n\r\n"
    row(name, head + body + SMUGGLED, statuses)


def line(name, request_line, statuses=REFUSED):
    row(f"line_{name}", request_line + b"\r\nHost: a\r\nConnection: close\r\n\r\n", statuses)


def header(name, lines, statuses=REFUSED):
    row(f"header_{name}", b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + lines + b"\r\n\r\n", statuses)


# --- framing: Content-Length
CL, TE, CHUNKS = b"Content-Length: ", b"Transfer-Encoding: ", b"5\r\nhello\r\n0\r\n\r\n"
for name, value in {
    "plus": b"+5", "minus": b"-0", "minus_one": b"-1", "hex": b"0x10", "underscore": b"1_0", "list": b"5,5",
    "list_differing": b"5, 6", "parameter": b"5;x", "exponent": b"5e0", "quoted": b'"5"', "inner_blank": b"5 5",
    "empty": b"", "word": b"five", "2_63": b"9223372036854775808", "2_64": b"18446744073709551616",
    "20_digits": b"99999999999999999999", "40_digits": b"9" * 40, "fullwidth": "５".encode(), "vertical_tab": b"\x0b5",
    "trailing_nul": b"5\0", "fraction": b"5.0",
}.items():
    post(f"cl_{name}", CL + value, b"hello")
post("cl_empty_then_real", CL + b"\r\n" + CL + b"5", b"hello")
post("cl_twice_equal", CL + b"5\r\n" + CL + b"5", b"hello")
post("cl_twice_differing", CL + b"5\r\n" + CL + b"0", b"hello")
post("cl_on_a_folded_line", b"Content-Length:\r\n 5", b"hello")
post("cl_blank_before_colon", b"Content-Length : 5", b"hello")
post("cl_tab_before_colon", b"Content-Length\t: 5", b"hello")
row("cl_leading_zeros", b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0005\r\n\r\nhello", (200, 400))

# --- framing: Transfer-Encoding
post("cl_and_te", CL + b"5\r\n" + TE + b"chunked", CHUNKS)
post("te_and_cl", TE + b"chunked\r\n" + CL + b"5", CHUNKS)
post("te_and_cl_zero", TE + b"chunked\r\n" + CL + b"0", CHUNKS)
for name, value in {
    "leading_comma": b",chunked", "trailing_comma": b"chunked,", "chunked_identity": b"chunked, identity",
    "identity_chunked": b"identity, chunked", "identity": b"identity", "chunked_twice": b"chunked, chunked",
    "gzip_chunked": b"gzip, chunked", "gzip": b"gzip", "quoted": b'"chunked"', "parameter": b"chunked;q=1",
    "vertical_tab": b"\x0bchunked", "next_line": b"\x85chunked", "hard_blank": b"\xa0chunked", "ff": b"\xffchunked",
    "nul": b"chunked\0", "prefix": b"xchunked", "suffix": b"chunkedx", "empty": b"", "dotted": b"chunked.",
    "kelvin": "chun\u212aed".encode(), "newline": b"\n chunked", "carriage": b"chun\rked",
}.items():
    post(f"te_{name}", TE + value, CHUNKS, (400, 501))
post("te_twice", TE + b"chunked\r\n" + TE + b"chunked", CHUNKS, (400, 501))
post("te_twice_identity", TE + b"chunked\r\n" + TE + b"identity", CHUNKS, (400, 501))
post("te_blank_before_colon", b"Transfer-Encoding : chunked", CHUNKS)
post("te_underscore", b"Transfer_Encoding: chunked", CHUNKS)
post("te_folded", b"Transfer-Encoding:\r\n chunked", CHUNKS)
post("te_after_folded_first", b"X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 5", b"hello")
post("te_behind_a_bare_lf", b"X: y\nTransfer-Encoding: chunked\r\n" + CL + b"5", b"hello")
post("te_behind_a_bare_cr", b"X: y\rTransfer-Encoding: chunked\r\n" + CL + b"5", b"hello")
post("te_leading_blank", b" Transfer-Encoding: chunked", CHUNKS)
row("te_on_http_1_0", b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS + SMUGGLED)
row("te_upper_case", b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: CHUNKED\r\n\r\n" + CHUNKS,
    (200, 400))
for nominated in (b"content-length", b"transfer-encoding", b"host", b"close, content-length"):
    post(f"connection_names_{nominated.decode().replace(', ', '_and_').replace('-', '_')}",
         b"Connection: " + nominated + b"\r\n" + CL + b"5", b"hello")
post("upgrade_with_a_length", b"Connection: close, upgrade\r\nUpgrade: foo\r\n" + CL + b"5", b"hello", (200, 400, 403))
post("upgrade_to_h2c", b"Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
     + CL + b"0", b"", (200, 400, 403))

# --- the request line
for name, text, *statuses in [
    ("http_0_9", b"GET /", (400,)), ("trailing_blank", b"GET / HTTP/1.1 "), ("leading_blank", b" GET / HTTP/1.1"),
    ("version_1_32", b"GET / HTTP/1.32", (400, 505)), ("version_2_0", b"GET / HTTP/2.0", (400, 505)),
    ("version_1_2", b"GET / HTTP/1.2", (400, 505)), ("version_0_9", b"GET / HTTP/0.9", (400, 505)),
    ("version_lower_case", b"GET / http/1.1"), ("version_missing_digit", b"GET / HTTP/1."),
    ("version_comma", b"GET / HTTP/1,1"), ("version_hex", b"GET / HTTP/0x1.1"), ("version_long", b"GET / HTTP/1.1.1"),
    ("tab_as_blank", b"GET\t/\tHTTP/1.1"), ("double_blank", b"GET  / HTTP/1.1"),
    ("double_blank_behind", b"GET /  HTTP/1.1"), ("blank_in_target", b"GET /a b HTTP/1.1"),
    ("no_target", b"GET HTTP/1.1"), ("empty", b""), ("nul_in_method", b"GE\0T / HTTP/1.1"),
    ("nul_in_target", b"GET /\0 HTTP/1.1"), ("cr_in_target", b"GET /\rx HTTP/1.1"), ("lf_in_target", b"GET /\nx HTTP/1.1"),
    ("form_feed", b"GET /\x0c HTTP/1.1"), ("del", b"GET /\x7f HTTP/1.1"), ("non_ascii", "GET /\xe4 HTTP/1.1".encode()),
    ("high_byte", b"GET /\xff HTTP/1.1"), ("fragment", b"GET /a#b HTTP/1.1"), ("method_brackets", b"G(T / HTTP/1.1"),
    ("method_colon", b"GET: / HTTP/1.1"), ("relative_target", b"GET foo HTTP/1.1"), ("star", b"GET * HTTP/1.1"),
    ("authority_form", b"GET a:80 HTTP/1.1"), ("scheme_ftp", b"GET ftp://a/ HTTP/1.1"),
    ("scheme_file", b"GET file:///etc/passwd HTTP/1.1"), ("scheme_only", b"GET http:// HTTP/1.1"),
    ("absolute_other_host", b"GET http://b/ HTTP/1.1"), ("absolute_userinfo", b"GET http://a@b/ HTTP/1.1"),
    ("connect", b"CONNECT a:443 HTTP/1.1", (400, 403, 404, 405, 501)), ("escape_nul", b"GET /%00 HTTP/1.1"),
    ("escape_short", b"GET /%4 HTTP/1.1"), ("escape_not_hex", b"GET /%zz HTTP/1.1"),
    ("dots_above_root", b"GET /../x HTTP/1.1"), ("dots_above_root_escaped", b"GET /%2e%2e/x HTTP/1.1"),
    ("dots_behind_parameters", b"GET /a/..;/b HTTP/1.1"),
    ("pri_of_http2", b"PRI * HTTP/2.0", (400, 505)), ("tls_hello", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"),
]:
    line(name, text, *statuses)
row("line_uri_of_64_kb", b"GET /" + b"u" * 65536 + b" HTTP/1.1\r\nHost: a\r\n\r\n", (400, 414, 431))
row("line_options_star", b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", (200, 400, 404))
row("line_absolute_same_host", b"GET http://a/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", (200,))
row("line_two_blank_lines_before", b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", (200, 400))
row("line_one_blank_line_before", b"\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", (200,))

# --- Host
HOSTLESS = b"GET / HTTP/1.1\r\nConnection: close\r\n"
for name, hosts in {
    "missing": b"", "empty": b"Host:\r\n", "blank": b"Host:  \r\n", "twice": b"Host: a\r\nHost: b\r\n",
    "twice_equal": b"Host: a\r\nHost: a\r\n", "userinfo": b"Host: a@b\r\n", "list": b"Host: a, b\r\n",
    "inner_blank": b"Host: a b\r\n", "bad_port": b"Host: a:b\r\n", "port_too_big": b"Host: a:65536\r\n",
    "two_ports": b"Host: a:80:80\r\n", "slash": b"Host: a/b\r\n", "non_ascii": b"Host: \xe4\r\n",
    "control": b"Host: a\x01\r\n", "nul": b"Host: a\0b\r\n", "fragment": b"Host: a#b\r\n", "query": b"Host: a?b\r\n",
    "blank_before_colon": b"Host : a\r\n", "folded": b"Host:\r\n a\r\n", "backslash": b"Host: a\\b\r\n",
}.items():
    row(f"host_{name}", HOSTLESS + hosts + b"\r\n")
row("host_ipv6", HOSTLESS + b"Host: [::1]:80\r\n\r\n", (200,))
row("host_with_a_port", HOSTLESS + b"Host: a:8080\r\n\r\n", (200,))
row("host_missing_in_http_1_0", b"GET / HTTP/1.0\r\n\r\n", (200, 400, 404))

# --- header lines
for name, lines in {
    "no_colon": b"nonsense", "empty_name": b": x", "folded": b"X: a\r\n b", "folded_tab": b"X: a\r\n\tb",
    "blank_in_name": b"X Y: a", "blank_before_colon": b"X : a", "nul_in_value": b"X: a\0b", "nul_in_name": b"X\0: a",
    "bare_cr": b"X: a\rb", "bare_lf": b"X: a\nY: b", "cr_cr_lf": b"X: a\r\r\nY: b", "control_1": b"X: \x01",
    "control_1f": b"X: \x1f", "del": b"X: \x7f", "vertical_tab": b"X: a\x0bb", "form_feed": b"X: a\x0cb",
    "escape": b"X: \x1b[31m", "non_ascii_name": b"X\xe4: a", "utf8_name": "X\u00e4: a".encode(),
    "nbsp_in_name": b"X\xa0: a", "quote_in_name": b'"X": a', "slash_in_name": b"X/Y: a", "underscore": b"X_Y: a",
    "bracket_in_name": b"X(Y): a", "colon_only": b":",
}.items():
    header(name, lines)
header("latin_1_value", b"X: \xe4\xff", (200,))
header("tab_in_value", b"X: a\tb", (200,))
header("empty_value", b"X:", (200,))
header("of_1_mb", b"X: " + b"a" * (1 << 20), (431,))
header("too_many", b"\r\n".join(b"X-%d: a" % n for n in range(101)), (431,))
header("a_hundred_thousand", b"\r\n".join(b"X-%d: a" % n for n in range(100000)), (431,))

# --- where a head ends
START = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close"
row("end_cr_cr", START + b"\r\r\n\r\n" + SMUGGLED)
row("end_lf_only", START.replace(b"\r\n", b"\n") + b"\n\n" + SMUGGLED)
row("end_lf_lf", START + b"\n\n" + SMUGGLED)
row("end_crlf_lf", START + b"\r\n\n" + SMUGGLED)
row("end_crlf_cr_x", START + b"\r\n\rX" + SMUGGLED)
row("end_lf_crlf", START + b"\n\r\n" + SMUGGLED)
row("end_never_but_nul", START + b"\r\n\0\r\n\r\n")
row("end_garbage_behind_a_get", START + b"\r\n\r\n\0\0\0garbage", (200,))
