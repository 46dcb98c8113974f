#include "routing/load_balancing.h"

#include <algorithm>
#include <cmath>

namespace tidegate::routing {

double Warmup::factor(milliseconds since) const {
  if (since >= window) return 1;
  constexpr double least = 1e-4;  // a weight of 0 would mean never
  double const part = static_cast<double>(std::max<milliseconds::rep>(since.count(), 0)) /
                      static_cast<double>(window.count());
  return std::clamp(std::pow(part, 1 / aggression), std::max(minimum, least), 1.0);
}

}  // namespace tidegate::routing
