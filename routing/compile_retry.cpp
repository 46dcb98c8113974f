#include "routing/compile_retry.h"

#include "routing/policies/fault_abort.h"
#include "routing/policies/fault_delay.h"

namespace tidegate::routing {

namespace {

using config::istio::HttpRoute;
using config::istio::Retries;

RetryConditions conditions_of(Retries const& retries, Report& report) {
  std::string_view unknown;
  auto conditions = parse_retry_on(retries.retry_on, unknown);
  if (!conditions) {
    report.error(below(retries.origin, "retryOn"),
                 "unknown condition \"" + std::string(unknown) +
                     "\"; known are Envoy's policies such as 5xx, gateway-error, reset, "
                     "connect-failure, and HTTP status codes");
    return {};
  }
  // Blanks and commas alone say as little as nothing at all.
  bool const is_silent = conditions->bits == 0;
  return is_silent ? default_retry_conditions() : *conditions;
}

void check_per_try_timeout(Retries const& retries, RetryPolicy const& policy, milliseconds timeout,
                           Report& report) {
  config::Origin const place = below(retries.origin, "perTryTimeout");
  if (timeout.count() > 0 && policy.per_try_timeout >= timeout) {
    report.warning(place, "has no effect: it is not below the route's timeout of " +
                              std::to_string(timeout.count()) + "ms");
    return;
  }
  bool const retries_timeouts = policy.conditions.has(RetryOn::server_error) ||
                                policy.conditions.has(RetryOn::gateway_error) ||
                                policy.conditions.has(RetryOn::reset);
  if (!retries_timeouts)
    report.notice(place,
                  "a try that runs into it is answered with 504 and not retried, as in Istio: "
                  "retryOn must name 5xx, gateway-error or reset for that");
}

}  // namespace

RetryPolicy compile_retries(HttpRoute const& route, milliseconds timeout, Report& report) {
  RetryPolicy policy;
  if (!route.retries) {
    policy.attempts = 2;
    policy.conditions = default_retry_conditions();
    return policy;
  }
  Retries const& retries = *route.retries;
  policy.conditions = conditions_of(retries, report);
  policy.attempts = retries.attempts;
  policy.per_try_timeout = retries.per_try_timeout.value_or(milliseconds{0});
  policy.avoid_previous_hosts = retries.retry_ignore_previous_hosts;
  if (retries.backoff) {
    policy.base_interval = *retries.backoff;
    policy.max_interval = *retries.backoff * 10;
  }
  if (policy.attempts > 0 && policy.per_try_timeout.count() > 0)
    check_per_try_timeout(retries, policy, timeout, report);
  return policy;
}

std::vector<std::shared_ptr<Policy const>> compile_faults(HttpRoute const& route, Report& report) {
  std::vector<std::shared_ptr<Policy const>> policies;
  if (!route.fault) return policies;

  if (auto const& delay = route.fault->delay; delay && delay->percentage > 0)
    policies.push_back(std::make_shared<FaultDelay const>(delay->percentage, delay->fixed_delay));

  auto const& abort = route.fault->abort;
  if (!abort) return policies;
  int status = abort->http_status;
  int grpc_status = -1;
  if (status == 0) {
    auto const grpc = grpc_status_of(abort->grpc_status);
    if (!grpc) {
      report.error_of_document(
          below(route.origin, "fault.abort.grpcStatus"),
          "unknown gRPC status \"" + abort->grpc_status + "\"; write a name such as UNAVAILABLE");
      return policies;
    }
    status = grpc->http_status;
    grpc_status = grpc->code;
  }
  if (abort->percentage > 0)
    policies.push_back(std::make_shared<FaultAbort const>(abort->percentage, status, grpc_status));
  return policies;
}

}  // namespace tidegate::routing
