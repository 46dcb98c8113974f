#include "config/istio/http_route.h"

#include <string_view>
#include <utility>

#include "config/istio/decode.h"
#include "config/istio/not_served.h"

namespace tidegate::config::istio {
namespace {

bool is_given(Fields& fields, std::string_view name) {
  auto const field = fields.find(name);
  return field && !(field->node().is_list() && field->node().children.empty());
}

/// Exactly one of route, redirect, directResponse and delegate (istio: validateHTTPRoute).
void check_action(Fields& fields) {
  int actions = 0;
  for (auto const name : {"route", "redirect", "directResponse", "delegate"}) {
    actions += is_given(fields, name);
  }
  if (actions == 1 || !fields.value().node().is_map()) return;
  fields.value().error(
      "expected exactly one of route, redirect, directResponse and delegate; found " +
      std::to_string(actions));
}

/// What has a meaning only for requests that go to an origin.
void check_answers(Fields& fields, HttpRoute const& route) {
  std::string_view const answer = route.redirect          ? "redirect"
                                  : route.direct_response ? "directResponse"
                                                          : "";
  if (answer.empty()) return;
  for (auto const name : {"fault", "rewrite"}) {
    auto const field = fields.find(name);
    if (field) field->error("cannot go with " + std::string(answer));
  }
  for (auto const name : {"timeout", "retries", "mirror", "mirrors"}) {
    auto const field = fields.find(name);
    if (field) field->warning("has no effect: a " + std::string(answer) + " reaches no origin");
  }
}

void read_actions(Fields& fields, HttpRoute& route) {
  check_action(fields);
  if (auto const list = fields.find("route")) {
    route.route = read_destinations(*list, RouteKind::http);
  }
  if (auto const field = fields.find("redirect")) route.redirect = read_redirect(*field);
  if (auto const field = fields.find("directResponse")) {
    route.direct_response = read_direct_response(*field);
  }
  if (auto const field = fields.find("delegate")) route.delegate = read_delegate(*field);
}

/// `mirrors`: each with a percentage of its own.
Mirror read_mirror_policy(Value const& value) {
  Fields fields(value);
  Mirror mirror;
  mirror.origin = value.origin();
  if (auto const destination = fields.require("destination")) {
    mirror.destination = read_destination(*destination);
  }
  if (auto const percentage = fields.find("percentage")) {
    mirror.percentage = read_percentage(*percentage);
  }
  fields.report_unknown();
  return mirror;
}

void read_mirrors(Fields& fields, HttpRoute& route) {
  auto const single = fields.find("mirror");
  auto const percentage = read_percentage(fields, "mirrorPercentage", "mirrorPercent");
  if (single && is_given(fields, "mirrors")) {
    single->error("mirror and mirrors exclude each other");
  }
  if (single) {
    route.mirrors.push_back(
        {read_destination(*single), percentage.value_or(all_millionths), single->origin()});
  } else if (percentage) {
    fields.value().warning("has a percentage for a mirror, but no mirror");
  }
  for (Value const& value : fields.items("mirrors")) {
    route.mirrors.push_back(read_mirror_policy(value));
  }
}

void read_policies(Fields& fields, HttpRoute& route) {
  route.timeout = fields.duration("timeout", Zero::is_allowed);
  if (auto const field = fields.find("rewrite")) route.rewrite = read_rewrite(*field);
  if (auto const field = fields.find("retries")) route.retries = read_retries(*field);
  if (auto const field = fields.find("fault")) route.fault = read_fault(*field);
  if (auto const field = fields.find("corsPolicy")) route.cors = read_cors_policy(*field);
  if (auto const field = fields.find("headers")) route.headers = read_headers(*field);
  read_mirrors(fields, route);
}

}  // namespace

HttpRoute read_http_route(Value const& value) {
  Fields fields(value);
  HttpRoute route;
  route.origin = value.origin();
  route.name = fields.text("name");
  auto const matches = fields.items("match");
  route.match.reserve(matches.size());
  for (Value const& match : matches) route.match.push_back(read_http_match(match));
  read_actions(fields, route);
  read_policies(fields, route);
  check_answers(fields, route);
  fields.report_not_served(not_served::http_route);
  fields.report_unknown();
  return route;
}

}  // namespace tidegate::config::istio
