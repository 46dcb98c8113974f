#include <gtest/gtest.h>

#include "routing/compile_headers.h"
#include "routing/header_format.h"
#include "tests/routing/support.h"

/// Changes of headers, and the values that they write.
namespace tidegate::routing {
namespace {

using namespace test;
using config::istio::HeaderValue;

http::RequestHead request() {
  http::RequestHead head = Request{.path = "/p", .headers = {{"x-user", "ada"}}}.head();
  head.scheme = "https";
  return head;
}

std::string value_of(std::string_view format, http::RequestHead const& head,
                     http::ResponseHead const* response = nullptr) {
  std::vector<std::string> unknown;
  HeaderFormat const compiled(format, unknown);
  http::Arena arena;
  HeaderFacts const facts{
      .request = head,
      .response = response,
      .remote_address = "192.0.2.1:5000",
      .remote_ip = "192.0.2.1",
      .local_address = "192.0.2.2:443",
      .server_name = "sni.test",
      .upstream_host = "10.0.0.1:80",
      .route_name = "r",
      .host_name = "edge",
      .start = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'042))};
  return std::string(compiled.value(facts, arena));
}

TEST(HeaderFormat, OperatorsAreReplaced) {
  struct Case {
    std::string_view format, expected;
  };
  auto const head = request();
  for (Case const& c : {Case{"plain", "plain"},
                        {"100%%", "100%"},
                        {"a%ROUTE_NAME%b%%c", "arb%c"},
                        {"%DOWNSTREAM_REMOTE_ADDRESS%", "192.0.2.1:5000"},
                        {"%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "192.0.2.1"},
                        {"%DOWNSTREAM_LOCAL_ADDRESS%", "192.0.2.2:443"},
                        {"%REQUESTED_SERVER_NAME%", "sni.test"},
                        {"%UPSTREAM_HOST%", "10.0.0.1:80"},
                        {"%PROTOCOL%", "HTTP/1.1"},
                        {"%HOSTNAME%", "edge"},
                        {"%START_TIME%", "2023-11-14T22:13:20.042Z"},
                        {"%REQ(X-User)%", "ada"},
                        {"%REQ(x-none?x-user)%", "ada"},
                        {"%REQ(x-user):2%", "ad"},
                        {"%REQ(x-none?:path):9%!", "/p!"},
                        {"%REQ(:authority)%%REQ(:scheme)%", "a.testhttps"},
                        {"%REQ(x-none)%", ""},
                        {"%RESPONSE_CODE%", ""},
                        {"%RESP(x-any)%", ""},
                        {"%NONSENSE%", "%NONSENSE%"},
                        {"%REQ()%", "%REQ()%"},
                        {"%REQ(a):x%", "%REQ(a):x%"},
                        {"50% of", "50% of"}}) {
    EXPECT_EQ(value_of(c.format, head), c.expected) << c.format;
  }
}

TEST(HeaderFormat, AnswersHaveACodeAndHeaders) {
  http::ResponseHead response;
  response.status = 404;
  response.headers.add("X-Why", "gone");
  EXPECT_EQ(value_of("%RESPONSE_CODE% %RESP(x-why)%", request(), &response), "404 gone");
}

TEST(HeaderFormat, AValueThatWouldEndTheLineIsNone) {
  http::RequestHead head;
  head.headers.add("x-evil", "a\r\nset-cookie: b");
  EXPECT_EQ(value_of("%REQ(x-evil)%", head), "");
}

std::string changed(HeaderChanges const& changes, http::Headers headers) {
  http::RequestHead const head = request();
  http::Arena arena;
  changes.apply(headers, {.request = head}, arena);
  std::string text;
  for (http::Field const& field : headers) {
    text += std::string(field.name) + '=' + std::string(field.value) + ' ';
  }
  return text;
}

struct Rules {
  config::Diagnostics diagnostics;
  HeaderRules rules;
};

Rules rules_of(config::istio::Headers const& headers) {
  Rules result;
  Report report(result.diagnostics);
  result.rules = compile_headers(headers, report);
  return result;
}

TEST(HeaderRules, RemoveThenSetThenAdd) {
  config::istio::Headers headers;
  headers.request.remove = {"a", "b"};
  headers.request.set = {{"b", "set", {}}, {"c", "set", {}}};
  headers.request.add = {{"b", "added", {}}, {"empty", "%REQ(none)%", {}}};
  http::Headers before;
  for (std::string_view const name : {"A", "B", "C", "C", "D"}) before.add(name, "old");
  EXPECT_EQ(changed(rules_of(headers).rules.request, before), "C=set D=old b=set b=added ");
}

TEST(HeaderRules, AuthorityIsNoHeaderAndMustBeOne) {
  config::istio::Headers headers;
  headers.request.set = {{"host", "inner.test:80", {}}};
  auto const good = rules_of(headers);
  EXPECT_EQ(good.rules.authority, "inner.test:80");
  EXPECT_TRUE(good.rules.request.empty());
  headers.request.set = {{":authority", "in ner", {}}};
  EXPECT_TRUE(rules_of(headers).diagnostics.has_errors());
}

TEST(HeaderRules, WhatDelimitsMessagesStays) {
  config::istio::Headers headers;
  headers.response.remove = {"content-length", "transfer-encoding"};
  headers.response.set = {{"connection", "close", at(1, "x")}};
  auto const result = rules_of(headers);
  EXPECT_TRUE(result.rules.empty());
  EXPECT_EQ(result.diagnostics.all().size(), 1u);
}

TEST(HeaderRules, UnknownOperatorsAreReported) {
  config::istio::Headers headers;
  headers.request.set = {{"x", "%NONSENSE% 5%", at(1, "x")}};
  EXPECT_EQ(rules_of(headers).diagnostics.all().size(), 2u);
}

}  // namespace
}  // namespace tidegate::routing
