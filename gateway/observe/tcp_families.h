#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <string>
#include <vector>

#include "gateway/observe/metrics.h"

namespace tidegate::gateway {

/// Sums the series of several workers and writes Istio's four metrics of connections.
class TcpFamilies {
 public:
  explicit TcpFamilies(MetricsSource const& source) : source_(source) {}

  void add(TcpSeriesTable const& worker);
  void finish(std::vector<prometheus::MetricFamily>& families) const;

 private:
  struct Sums {
    SeriesKey key;
    std::uint64_t opened = 0, closed = 0, sent = 0, received = 0;
  };
  MetricsSource const& source_;
  std::map<std::string, Sums> by_cluster_;
};

}  // namespace tidegate::gateway
