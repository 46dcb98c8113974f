#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "gateway/observe/metric_families.h"
#include "gateway/observe/metrics.h"

namespace tidegate::gateway {

/// Istio's labels of who is spoken to by whom, the same for requests and connections.
[[nodiscard]] MetricLabels peer_labels(SeriesKey const& key, MetricsSource const& source);

/// Sums the series of several workers and writes Istio's request metrics with its 25 labels (istio:
/// telemetry.go:981; istio-proxy: istio_stats.cc).
class RequestFamilies {
 public:
  explicit RequestFamilies(MetricsSource const& source);
  ~RequestFamilies();
  RequestFamilies(RequestFamilies const&) = delete;
  RequestFamilies& operator=(RequestFamilies const&) = delete;

  void add(RequestSeriesTable const& worker);
  void finish(std::vector<prometheus::MetricFamily>& families) const;

 private:
  struct Totals;
  MetricsSource const& source_;
  std::unique_ptr<Totals> totals_;
};

}  // namespace tidegate::gateway
