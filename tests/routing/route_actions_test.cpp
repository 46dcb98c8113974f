#include <gtest/gtest.h>

#include "routing/path_rewrite.h"
#include "routing/redirect.h"
#include "tests/routing/support.h"

/// Redirects, rewrites and answers of routes.
namespace tidegate::routing {
namespace {

using namespace test;
using config::istio::Redirect;
using Port = Redirect::Port;

/// Where `redirect` leads `target` (path and query) of `authority`, by way of `port`.
struct RedirectCase {
  Redirect redirect;
  std::string_view expected;
  std::string_view path = "/foo";
  std::string_view target = "/foo?a=b";
  std::string_view authority = "b";
  std::string_view scheme = "http";
  std::uint16_t port = 80;
};

Redirect redirect_to(std::optional<std::string> uri, std::string authority = "",
                     std::string scheme = "", Port port_from = Port::as_requested,
                     std::uint32_t port = 0) {
  Redirect redirect;
  redirect.uri = std::move(uri);
  redirect.authority = std::move(authority);
  redirect.scheme = std::move(scheme);
  redirect.port_from = port_from;
  redirect.port = port;
  return redirect;
}

std::string location(RedirectCase const& c, TextMatcher const* condition = nullptr) {
  http::RequestHead head;
  head.path = c.path;
  head.target = c.target;
  head.authority = c.authority;
  head.scheme = c.scheme;
  http::Arena arena;
  return std::string(location_of(c.redirect, head, condition, c.port, arena));
}

TEST(RouteRedirect, LeadsWhereIstioDoes) {
  auto const none = std::nullopt;
  RedirectCase const cases[] = {
      {redirect_to("/new"), "http://b/new?a=b"},
      {redirect_to("/new?c=d"), "http://b/new?c=d"},
      {redirect_to("/new"), "http://b/new", "/foo", "/foo"},
      {redirect_to(none, "other.test"), "http://other.test/foo?a=b"},
      {redirect_to(none, "other.test:8080"), "http://other.test:8080/foo?a=b"},
      {redirect_to(none, "", "https"), "https://b/foo?a=b"},
      {redirect_to(none, "", "https"), "https://b/foo?a=b", "/foo", "/foo?a=b", "b:80"},
      {redirect_to(none, "", "https"), "https://b:81/foo?a=b", "/foo", "/foo?a=b", "b:81"},
      {redirect_to("/n"), "http://b:80/n?a=b", "/foo", "/foo?a=b", "b:80"},
      {redirect_to(none, "", "", Port::given, 8443), "http://b:8443/foo?a=b", "/foo", "/foo?a=b",
       "b:80"},
      {redirect_to(none, "", "https", Port::given, 443), "https://b/foo?a=b", "/foo", "/foo?a=b",
       "b:8080"},
      {redirect_to(none, "[::1]:81", "", Port::given, 82), "http://[::1]:82/foo?a=b"},
      {redirect_to(none, "", "https", Port::of_listener), "https://b:80/foo?a=b"},
      {redirect_to("/foo", "", "", Port::of_listener), "http://b:80/foo?a=b", "/foo", "/foo?a=b",
       "b:80"},
      {redirect_to("/foo", "", "", Port::of_listener), "http://b:85/foo?a=b", "/foo", "/foo?a=b",
       "b", "http", 85},
      {redirect_to("/foo", "", "", Port::protocol_default), "http://b/foo?a=b", "/foo", "/foo?a=b",
       "b:8080"},
      {redirect_to("/new"), "/new?a=b", "/foo", "/foo?a=b", ""},
      {redirect_to(none, "o.test"), "http://o.test", "*", "*"},
  };
  for (RedirectCase const& c : cases) EXPECT_EQ(location(c), c.expected);
}

std::string error;
using Case = TextMatcher::Case;

TEST(RouteRedirect, PrefixIsWhatTheMatchCovers) {
  RedirectCase c{redirect_to(std::nullopt), "", "/old/x", "/old/x?q"};
  c.redirect.prefix_rewrite = "/new";
  TextMatcher const by_prefix(prefix("/old"), Case::sensitive, error);
  EXPECT_EQ(location(c, &by_prefix), "http://b/new/x?q");
  TextMatcher const by_regex(regex("/o.*"), Case::sensitive, error);
  EXPECT_EQ(location(c, &by_regex), "http://b/new?q");
  EXPECT_EQ(location(c), "http://b/newold/x?q") << "without a condition `/` is meant";
}

struct RewriteCase {
  config::StringMatch condition;
  std::string_view uri;
  std::string_view target;
  std::string_view expected;
};

std::string rewritten(PathRewrite const& rewrite, TextMatcher const* condition,
                      std::string_view target) {
  http::RequestHead head;
  head.target = target;
  head.path = target.substr(0, target.find('?'));
  http::Arena arena;
  return std::string(rewrite.apply(head, condition, arena));
}

TEST(RouteRewrite, PrefixIsReplacedWithoutSlashCleanUp) {
  RewriteCase const cases[] = {
      {prefix("/foo/"), "/", "/foo/bar", "/bar"},
      {prefix("/foo"), "/", "/foo/bar", "//bar"},
      {prefix("/foo"), "/", "/foo", "/"},
      {prefix("/foo"), "/x", "/foobar?q=1&r", "/xbar?q=1&r"},
      {exact("/foo"), "/bar", "/foo?q", "/bar?q"},
      {regex("/f.*"), "/bar", "/foo/more", "/bar"},
      {prefix("/foo"), "bar", "/foo/x", "/bar/x"},
      {prefix("/foo"), "/v?k=", "/foo1", "/v?k=1"},
      {prefix("/foo"), "/b", "/foo?", "/b?"},
  };
  for (RewriteCase const& c : cases) {
    TextMatcher const condition(c.condition, Case::sensitive, error);
    PathRewrite const rewrite{std::string(c.uri), nullptr, ""};
    EXPECT_EQ(rewritten(rewrite, &condition, c.target), c.expected) << c.target;
  }
  EXPECT_EQ(rewritten({"/new/", nullptr, ""}, nullptr, "/a/b"), "/new/a/b");
}

TEST(RouteRewrite, NoDotSegmentIsJoinedTogether) {
  TextMatcher const condition(prefix("/foo"), Case::sensitive, error);
  PathRewrite const rewrite{"/static/", nullptr, ""};
  for (std::string_view const target :
       {"/foo../secret", "/foo..", "/foo./x", "/foo..;a/x", "/foo..%2Fx"}) {
    EXPECT_EQ(rewritten(rewrite, &condition, target), "") << target;
  }
  EXPECT_EQ(rewritten(rewrite, &condition, "/foo..x"), "/static/..x");
  EXPECT_EQ(rewritten(rewrite, &condition, "/foo?../x"), "/static/?../x");
}

/// The rewrite of the only route, compiled.
PathRewrite const* compiled_rewrite(Compiled const& result) {
  Route const* found = result.snapshot ? route_of(*result.snapshot, {}) : nullptr;
  return found && found->actions && found->actions->rewrite ? &*found->actions->rewrite : nullptr;
}

HttpRoute with_regex(std::string match, std::string substitution) {
  HttpRoute entry = route("r");
  config::istio::Rewrite rewrite;
  rewrite.origin = at(31, "spec.http[0].rewrite");
  rewrite.uri_regex = config::istio::RegexRewrite{
      sourced(std::move(match), "spec.http[0].rewrite.uriRegexRewrite.match"),
      std::move(substitution)};
  entry.rewrite = rewrite;
  return entry;
}

TEST(RouteRewrite, RegexReplacesEveryOccurrenceInThePathAlone) {
  auto const result = compiled(documents_with({with_regex("/v([0-9])", "/\\1v")}));
  PathRewrite const* rewrite = compiled_rewrite(result);
  ASSERT_TRUE(rewrite) << result.all();
  EXPECT_EQ(rewritten(*rewrite, nullptr, "/v1/a/v2?/v3"), "/1v/a/2v?/v3");
  EXPECT_EQ(rewritten(*rewrite, nullptr, "/none"), "/none");
}

TEST(RouteRewrite, RegexCannotMakeWhatNoOriginShallSee) {
  auto const dots = compiled(documents_with({with_regex("/(.)x", "/\\1\\1")}));
  ASSERT_TRUE(compiled_rewrite(dots)) << dots.all();
  EXPECT_EQ(rewritten(*compiled_rewrite(dots), nullptr, "/.x/secret"), "");
  auto const nothing = compiled(documents_with({with_regex("/.*", "")}));
  ASSERT_TRUE(compiled_rewrite(nothing)) << nothing.all();
  EXPECT_EQ(rewritten(*compiled_rewrite(nothing), nullptr, "/a?b"), "/?b");
}

TEST(RouteRewrite, MistakesAreReported) {
  std::string const path = "spec.http[0].rewrite.uriRegexRewrite";
  EXPECT_EQ(compiled(documents_with({with_regex("(", "/")}))
                .count(Severity::error, path + ".match", "does not compile"),
            1);
  EXPECT_EQ(compiled(documents_with({with_regex("a", "\\1")}))
                .count(Severity::error, path + ".rewrite", "does not fit the regex"),
            1);
  EXPECT_EQ(compiled(documents_with({with_regex("a", "a b")}))
                .count(Severity::error, path + ".rewrite", "no path may have"),
            1);
}

TEST(RouteActions, PlainRoutesHaveNone) {
  auto const result = compiled(documents_with({route("r")}));
  EXPECT_EQ(route_of(*result.snapshot, {})->actions, nullptr);
}

TEST(RouteActions, RedirectsAreChecked) {
  for (std::string const uri : {"new", "/a b", "/a\r\nx: y"}) {
    HttpRoute entry = route("r");
    entry.route.clear();
    entry.redirect = redirect_to(uri);
    entry.redirect->origin = at(31, "spec.http[0].redirect");
    auto const result = compiled(documents_with({entry}));
    EXPECT_EQ(result.count(Severity::error, "spec.http[0].redirect.uri", ""), 1) << result.all();
  }
}

TEST(RouteActions, AnswersThatCannotHaveABodyHaveNone) {
  HttpRoute entry = route("r");
  entry.route.clear();
  entry.direct_response = config::istio::DirectResponse{204, "text", at(31, "direct")};
  auto const result = compiled(documents_with({entry}));
  ASSERT_TRUE(result.snapshot) << result.all();
  EXPECT_EQ(route_of(*result.snapshot, {})->actions->direct_response->body, "");
  EXPECT_EQ(result.count(Severity::warning, "direct.body", "ignored"), 1);
}

}  // namespace
}  // namespace tidegate::routing
