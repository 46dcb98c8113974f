#pragma once

#include <array>
#include <chrono>

#include "gateway/observe/log_block.h"

namespace tidegate::gateway {

struct RequestRecord;

/// Formats records as JSON, one line each: Istio's 24 keys (istio: telemetry_logging.go) and
/// `region`, `version`, `attempts` and, for gRPC only, `grpc_status`. What is not known is null;
/// any bytes that a client sent come out as valid JSON.
class AccessLine {
 public:
  void append(RequestRecord const& record, LogBlock& block);

 private:
  [[nodiscard]] std::string_view time_text(std::chrono::system_clock::time_point when);

  std::chrono::seconds second_{-1};  ///< of the text's first part, which is made once a second
  std::array<char, 32> time_{};
};

}  // namespace tidegate::gateway
