#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace tidegate::routing {

using std::chrono::milliseconds;

/// When a host that fails gets no requests for a while (Istio: outlierDetection).
struct OutlierPolicy {
  std::uint32_t consecutive_5xx = 5;        ///< 0 = off, like the next
  std::uint32_t consecutive_gateway = 0;    ///< of 502, 503 and 504
  std::uint32_t consecutive_local = 5;      ///< only with `splits_local`
  bool splits_local = false;                ///< do failures without an answer count apart?
  milliseconds interval{10'000};            ///< how often it is asked who may come back
  milliseconds base_ejection_time{30'000};  ///< times the number of ejections in a row
  milliseconds max_ejection_time{300'000};
  std::uint32_t max_ejection_percent = 10;
  std::uint32_t min_health_percent = 0;  ///< with fewer healthy hosts all are used; 0 = never
  std::vector<int> error_codes = {};     ///< what counts as a 5xx; empty = every 5xx

  [[nodiscard]] bool is_error(int status) const {
    if (error_codes.empty()) return status >= 500;
    return std::find(error_codes.begin(), error_codes.end(), status) != error_codes.end();
  }
};

}  // namespace tidegate::routing
