#pragma once

#include <chrono>
#include <cstdint>

#include "routing/policy.h"

namespace tidegate::routing {

/// Istio HTTPFaultInjection.Delay: holds a share of the requests back for a fixed time.
class FaultDelay final : public Policy {
 public:
  /// `millionths` of all requests: 1'000'000 is every one.
  FaultDelay(std::uint32_t millionths, std::chrono::milliseconds duration)
      : millionths_(millionths), duration_(duration) {}
  [[nodiscard]] Verdict on_request(Context& context) const override;

 private:
  std::uint32_t millionths_;
  std::chrono::milliseconds duration_;
};

}  // namespace tidegate::routing
