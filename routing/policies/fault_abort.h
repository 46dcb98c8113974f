#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "routing/policy.h"

namespace tidegate::routing {

/// Istio HTTPFaultInjection.Abort: answers a share of the requests itself, with an error.
class FaultAbort final : public Policy {
 public:
  /// `millionths` of all requests: 1'000'000 is every one. `grpc_status` < 0: none is meant.
  FaultAbort(std::uint32_t millionths, int http_status, int grpc_status = -1)
      : millionths_(millionths), http_status_(http_status), grpc_status_(grpc_status) {}
  [[nodiscard]] Verdict on_request(Context& context) const override;

 private:
  std::uint32_t millionths_;
  int http_status_;
  int grpc_status_;
};

/// A gRPC status by name, and what it is for a client that speaks plain HTTP.
struct GrpcStatus {
  std::string_view name;
  int code;
  int http_status;  ///< Envoy: Grpc::Utility::grpcToHttpStatus
};

/// By its upper-case name, e.g. UNAVAILABLE; nothing when there is no such status.
[[nodiscard]] std::optional<GrpcStatus> grpc_status_of(std::string_view name);
[[nodiscard]] std::optional<GrpcStatus> grpc_status_of(int code);

}  // namespace tidegate::routing
