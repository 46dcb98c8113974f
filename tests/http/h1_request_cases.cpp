#include "tests/http/h1_request_cases.h"

namespace tidegate::http {
namespace {

using namespace std::string_literals;

constexpr std::string_view host = "Host: a.example\r\n";

/// A GET whose request line is all that matters.
std::string line(std::string const& text) { return text + "\r\n" + std::string(host) + "\r\n"; }
/// A GET with these lines behind Host.
std::string with(std::string const& lines) {
  return "GET / HTTP/1.1\r\n" + std::string(host) + lines + "\r\n";
}
/// A GET without any field but these.
std::string only(std::string const& lines) { return "GET / HTTP/1.1\r\n" + lines + "\r\n"; }
/// A POST with these framing lines, and what follows the head.
std::string post(std::string const& lines, std::string const& body) {
  return "POST / HTTP/1.1\r\n" + std::string(host) + lines + "\r\n" + body;
}
std::string length(std::string const& value) {
  return post("Content-Length:" + value + "\r\n", "12345");
}
std::string coding(std::string const& value) {
  return post("Transfer-Encoding:" + value + "\r\n", "0\r\n\r\n");
}
std::string chunks(std::string const& body) { return post("Transfer-Encoding: chunked\r\n", body); }

std::string many(std::size_t count, std::string const& text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace

std::vector<RequestCase> malformed_lines() {
  return {
      {"version 0.9", line("GET / HTTP/0.9"), 400, {}},
      {"no version", "GET /\r\n\r\n", 400, {}},
      {"no version but a blank", "GET / \r\n\r\n", 400, {}},
      {"blank behind the version", line("GET / HTTP/1.1 "), 400, {}},
      {"version 1.32", line("GET / HTTP/1.32"), 400, {}},
      {"version 1.2", line("GET / HTTP/1.2"), 505, {}},
      {"version 2.0 over h1", line("GET / HTTP/2.0"), 505, {}},
      {"version 2 over h1", line("GET / HTTP/2"), 400, {}},
      {"version 3.0", line("GET / HTTP/3.0"), 505, {}},
      {"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, {}},
      {"lower-case version", line("GET / http/1.1"), 400, {}},
      {"version without slash", line("GET / HTTP1.1"), 400, {}},
      {"comma in the version", line("GET / HTTP/1,1"), 400, {}},
      {"another protocol", line("GET / ICAP/1.0"), 400, {}},
      {"tab as blank", line("GET\t/\tHTTP/1.1"), 400, {}},
      {"tab before the version", line("GET /\tHTTP/1.1"), 400, {}},
      {"two blanks behind the method", line("GET  / HTTP/1.1"), 400, {}},
      {"two blanks behind the target", line("GET /  HTTP/1.1"), 400, {}},
      {"blank in the target", line("GET /a b HTTP/1.1"), 400, {}},
      {"blank before the method", line(" GET / HTTP/1.1"), 400, {}},
      {"no method", line(" / HTTP/1.1"), 400, {}},
      {"method with a slash", line("GE/T / HTTP/1.1"), 400, {}},
      {"method with a colon", line("GET: / HTTP/1.1"), 400, {}},
      {"non-ASCII method", line("G\xc3\x89T / HTTP/1.1"), 400, {}},
      {"two empty lines first", "\r\n\r\n" + with(""), 400, {}},
      {"LF first", "\n" + with(""), 400, {}},
      {"CR CR LF behind the line", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400, {}},
      {"LF behind the line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, {}},
      {"TLS to a port in clear", "\x16\x03\x01\x02"s, 400, {}},
  };
}

std::vector<RequestCase> malformed_targets() {
  return {
      {"fragment", line("GET /a#b HTTP/1.1"), 400, {}},
      {"non-ASCII target", line("GET /caf\xc3\xa9 HTTP/1.1"), 400, {}},
      {"NUL in the target", line("GET /a\0b HTTP/1.1"s), 400, {}},
      {"DEL in the target", line("GET /a\x7f HTTP/1.1"), 400, {}},
      {"relative target", line("GET index.html HTTP/1.1"), 400, {}},
      {"query as target", line("GET ?a=b HTTP/1.1"), 400, {}},
      {"asterisk with GET", line("GET * HTTP/1.1"), 400, {}},
      {"authority-form with GET", line("GET a.example:80 HTTP/1.1"), 400, {}},
      {"CONNECT", line("CONNECT a.example:443 HTTP/1.1"), 501, {}},
      {"CONNECT with a path", line("CONNECT / HTTP/1.1"), 501, {}},
      {"absolute-form, other host", line("GET http://b.example/ HTTP/1.1"), 400, {}},
      {"absolute-form, other port", line("GET http://a.example:81/ HTTP/1.1"), 400, {}},
      {"absolute-form of ftp", line("GET ftp://a.example/ HTTP/1.1"), 400, {}},
      {"absolute-form with a user", line("GET http://u@a.example/ HTTP/1.1"), 400, {}},
      {"absolute-form without host", line("GET http:///x HTTP/1.1"), 400, {}},
      {"absolute-form without path", line("GET http://a.example?x HTTP/1.1"), 400, {}},
      {"absolute-form with backslash", line("GET http://a.example\\@b/ HTTP/1.1"), 400, {}},
      {"dots above the root", line("GET /../x HTTP/1.1"), 400, {}},
      {"encoded dots above the root", line("GET /%2e%2E/x HTTP/1.1"), 400, {}},
      {"dots with a parameter", line("GET /a/..;/x HTTP/1.1"), 400, {}},
      {"encoded NUL", line("GET /%00 HTTP/1.1"), 400, {}},
      {"broken escape", line("GET /%zz HTTP/1.1"), 400, {}},
      {"escape cut short", line("GET /%2 HTTP/1.1"), 400, {}},
      {"64 KiB target", line("GET /" + std::string(64 * 1024, 'a') + " HTTP/1.1"), 431, {}},
  };
}

std::vector<RequestCase> malformed_hosts() {
  return {
      {"no Host", only(""), 400, {}},
      {"two Hosts", with("Host: b.example\r\n"), 400, {}},
      {"two equal Hosts", with("Host: a.example\r\n"), 400, {}},
      {"empty Host", only("Host:\r\n"), 400, {}},
      {"blank Host", only("Host:  \t \r\n"), 400, {}},
      {"empty Host of 1.0", "GET / HTTP/1.0\r\nHost:\r\n\r\n", 400, {}},
      {"two Hosts of 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, {}},
      {"Host with a user", only("Host: a@b\r\n"), 400, {}},
      {"Host with a comma", only("Host: a,b\r\n"), 400, {}},
      {"Host with a blank", only("Host: a b\r\n"), 400, {}},
      {"Host with a tab", only("Host: a\tb\r\n"), 400, {}},
      {"Host with a path", only("Host: a/b\r\n"), 400, {}},
      {"Host with a query", only("Host: a?b\r\n"), 400, {}},
      {"Host with a fragment", only("Host: a#b\r\n"), 400, {}},
      {"Host with a backslash", only("Host: a\\b\r\n"), 400, {}},
      {"Host with an escape", only("Host: a%2eb\r\n"), 400, {}},
      {"Host with a scheme", only("Host: http://a\r\n"), 400, {}},
      {"Host with an empty port", only("Host: a:\r\n"), 400, {}},
      {"Host with port 0", only("Host: a:0\r\n"), 400, {}},
      {"Host with port 65536", only("Host: a:65536\r\n"), 400, {}},
      {"Host with port x", only("Host: a:80x\r\n"), 400, {}},
      {"Host with port +80", only("Host: a:+80\r\n"), 400, {}},
      {"Host with two ports", only("Host: a:80:80\r\n"), 400, {}},
      {"Host with a port only", only("Host: :80\r\n"), 400, {}},
      {"Host with a control byte",
       only("Host: a\x01"
            "b\r\n"),
       400,
       {}},
      {"non-ASCII Host", only("Host: \xc3\xa9.example\r\n"), 400, {}},
      {"Host with an open bracket", only("Host: [::1\r\n"), 400, {}},
      {"Host with junk in brackets", only("Host: [a.example]\r\n"), 400, {}},
      {"Host with IPv4 in brackets", only("Host: [127.0.0.1]\r\n"), 400, {}},
      {"Host with a zone", only("Host: [fe80::1%eth0]\r\n"), 400, {}},
      {"Host with junk behind brackets", only("Host: [::1]x\r\n"), 400, {}},
  };
}

std::vector<RequestCase> malformed_fields() {
  return {
      {"obs-fold", with("A: b\r\n c\r\n"), 400, {}},
      {"obs-fold with a tab", with("A: b\r\n\tc\r\n"), 400, {}},
      {"obs-fold of the first field", only(" Host: a\r\n"), 400, {}},
      {"obs-fold on Content-Length", post("Content-Length:\r\n 5\r\n", "12345"), 400, {}},
      {"obs-fold on Transfer-Encoding", post("Transfer-Encoding:\r\n chunked\r\n", ""), 400, {}},
      {"line of blanks", with("  \r\n"), 400, {}},
      {"blank before the colon", with("A : b\r\n"), 400, {}},
      {"tab before the colon", with("A\t: b\r\n"), 400, {}},
      {"blank in a name", with("A b: c\r\n"), 400, {}},
      {"empty name", with(": b\r\n"), 400, {}},
      {"no colon", with("nothing\r\n"), 400, {}},
      {"no colon in the last line", with("A: b\r\nB\r\n"), 400, {}},
      {"non-ASCII name", with("\xc3\xa9: b\r\n"), 400, {}},
      {"name with an obs-text byte", with("Content-Length\x80: 5\r\n"), 400, {}},
      {"name with NUL", with("A\0: b\r\n"s), 400, {}},
      {"name with a parenthesis", with("A(: b\r\n"), 400, {}},
      {"name with a bracket", with("[A]: b\r\n"), 400, {}},
      {"pseudo-header", with(":path: /x\r\n"), 400, {}},
      {"name with an underscore", with("A_b: c\r\n"), 400, {}},
      {"Transfer_Encoding", post("Transfer_Encoding: chunked\r\n", ""), 400, {}},
      {"Content_Length", post("Content_Length: 5\r\n", "12345"), 400, {}},
      {"NUL in a value", with("A: b\0c\r\n"s), 400, {}},
      {"bare CR in a value", with("A: b\rc\r\n"), 400, {}},
      {"bare LF in a value", with("A: b\nc: d\r\n"), 400, {}},
      {"bell in a value", with("A: b\x07\r\n"), 400, {}},
      {"vertical tab in a value",
       with("A: \x0b"
            "b\r\n"),
       400,
       {}},
      {"escape in a value", with("A: \x1b[2J\r\n"), 400, {}},
      {"DEL in a value", with("A: b\x7f\r\n"), 400, {}},
  };
}

std::vector<RequestCase> malformed_heads() {
  return {
      {"LF for CRLF", "GET / HTTP/1.1\nHost: a\n\n", 400, {}},
      {"LF LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400, {}},
      {"CR LF CR X at the end", "GET / HTTP/1.1\r\nHost: a\r\n\rX", 400, {}},
      {"CR CR at the end", "GET / HTTP/1.1\r\nHost: a\r\n\r\r", 400, {}},
      {"CR CR LF at the end", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400, {}},
      {"CR CR", "GET / HTTP/1.1\r\nHost: a\r\r", 400, {}},
      {"Connection: content-length", with("Connection: content-length\r\n"), 400, {}},
      {"Connection: Host", with("Connection: close, Host\r\n"), 400, {}},
      {"Connection: transfer-encoding", with("Connection: ,Transfer-Encoding ,\r\n"), 400, {}},
      {"33 connection options", with("Connection: " + many(33, "a,") + "\r\n"), 400, {}},
      {"101 fields", with(many(100, "A: b\r\n")), 431, {}},
      {"field of 1 MiB", with("A: " + std::string(1 << 20, 'b') + "\r\n"), 431, {}},
      {"a head without end", "GET / HTTP/1.1\r\n" + many(10'000, "A: bcd\r\n"), 431, {}},
  };
}

std::vector<RequestCase> malformed_lengths() {
  return {
      {"length and coding",
       post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", ""),
       400,
       {}},
      {"coding and length",
       post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", ""),
       400,
       {}},
      {"coding and length 0",
       post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", ""),
       400,
       {}},
      {"two different lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", ""), 400, {}},
      {"two equal lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", ""), 400, {}},
      {"empty length, then a real one",
       post("Content-Length:\r\nContent-Length: 5\r\n", ""),
       400,
       {}},
      {"a real length, then an empty one",
       post("Content-Length: 5\r\nContent-Length:\r\n", ""),
       400,
       {}},
      {"empty length", length(""), 400, {}},
      {"length +5", length(" +5"), 400, {}},
      {"length -0", length(" -0"), 400, {}},
      {"length -5", length(" -5"), 400, {}},
      {"length 0x10", length(" 0x10"), 400, {}},
      {"length 1_0", length(" 1_0"), 400, {}},
      {"length 5,5", length(" 5,5"), 400, {}},
      {"length list", length(" 5, 5"), 400, {}},
      {"length 5;x", length(" 5;x"), 400, {}},
      {"length in quotes", length(" \"5\""), 400, {}},
      {"length 5e0", length(" 5e0"), 400, {}},
      {"length 5.0", length(" 5.0"), 400, {}},
      {"length with a blank inside", length(" 5 5"), 400, {}},
      {"length with obs-text", length(" 5\xa0"), 400, {}},
      {"length 2^63", length(" 9223372036854775808"), 400, {}},
      {"length 2^64", length(" 18446744073709551616"), 400, {}},
      {"length of 20 digits", length(" 00000000000000000005"), 400, {}},
  };
}

std::vector<RequestCase> malformed_codings() {
  return {
      {"empty coding", coding(""), 400, {}},
      {"coding ,chunked", coding(" ,chunked"), 400, {}},
      {"coding chunked,", coding(" chunked,"), 400, {}},
      {"coding chunked, identity", coding(" chunked, identity"), 400, {}},
      {"coding identity, chunked", coding(" identity, chunked"), 400, {}},
      {"coding identity", coding(" identity"), 400, {}},
      {"coding chunked twice", coding(" chunked, chunked"), 400, {}},
      {"coding xchunked", coding(" xchunked"), 400, {}},
      {"coding chunked;q=1", coding(" chunked;q=1"), 400, {}},
      {"coding in quotes", coding(" \"chunked\""), 400, {}},
      {"coding gzip", coding(" gzip"), 400, {}},
      {"coding chunked, gzip", coding(" chunked, gzip"), 400, {}},
      {"coding gzip, chunked", coding(" gzip, chunked"), 501, {}},
      {"coding with a vertical tab",
       coding(" \x0b"
              "chunked"),
       400,
       {}},
      {"coding with 0x85",
       coding(" \x85"
              "chunked"),
       400,
       {}},
      {"coding with 0xa0",
       coding(" \xa0"
              "chunked"),
       400,
       {}},
      {"coding with 0xff", coding(" chunked\xff"), 400, {}},
      {"coding before a blank and colon", post("Transfer-Encoding : chunked\r\n", ""), 400, {}},
      {"two codings",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ""),
       400,
       {}},
      {"a second coding",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", ""),
       400,
       {}},
      {"coding of 1.0",
       "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
       400,
       {}},
  };
}

std::vector<RequestCase> malformed_bodies() {
  auto const digits = [](std::size_t count) { return std::string(count, '0'); };
  return {
      {"size 0x5", chunks("0x5\r\n12345\r\n0\r\n\r\n"), 400, {}},
      {"size +5", chunks("+5\r\n12345\r\n0\r\n\r\n"), 400, {}},
      {"size -5", chunks("-5\r\n12345\r\n0\r\n\r\n"), 400, {}},
      {"size -0", chunks("-0\r\n\r\n"), 400, {}},
      {"size 5_", chunks("5_\r\n12345\r\n0\r\n\r\n"), 400, {}},
      {"blank before the size", chunks(" 5\r\n12345\r\n0\r\n\r\n"), 400, {}},
      {"blank behind the size", chunks("5 \r\n12345\r\n0\r\n\r\n"), 400, {}},
      {"tab behind the size", chunks("5\t\r\n12345\r\n0\r\n\r\n"), 400, {}},
      {"blank before the extension", chunks("5 ;a\r\n12345\r\n0\r\n\r\n"), 400, {}},
      {"size g", chunks("g\r\n"), 400, {}},
      {"no size", chunks("\r\n12345\r\n0\r\n\r\n"), 400, {}},
      {"extension without size", chunks(";a\r\n\r\n"), 400, {}},
      {"size of 17 digits", chunks(digits(16) + "5\r\n12345\r\n0\r\n\r\n"), 400, {}},
      {"LF behind the size", chunks("5\n12345\r\n0\r\n\r\n"), 400, {}},
      {"LF behind a chunk", chunks("5\r\n12345\n0\r\n\r\n"), 400, {}},
      {"CR and another byte behind the size", chunks("5\rX12345\r\n0\r\n\r\n"), 400, {}},
      {"no CRLF behind a chunk", chunks("5\r\n123450\r\n\r\n"), 400, {}},
      {"chunk longer than its size", chunks("5\r\n123456\r\n0\r\n\r\n"), 400, {}},
      {"CR and another byte behind a chunk", chunks("5\r\n12345\rX0\r\n\r\n"), 400, {}},
      {"CRLF XX behind a chunk", chunks("5\r\n12345\r\nXX0\r\n\r\n"), 400, {}},
      {"bare LF in an extension", chunks("5;a\nb\r\n12345\r\n0\r\n\r\n"), 400, {}},
      {"bare CR in an extension", chunks("5;a\rb\r\n12345\r\n0\r\n\r\n"), 400, {}},
      {"NUL in an extension", chunks("5;\0\r\n12345\r\n0\r\n\r\n"s), 400, {}},
      {"extension of 257 bytes", chunks("5;" + std::string(256, 'a') + "\r\n"), 400, {}},
      {"extension of 1 MiB", chunks("5;" + std::string(1 << 20, 'a')), 400, {}},
      {"16 KiB of extensions",
       chunks(many(65, "1;" + std::string(255, 'a') + "\r\nx\r\n")),
       400,
       {}},
      {"trailer Content-Length", chunks("0\r\nContent-Length: 5\r\n\r\n"), 400, {}},
      {"trailer Transfer-Encoding", chunks("0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400, {}},
      {"trailer Host", chunks("0\r\nHost: b.example\r\n\r\n"), 400, {}},
      {"trailer without colon", chunks("0\r\nnothing\r\n\r\n"), 400, {}},
      {"trailer folded", chunks("0\r\nA: b\r\n c\r\n\r\n"), 400, {}},
      {"trailer with bare LF", chunks("0\r\nA: b\n\r\n"), 400, {}},
      {"trailer with NUL", chunks("0\r\nA: \0\r\n\r\n"s), 400, {}},
      {"end with LF", chunks("0\r\n\n"), 400, {}},
      {"end with CR X", chunks("0\r\n\rX"), 400, {}},
      {"33 trailers", chunks("0\r\n" + many(33, "A: b\r\n") + "\r\n"), 400, {}},
      {"trailers of 9 KiB", chunks("0\r\nA: " + std::string(9 * 1024, 'b') + "\r\n\r\n"), 400, {}},
      {"10,000 trailers", chunks("0\r\n" + many(10'000, "A: b\r\n") + "\r\n"), 400, {}},
      {"half a chunk", chunks("5\r\n123"), waits, {}},
      {"half a size", chunks("5"), waits, {}},
      {"chunks without end", chunks("5\r\n12345\r\n"), waits, {}},
      {"trailers without end", chunks("0\r\nA: b\r\n"), waits, {}},
      {"size of 16 digits", chunks("ffffffffffffffff\r\n12345"), waits, {}},
      {"half a body", length(" 6"), waits, {}},
      {"half a head", "GET / HTTP/1.1\r\nHost: a\r\n", waits, {}},
      {"an empty line only", "\r\n", waits, {}},
      {"nothing", "", waits, {}},
  };
}

std::vector<RequestCase> all_requests() {
  std::vector<RequestCase> all;
  for (auto const& cases : {malformed_lines(), malformed_targets(), malformed_hosts(),
                            malformed_fields(), malformed_heads(), malformed_lengths(),
                            malformed_codings(), malformed_bodies(), accepted_requests()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

}  // namespace tidegate::http
