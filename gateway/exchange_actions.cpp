#include <chrono>

#include "gateway/exchange.h"
#include "gateway/host_name.h"
#include "gateway/worker.h"
#include "routing/redirect.h"

// What a route does besides passing requests on: answers of its own, and changes of what passes.
namespace tidegate::gateway {

/// False when the route leads to an origin.
bool Exchange::answer_by_route() {
  auto const& actions = *route_->actions;
  if (actions.redirect) {
    auto const location = routing::location_of(*actions.redirect, request_, route_->matcher.path(),
                                               connection_->port, arena_);
    reply({.status = actions.redirect->code, .location = location, .details = "direct_response"});
    return true;
  }
  if (!actions.direct_response) return false;
  reply({.status = actions.direct_response->status,
         .body = actions.direct_response->body,
         .details = "direct_response"});
  return true;
}

routing::HeaderFacts Exchange::header_facts(http::ResponseHead const* response) const {
  auto const& name = pinned_->snapshot().settings.gateway.name;
  auto const age = std::chrono::duration_cast<std::chrono::system_clock::duration>(
      worker_.loop().now() - begun_);
  return {.request = request_,
          .response = response,
          .remote_address = connection_->remote,
          .remote_ip = connection_->remote_ip,
          .local_address = connection_->local,
          .server_name = connection_->server_name,
          .upstream_host = host_ ? std::string_view(host_->text()) : std::string_view(),
          .route_name = route_->name,
          .host_name = name.empty() ? host_name() : name,
          .start = std::chrono::system_clock::now() - age};
}

/// Headers, the destination's first, then Host, then the path (Envoy: finalizeRequestHeaders).
/// False when nothing came out that may be sent: that was answered.
bool Exchange::change_request() {
  auto const* actions = route_->actions.get();
  auto const facts = header_facts(nullptr);
  if (target_headers_ != nullptr) {
    target_headers_->request.apply(request_.headers, facts, arena_);
  }
  if (actions != nullptr) actions->headers.request.apply(request_.headers, facts, arena_);
  if (actions != nullptr && !actions->headers.authority.empty()) {
    change_authority(actions->headers.authority);
  } else if (target_headers_ != nullptr && !target_headers_->authority.empty()) {
    change_authority(target_headers_->authority);
  }
  bool const has_path = request_.target.starts_with('/');  // not `*`
  if (actions == nullptr || !actions->rewrite || !has_path) return true;
  auto const target = actions->rewrite->apply(request_, route_->matcher.path(), arena_);
  if (target.empty()) {
    reply({.status = 400, .details = "path_normalization_failed"});
    return false;
  }
  request_.headers.set("x-envoy-original-path", request_.target);
  request_.target = target;
  return true;
}

void Exchange::change_authority(std::string_view authority) {
  if (!request_.authority.empty()) {
    request_.headers.set("x-envoy-original-host", request_.authority);
  }
  request_.headers.set("host", authority);
  request_.authority = authority;
}

/// Sends copies of a request that is here as a whole. A body that was too long to be kept has none,
/// nor has what wants to become a tunnel.
void Exchange::mirror_request() {
  constexpr milliseconds longest{15'000};
  if (!request_.protocol.empty()) return;
  auto const timeout = route_->timeout;
  for (auto const& mirror : route_->mirrors) {
    if (worker_.random().below(1'000'000) >= mirror.millionths) continue;
    if (request_.framing.has_body() && !replay_.can_replay()) {
      worker_.metrics().mirror_left_out();
      continue;
    }
    worker_.mirrors().send(*pinned_->upstreams[mirror.cluster->id], worker_.random(), request_,
                           replay_.recorded(), timeout > milliseconds{0} ? timeout : longest);
  }
}

/// The headers that the configuration wants in an answer, be it an origin's or ours. What a policy
/// answers is no answer of the route, which has changed nothing yet then.
void Exchange::change_answer(http::ResponseHead& head) {
  auto const* actions = route_->actions.get();
  if (has_passed_policies_) {
    auto const facts = header_facts(&head);
    if (target_headers_ != nullptr) target_headers_->response.apply(head.headers, facts, arena_);
    if (actions != nullptr) actions->headers.response.apply(head.headers, facts, arena_);
  }
  if (actions == nullptr) return;
  for (auto const& policy : actions->answer_policies) policy->on_answer(findings_, head);
}

}  // namespace tidegate::gateway
