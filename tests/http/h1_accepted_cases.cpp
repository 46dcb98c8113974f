#include "tests/http/h1_request_cases.h"

namespace tidegate::http {
namespace {

/// The same request with another target; only the target is of interest.
RequestCase target(std::string_view name, std::string const& sent, std::string const& upstream) {
  return {name, "GET " + sent + " HTTP/1.1\r\nHost: a\r\n\r\n", 0,
          "GET " + upstream + " HTTP/1.1\r\nHost: a\r\n@\r\n"};
}

/// A field that goes upstream as `kept`.
RequestCase field(std::string_view name, std::string const& sent, std::string const& kept) {
  return {name, "GET / HTTP/1.1\r\nHost: a\r\n" + sent + "\r\n", 0,
          "GET / HTTP/1.1\r\nHost: a\r\n" + kept + "@\r\n"};
}

RequestCase host(std::string_view name, std::string const& value) {
  return {name, "GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n", 0,
          "GET / HTTP/1.1\r\nHost: " + value + "\r\n@\r\n"};
}

RequestCase chunks(std::string_view name, std::string const& sent, std::string const& upstream) {
  std::string const head = "POST / HTTP/1.1\r\nHost: a\r\n";
  std::string const framing = "Transfer-Encoding: chunked\r\n";
  return {name, head + framing + "\r\n" + sent, 0, head + "@" + framing + "\r\n" + upstream};
}

/// A POST of five bytes whose Content-Length is written as `sent`.
RequestCase length(std::string_view name, std::string const& sent) {
  std::string const head = "POST / HTTP/1.1\r\nHost: a\r\n";
  return {name, head + "Content-Length:" + sent + "\r\n\r\n12345", 0,
          head + "@Content-Length: 5\r\n\r\n12345"};
}

std::vector<RequestCase> accepted_heads() {
  return {
      target("plain", "/a/b?c=d", "/a/b?c=d"),
      target("dot segments", "/a/./b/../c", "/a/c"),
      target("encoded dots", "/a/%2e%2e/c", "/c"),
      target("two slashes", "//evil//x", "/evil/x"),
      target("escapes in lower case", "/caf%c3%a9", "/caf%C3%A9"),
      target("characters that browsers escape", "/a|b^c`{d}<e>\"", "/a|b^c`{d}<e>\""),
      target("question mark in the query", "/a?b?c", "/a?b?c"),
      target("absolute-form", "http://a/x?y", "/x?y"),
      target("absolute-form without path", "http://a", "/"),
      target("absolute-form of https", "HTTPS://A/x", "/x"),
      {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 0,
       "OPTIONS * HTTP/1.1\r\nHost: a\r\n@\r\n"},
      {"OPTIONS in absolute-form", "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n", 0,
       "OPTIONS * HTTP/1.1\r\nHost: a\r\n@\r\n"},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 0, "TRACE / HTTP/1.1\r\nHost: a\r\n@\r\n"},
      {"a method of their own", "PURGE / HTTP/1.1\r\nHost: a\r\n\r\n", 0,
       "PURGE / HTTP/1.1\r\nHost: a\r\n@\r\n"},
      {"empty line before the request", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 0,
       "GET / HTTP/1.1\r\nHost: a\r\n@\r\n"},
      {"HTTP/1.0 with Host", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", 0,
       "GET / HTTP/1.1\r\nHost: a\r\n@\r\n"},
      {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 0, "GET / HTTP/1.1\r\n@Host: \r\n\r\n"},
      {"HTTP/1.0 in absolute-form", "GET http://a/ HTTP/1.0\r\n\r\n", 0,
       "GET / HTTP/1.1\r\nHost: a\r\n@\r\n"},
      host("Host with a port", "a.example:65535"),
      host("Host with IPv4", "192.0.2.1:80"),
      host("Host with IPv6", "[2001:db8::1]:8443"),
      host("Host with an underscore", "my_service.local"),
      host("Host with a final dot", "a.example."),
      field("obs-text in a value", "A: caf\xc3\xa9\r\n", "A: caf\xc3\xa9\r\n"),
      field("tab inside a value", "A: b\tc\r\n", "A: b\tc\r\n"),
      field("blanks around a value", "A: \t b c \t\r\n", "A: b c\r\n"),
      field("no blank before a value", "A:b\r\n", "A: b\r\n"),
      field("empty value", "A:\r\n", "A: \r\n"),
      field("case of names", "aCCePT: */*\r\n", "aCCePT: */*\r\n"),
      field("all the characters of a name", "!#$%&'*+-.^`|~09azAZ: b\r\n",
            "!#$%&'*+-.^`|~09azAZ: b\r\n"),
      field("fields of one name", "A: 1\r\nB: 2\r\nA: 3\r\n", "A: 1\r\nB: 2\r\nA: 3\r\n"),
      field("Expect", "Expect: 100-continue\r\n", "Expect: 100-continue\r\n"),
  };
}

std::vector<RequestCase> accepted_hop_by_hop() {
  return {
      field("keep-alive", "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n", ""),
      field("Proxy-Connection", "Proxy-Connection: keep-alive\r\n", ""),
      field("nominated fields",
            "Connection: close, x-one ,X-TWO\r\nX-One: 1\r\nX-Two: 2\r\nX: 3\r\n", "X: 3\r\n"),
      field("Upgrade: h2c",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
            ""),
      field("Upgrade: websocket", "Connection: Upgrade\r\nUpgrade: websocket\r\n", ""),
      {"Upgrade with a body",
       "POST / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\n"
       "Content-Length: 3\r\n\r\nabcGET /",
       0, "POST / HTTP/1.1\r\nHost: a\r\n@Content-Length: 3\r\n\r\nabc"},
      {"TE: trailers", "GET / HTTP/1.1\r\nHost: a\r\nTE: gzip, trailers\r\nConnection: TE\r\n\r\n",
       0, "GET / HTTP/1.1\r\nHost: a\r\nte: trailers\r\n@Connection: TE\r\n\r\n"},
      field("TE: gzip", "TE: gzip\r\n", ""),
      field("what strangers may not claim",
            "X-Envoy-Retry-On: 5xx\r\nX-Request-Id: mine\r\nX-Forwarded-Proto: https\r\n"
            "X-Forwarded-Client-Cert: Hash=1\r\nForwarded: for=1\r\n",
            ""),
  };
}

std::vector<RequestCase> accepted_bodies() {
  std::string const head = "POST / HTTP/1.1\r\nHost: a\r\n";
  return {
      length("length", " 5"),
      length("length with leading zeros", " 0005"),
      length("length between tabs", "\t5\t"),
      length("length without a blank", "5"),
      {"length 0", head + "Content-Length: 0\r\n\r\nGET", 0, head + "@Content-Length: 0\r\n\r\n"},
      {"no body", head + "\r\n12345", 0, head + "@\r\n"},
      {"GET with a body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabGET", 0,
       "GET / HTTP/1.1\r\nHost: a\r\n@Content-Length: 2\r\n\r\nab"},
      {"HTTP/1.0 with a body", "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", 0,
       head + "@Content-Length: 2\r\n\r\nab"},
      {"coding in another case", head + "transfer-encoding: CHUNKED\r\n\r\n0\r\n\r\n", 0,
       head + "@Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      chunks("chunks", "5\r\n12345\r\nA\r\n1234567890\r\n0\r\n\r\n",
             "f\r\n123451234567890\r\n0\r\n\r\n"),
      chunks("no chunks", "0\r\n\r\n", "0\r\n\r\n"),
      chunks("leading zeros", "0005\r\n12345\r\n000\r\n\r\n", "5\r\n12345\r\n0\r\n\r\n"),
      chunks("size of 16 digits", "0000000000000005\r\n12345\r\n0\r\n\r\n",
             "5\r\n12345\r\n0\r\n\r\n"),
      chunks("extensions are dropped", "5;a=\"b\";c\r\n12345\r\n0;d\r\n\r\n",
             "5\r\n12345\r\n0\r\n\r\n"),
      chunks("chunk that looks like an end", "7\r\n0\r\n\r\nGE\r\n0\r\n\r\n",
             "7\r\n0\r\n\r\nGE\r\n0\r\n\r\n"),
      chunks("pipelined behind the end", "0\r\n\r\nGET /next HTTP/1.1\r\n", "0\r\n\r\n"),
      chunks("trailers", "1\r\nx\r\n0\r\nDigest: y\r\nGrpc-Status: 0\r\n\r\nGET",
             "1\r\nx\r\n0\r\nDigest: y\r\nGrpc-Status: 0\r\n\r\n"),
      chunks("trailers that come too late",
             "0\r\nAuthorization: x\r\nX-Forwarded-For: 1\r\nSet-Cookie: a\r\nA: b\r\n\r\n",
             "0\r\nA: b\r\n\r\n"),
  };
}

}  // namespace

std::vector<RequestCase> accepted_requests() {
  std::vector<RequestCase> all;
  for (auto const& cases : {accepted_heads(), accepted_hop_by_hop(), accepted_bodies()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

}  // namespace tidegate::http
