#include "routing/compile_actions.h"

#include <string>
#include <string_view>
#include <utility>

#include "http/authority.h"
#include "http/characters.h"
#include "routing/compile_headers.h"
#include "routing/policies/cors.h"
#include "routing/regex.h"

namespace tidegate::routing {

namespace {

using config::Origin;
using config::istio::DirectResponse;
using config::istio::HttpRoute;
using config::istio::Redirect;
using config::istio::RegexRewrite;
using config::istio::Rewrite;

enum class Slash : bool { optional, required };

/// What is put into a target must be bytes that a target may have.
void check_path(std::string_view text, Slash slash, Origin const& at, Report& report) {
  if (slash == Slash::required && !text.starts_with('/')) {
    report.error(at, "must begin with a slash");
  } else if (!http::is_all(http::CharClass::target, text)) {
    report.error(at, "has characters that no path may have; write them as %XX");
  }
}

void check_authority(std::string_view text, Origin const& at, Report& report) {
  if (text.empty() || http::is_valid_authority(text)) return;
  report.error(at, "expected host or host:port; found \"" + std::string(text) + '"');
}

void check_redirect(Redirect const& redirect, Report& report) {
  if (redirect.uri) {
    check_path(*redirect.uri, Slash::required, below(redirect.origin, "uri"), report);
  }
  if (redirect.prefix_rewrite) {
    check_path(*redirect.prefix_rewrite, Slash::required, below(redirect.origin, "prefixRewrite"),
               report);
  }
  check_authority(redirect.authority, below(redirect.origin, "authority"), report);
}

/// Without a body where there cannot be one (RFC 9110 §15.3.5, §15.4.5).
DirectResponse direct_response(DirectResponse response, Report& report) {
  bool const is_bodiless =
      response.status == 204 || response.status == 205 || response.status == 304;
  if (is_bodiless && !response.body.empty()) {
    report.warning(below(response.origin, "body"),
                   "ignored: an answer " + std::to_string(response.status) + " has none");
    response.body.clear();
  }
  return response;
}

void compile_regex(RegexRewrite const& written, Origin const& at, PathRewrite& rewrite,
                   Report& report) {
  std::string error;
  rewrite.regex = Regex::shared(written.match.value, error);
  rewrite.substitution = written.rewrite;
  if (!rewrite.regex) return report.error(written.match.origin, error);
  if (!rewrite.regex->accepts(written.rewrite, error)) {
    report.error(at, "does not fit the regex: " + error);
  }
  check_path(written.rewrite, Slash::optional, at, report);
}

void compile_rewrite(Rewrite const& written, Actions& actions, Report& report) {
  check_authority(written.authority, below(written.origin, "authority"), report);
  // Over what `headers` says of the authority (istio: route.go).
  if (!written.authority.empty()) actions.headers.authority = written.authority;
  PathRewrite rewrite;
  if (written.uri_regex) {
    compile_regex(*written.uri_regex, below(written.origin, "uriRegexRewrite.rewrite"), rewrite,
                  report);
  } else if (!written.uri.empty()) {
    rewrite.prefix = written.uri;
    check_path(written.uri, Slash::optional, below(written.origin, "uri"), report);
  } else {
    return;
  }
  actions.rewrite = std::move(rewrite);
}

}  // namespace

std::shared_ptr<Actions const> compile_actions(HttpRoute const& entry,
                                               config::ApiSettings const& defaults,
                                               Report& report) {
  Actions actions;
  actions.headers = compile_headers(entry.headers, report);
  if (entry.redirect) {
    check_redirect(*entry.redirect, report);
    actions.redirect = entry.redirect;
  }
  if (entry.direct_response) {
    actions.direct_response = direct_response(*entry.direct_response, report);
  }
  if (entry.rewrite) compile_rewrite(*entry.rewrite, actions, report);
  if (entry.cors) {
    actions.answer_policies.push_back(std::make_shared<Cors const>(*entry.cors, report));
  } else if (!defaults.cors_origins.empty()) {
    actions.answer_policies.push_back(Cors::for_origins(defaults.cors_origins, report));
  }
  bool const is_none = !actions.redirect && !actions.direct_response && !actions.rewrite &&
                       actions.headers.empty() && actions.answer_policies.empty();
  return is_none ? nullptr : std::make_shared<Actions>(std::move(actions));
}

}  // namespace tidegate::routing
