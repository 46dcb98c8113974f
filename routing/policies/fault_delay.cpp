#include "routing/policies/fault_delay.h"

namespace tidegate::routing {

Verdict FaultDelay::on_request(Context& context) const {
  if (context.random.below(1'000'000) >= millionths_) return Pass{};
  return Delay{duration_, http::Flag::delay_injected};
}

}  // namespace tidegate::routing
