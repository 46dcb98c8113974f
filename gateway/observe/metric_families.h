#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <utility>
#include <vector>

/// Short ways to write prometheus-cpp's structs.
namespace tidegate::gateway {

using MetricLabels = std::vector<prometheus::ClientMetric::Label>;

[[nodiscard]] inline prometheus::MetricFamily family(std::string name, std::string help,
                                                     prometheus::MetricType type) {
  return {std::move(name), std::move(help), type, {}};
}

inline void add_value(prometheus::MetricFamily& to, double value, MetricLabels labels = {}) {
  auto& metric = to.metric.emplace_back();
  metric.label = std::move(labels);
  metric.counter.value = value;
  metric.gauge.value = value;
}

[[nodiscard]] inline prometheus::MetricFamily counter(std::string name, std::string help,
                                                      double value) {
  auto made = family(std::move(name), std::move(help), prometheus::MetricType::Counter);
  add_value(made, value);
  return made;
}

[[nodiscard]] inline prometheus::MetricFamily gauge(std::string name, std::string help,
                                                    double value, MetricLabels labels = {}) {
  auto made = family(std::move(name), std::move(help), prometheus::MetricType::Gauge);
  add_value(made, value, std::move(labels));
  return made;
}

}  // namespace tidegate::gateway
