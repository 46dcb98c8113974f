#include "routing/policies/fault_abort.h"

#include <array>

namespace tidegate::routing {

namespace {

constexpr std::array<GrpcStatus, 17> statuses{{
    {"OK", 0, 200},
    {"CANCELLED", 1, 499},
    {"UNKNOWN", 2, 500},
    {"INVALID_ARGUMENT", 3, 400},
    {"DEADLINE_EXCEEDED", 4, 504},
    {"NOT_FOUND", 5, 404},
    {"ALREADY_EXISTS", 6, 409},
    {"PERMISSION_DENIED", 7, 403},
    {"RESOURCE_EXHAUSTED", 8, 429},
    {"FAILED_PRECONDITION", 9, 400},
    {"ABORTED", 10, 409},
    {"OUT_OF_RANGE", 11, 400},
    {"UNIMPLEMENTED", 12, 501},
    {"INTERNAL", 13, 500},
    {"UNAVAILABLE", 14, 503},
    {"DATA_LOSS", 15, 500},
    {"UNAUTHENTICATED", 16, 401},
}};

}  // namespace

std::optional<GrpcStatus> grpc_status_of(std::string_view name) {
  for (GrpcStatus const& status : statuses)
    if (status.name == name) return status;
  return std::nullopt;
}

std::optional<GrpcStatus> grpc_status_of(int code) {
  for (GrpcStatus const& status : statuses)
    if (status.code == code) return status;
  return std::nullopt;
}

Verdict FaultAbort::on_request(Context& context) const {
  if (context.random.below(1'000'000) >= millionths_) return Pass{};
  return Reply{.status = http_status_,
               .body = "fault filter abort",
               .location = {},
               .flags = http::Flag::fault_injected,
               .details = "fault_filter_abort",
               .grpc_status = grpc_status_};
}

}  // namespace tidegate::routing
