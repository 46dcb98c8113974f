#include <algorithm>
#include <utility>

#include "config/istio/decode.h"
#include "config/istio/not_served.h"

namespace tidegate::config::istio {
namespace {

constexpr Range retry_attempts{0, 2147483647};
constexpr Range fault_status{200, 599};

constexpr NotServed delay_not_served[] = {{"exponentialDelay", Severity::error}};
constexpr NotServed abort_not_served[] = {{"http2Error", Severity::error}};

constexpr std::string_view grpc_statuses[] = {"OK",
                                              "CANCELLED",
                                              "UNKNOWN",
                                              "INVALID_ARGUMENT",
                                              "NOT_FOUND",
                                              "DEADLINE_EXCEEDED",
                                              "ALREADY_EXISTS",
                                              "PERMISSION_DENIED",
                                              "ABORTED",
                                              "RESOURCE_EXHAUSTED",
                                              "OUT_OF_RANGE",
                                              "FAILED_PRECONDITION",
                                              "INTERNAL",
                                              "UNIMPLEMENTED",
                                              "UNAVAILABLE",
                                              "DATA_LOSS",
                                              "UNAUTHENTICATED"};

/// Neither form of a percentage = 0: nothing is injected.
Millionths read_fault_percentage(Fields& fields) {
  auto const percentage = read_percentage(fields, "percentage", "percent");
  if (!percentage) {
    fields.value().warning(
        "has no percentage, so it never happens; write percentage: {value: 100}");
  }
  return percentage.value_or(0);
}

FaultDelay read_delay(Value const& value) {
  Fields fields(value);
  FaultDelay delay;
  delay.percentage = read_fault_percentage(fields);
  auto const exponential = fields.find("exponentialDelay");
  auto const fixed = exponential ? fields.find("fixedDelay") : fields.require("fixedDelay");
  if (fixed) delay.fixed_delay = fixed->duration(Zero::is_rejected).value_or(milliseconds(0));
  fields.report_not_served(delay_not_served);
  fields.report_unknown();
  return delay;
}

FaultAbort read_abort(Value const& value) {
  Fields fields(value);
  FaultAbort abort;
  abort.percentage = read_fault_percentage(fields);
  auto const http = fields.find("httpStatus");
  auto const grpc = fields.find("grpcStatus");
  auto const http2 = fields.find("http2Error");
  if (http.has_value() + grpc.has_value() + http2.has_value() != 1) {
    value.error("expected exactly one of httpStatus and grpcStatus");
  }
  if (http) abort.http_status = static_cast<int>(http->integer(fault_status).value_or(0));
  if (grpc) {
    abort.grpc_status = grpc->text().value_or("");
    auto const known =
        std::find(std::begin(grpc_statuses), std::end(grpc_statuses), abort.grpc_status);
    if (grpc->node().is_scalar() && known == std::end(grpc_statuses)) {
      grpc->expected("the name of a gRPC status such as UNAVAILABLE");
    }
  }
  fields.report_not_served(abort_not_served);
  fields.report_unknown();
  return abort;
}

}  // namespace

Fault read_fault(Value const& value) {
  Fields fields(value);
  Fault fault;
  if (auto const delay = fields.find("delay")) fault.delay = read_delay(*delay);
  if (auto const abort = fields.find("abort")) fault.abort = read_abort(*abort);
  if (!fault.delay && !fault.abort && value.node().is_map()) {
    value.error("expected delay, abort or both");
  }
  fields.report_unknown();
  return fault;
}

Retries read_retries(Value const& value) {
  Fields fields(value);
  Retries retries;
  retries.origin = value.origin();
  retries.attempts = fields.integer("attempts", 0, retry_attempts);
  if (auto const timeout = fields.find("perTryTimeout")) {
    retries.per_try_timeout = timeout->duration(Zero::is_rejected);
  }
  retries.retry_on = fields.text("retryOn");
  if (auto const flag = fields.find("retryIgnorePreviousHosts")) {
    retries.retry_ignore_previous_hosts = flag->flag();
  }
  retries.retry_remote_localities = fields.flag("retryRemoteLocalities");
  if (auto const backoff = fields.find("backoff")) {
    retries.backoff = backoff->duration(Zero::is_rejected);
  }
  auto const attempts = fields.find("attempts");
  bool const is_off =
      retries.attempts == 0 && value.node().is_map() && (!attempts || attempts->node().is_scalar());
  bool const sets_more =
      retries.per_try_timeout || !retries.retry_on.empty() || fields.find("retryRemoteLocalities");
  if (is_off && sets_more) {  // istio: ValidateHTTPRetry
    value.error(
        "attempts is 0 or missing, so nothing is retried and the rest has no meaning; "
        "set attempts, or drop the rest");
  }
  fields.report_not_served(not_served::http_retries);
  fields.report_unknown();
  return retries;
}

}  // namespace tidegate::config::istio
