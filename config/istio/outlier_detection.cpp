#include "config/fields.h"
#include "config/istio/decode_policy.h"

namespace tidegate::config::istio {
namespace {

constexpr Range percent_range{0, 100};
constexpr Range status_range{100, 599};

constexpr NoEffect without_effect[] = {
    {"consecutiveErrors",
     "Istio ignores it; write consecutive5xxErrors or consecutiveGatewayErrors"},
};

void read_error_codes(Fields& fields, OutlierDetection& detection) {
  for (Value const& value : fields.items("outlierDetectionHttpErrorCodes")) {
    auto const code = value.integer(status_range);
    if (code) detection.http_error_codes.push_back(static_cast<int>(*code));
  }
}

void read_counts(Fields& fields, OutlierDetection& detection) {
  detection.consecutive_5xx_errors =
      fields.integer("consecutive5xxErrors", detection.consecutive_5xx_errors, uint32_range);
  detection.consecutive_gateway_errors =
      fields.integer("consecutiveGatewayErrors", 0, uint32_range);
  detection.split_external_local_origin_errors = fields.flag("splitExternalLocalOriginErrors");
  auto const local = fields.find("consecutiveLocalOriginFailures");
  if (!local) return;
  detection.consecutive_local_origin_failures =
      static_cast<std::uint32_t>(local->integer(uint32_range).value_or(0));
  if (!detection.split_external_local_origin_errors &&
      detection.consecutive_local_origin_failures > 0) {
    local->error("needs splitExternalLocalOriginErrors: true");
  }
}

}  // namespace

OutlierDetection read_outlier_detection(Value const& value) {
  Fields fields(value);
  OutlierDetection detection;
  detection.origin = value.origin();
  read_counts(fields, detection);
  read_error_codes(fields, detection);
  detection.interval = fields.duration("interval", Zero::is_rejected).value_or(detection.interval);
  detection.base_ejection_time =
      fields.duration("baseEjectionTime", Zero::is_rejected).value_or(detection.base_ejection_time);
  auto const max_percent = fields.integer("maxEjectionPercent", 0, percent_range);
  if (max_percent != 0) detection.max_ejection_percent = max_percent;  // 0 = unset, as in Istio
  detection.min_health_percent = fields.integer("minHealthPercent", 0, percent_range);
  fields.report_no_effect(without_effect);
  fields.report_unknown();
  return detection;
}

}  // namespace tidegate::config::istio
