#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <string>
#include <vector>

#include "gateway/observe/metrics.h"

namespace tidegate::gateway {

/// One scrape: sums the workers' counts and names them for Prometheus. The caller holds the
/// metrics' lock.
class MetricsText final : public prometheus::Collectable {
 public:
  explicit MetricsText(Metrics const& metrics) : metrics_(metrics) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;
  [[nodiscard]] std::string serialize() const;

 private:
  using Families = std::vector<prometheus::MetricFamily>;

  void add_downstream(Families& families) const;
  void add_tunnels(Families& families) const;
  void add_http2(Families& families) const;
  void add_tls(Families& families) const;
  void add_upstream(Families& families) const;
  void add_overflows(Families& families) const;
  void add_clusters(Families& families) const;
  void add_configuration(Families& families) const;
  void add_requests(Families& families) const;
  [[nodiscard]] double sum(Counter WorkerMetrics::*counter) const;
  /// How many are there now: what came less what went.
  [[nodiscard]] double difference(Counter WorkerMetrics::*came, Counter WorkerMetrics::*went) const;

  Metrics const& metrics_;
};

}  // namespace tidegate::gateway
