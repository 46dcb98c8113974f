#include <gtest/gtest.h>

#include "routing/policies/cors.h"
#include "tests/routing/support.h"

namespace tidegate::routing {
namespace {

using namespace test;
using config::istio::CorsPolicy;

CorsPolicy policy() {
  CorsPolicy policy;
  policy.allow_origins = {exact("https://app.test"), regex("https://[a-z]+\\.b\\.test")};
  policy.allow_methods = {"GET", "PUT"};
  policy.allow_headers = {"x-a", "x-b"};
  policy.expose_headers = {"x-c"};
  policy.max_age = std::chrono::seconds(600);
  policy.allow_credentials = true;
  return policy;
}

struct Asked {
  std::string_view method = "GET";
  std::string_view origin = "https://app.test";
  std::string_view requested_method = {};
  std::string_view requested_headers = {};
};

/// `pass` or the status, then what is in the answer's head.
std::string answer_to(Asked const& asked, Cors const& cors) {
  Request request{.method = asked.method};
  if (!asked.origin.empty()) request.headers.emplace_back("Origin", asked.origin);
  if (!asked.requested_method.empty())
    request.headers.emplace_back("Access-Control-Request-Method", asked.requested_method);
  if (!asked.requested_headers.empty())
    request.headers.emplace_back("Access-Control-Request-Headers", asked.requested_headers);
  http::RequestHead const head = request.head();
  Random random(1);
  Context context{head, random};
  Verdict const verdict = cors.on_request(context);
  auto const* reply = std::get_if<Reply>(&verdict);
  std::string text = reply ? std::to_string(reply->status) : "pass";
  http::ResponseHead answer;
  cors.on_answer(context.findings, answer);
  for (http::Field const& field : answer.headers) {
    text += ' ' + std::string(field.name).substr(15) + '=' + std::string(field.value);
  }
  return text;
}

std::string answer_to(Asked const& asked, CorsPolicy const& written) {
  config::Diagnostics diagnostics;
  Report report(diagnostics);
  return answer_to(asked, Cors(written, report));
}

constexpr std::string_view preflight_headers =
    " allow-origin=https://app.test allow-credentials=true allow-methods=GET,PUT "
    "allow-headers=x-a,x-b max-age=600";

TEST(Cors, PreflightsAreAnswered) {
  EXPECT_EQ(answer_to({"OPTIONS", "https://app.test", "PUT"}, policy()),
            "200 " + std::string(preflight_headers.substr(1)));
}

TEST(Cors, AnswersOfOriginsSayWhoMayReadThem) {
  EXPECT_EQ(answer_to({}, policy()),
            "pass allow-origin=https://app.test allow-credentials=true expose-headers=x-c");
  EXPECT_EQ(answer_to({"OPTIONS"}, policy()),
            "pass allow-origin=https://app.test allow-credentials=true expose-headers=x-c")
      << "no preflight without a requested method";
}

TEST(Cors, OtherOriginsAreToldNothing) {
  for (std::string_view const origin :
       {"", "null", "https://app.test.evil", "http://app.test", "https://a.b.test.evil"}) {
    EXPECT_EQ(answer_to({"GET", origin}, policy()), "pass") << origin;
    EXPECT_EQ(answer_to({"OPTIONS", origin, "PUT"}, policy()), "pass") << origin;
  }
  EXPECT_EQ(answer_to({"GET", "https://x.b.test"}, policy()).substr(0, 34),
            "pass allow-origin=https://x.b.test");
}

TEST(Cors, PreflightsOfOthersCanBeIgnored) {
  CorsPolicy ignoring = policy();
  ignoring.unmatched_preflights = CorsPolicy::UnmatchedPreflights::ignore;
  EXPECT_EQ(answer_to({"OPTIONS", "https://evil", "PUT"}, ignoring), "200");
  EXPECT_EQ(answer_to({"GET", "https://evil"}, ignoring), "pass");
  EXPECT_EQ(answer_to({"OPTIONS", "", "PUT"}, ignoring), "pass");
}

TEST(Cors, WhatIsNotGivenIsNotSaid) {
  CorsPolicy bare;
  bare.allow_origins = {presence()};
  EXPECT_EQ(answer_to({"OPTIONS", "https://any", "PUT"}, bare), "200 allow-origin=https://any");
}

TEST(Cors, TheSettingIsThePolicyOfRoutesWithoutOne) {
  HttpRoute own = route("own", {uri(prefix("/own"))});
  own.cors = policy();
  Documents documents = documents_with({own, route("other")});
  documents.settings.api.cors_origins = {"https://set.test"};
  auto const result = compiled(documents);
  ASSERT_TRUE(result.snapshot) << result.all();
  auto const answer = [&](std::string_view path, Asked const& asked) {
    auto const& policies = route_of(*result.snapshot, {.path = path})->actions->answer_policies;
    return answer_to(asked, dynamic_cast<Cors const&>(*policies.at(0)));
  };
  EXPECT_EQ(answer("/", {"OPTIONS", "https://set.test", "PUT", "x-q, authorization"}),
            "200 allow-origin=https://set.test allow-credentials=true "
            "allow-methods=GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS "
            "allow-headers=x-q, authorization");
  EXPECT_EQ(answer("/own", {"GET", "https://set.test"}), "pass");
}

TEST(Cors, EveryOriginOfTheSettingHasNoCredentials) {
  config::Diagnostics diagnostics;
  Report report(diagnostics);
  EXPECT_EQ(answer_to({"GET", "https://any"}, *Cors::for_origins({"*"}, report)),
            "pass allow-origin=https://any");
  EXPECT_TRUE(diagnostics.all().empty());
}

TEST(Cors, EveryOriginWithCredentialsIsAWarning) {
  config::Diagnostics diagnostics;
  Report report(diagnostics);
  CorsPolicy open = policy();
  open.allow_origins = {presence()};
  Cors const cors(open, report);
  EXPECT_EQ(diagnostics.all().size(), 1u);
}

}  // namespace
}  // namespace tidegate::routing
