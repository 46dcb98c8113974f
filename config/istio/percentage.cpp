#include "config/istio/decode.h"

namespace tidegate::config::istio {
namespace {

constexpr double smallest_percentage = 0.0001;  // one in a million

Millionths to_millionths(Value const& value) {
  auto const percent = value.number();
  if (!percent) return 0;
  if (*percent < 0 || *percent > 100 || (*percent > 0 && *percent < smallest_percentage)) {
    value.expected("a percentage: 0, or 0.0001 to 100");
    return 0;
  }
  return static_cast<Millionths>(*percent * 10'000);  // truncated as in Istio: route.go
}

}  // namespace

Millionths read_percentage(Value const& percentage) {
  if (percentage.node().is_scalar()) {
    percentage.warning(
        "Istio rejects a bare number; write percentage: {value: " + percentage.node().text + "}");
    return to_millionths(percentage);
  }
  Fields fields(percentage);
  auto const value = fields.find("value");
  fields.report_unknown();
  return value ? to_millionths(*value) : 0;
}

std::optional<Millionths> read_percentage(Fields& fields, std::string_view name,
                                          std::string_view deprecated) {
  constexpr Range percent_range{0, 100};
  auto const percentage = fields.find(name);
  auto const percent = fields.find(deprecated);
  if (percentage && percent) {
    percent->warning("deprecated, ignored because `" + std::string(name) + "` is given as well");
  }
  if (percentage) return read_percentage(*percentage);
  if (!percent) return std::nullopt;
  return static_cast<Millionths>(percent->integer(percent_range).value_or(0) * 10'000);
}

}  // namespace tidegate::config::istio
