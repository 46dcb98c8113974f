#include "gateway/observe/cluster_families.h"

#include <utility>

#include "gateway/observe/metric_families.h"

namespace tidegate::gateway {

void add_cluster_families(ClusterStates const& clusters,
                          std::vector<prometheus::MetricFamily>& families) {
  using prometheus::MetricType;
  auto hosts = family("tidegate_hosts", "Endpoints of clusters with outlierDetection, by state.",
                      MetricType::Gauge);
  auto ejections = family("tidegate_outlier_ejections_total",
                          "Endpoints that failed too often and got no requests for a while.",
                          MetricType::Counter);
  clusters.for_each([&](std::string const& name, ClusterState const& state) {
    auto const counts = state.outliers.counts();
    if (counts.hosts == 0) return;
    auto const healthy = counts.hosts - counts.ejected;
    add_value(hosts, static_cast<double>(healthy), {{"cluster", name}, {"state", "healthy"}});
    add_value(hosts, static_cast<double>(counts.ejected),
              {{"cluster", name}, {"state", "ejected"}});
    for (std::size_t i = 0; i < counts.ejections.size(); ++i) {
      add_value(ejections, static_cast<double>(counts.ejections[i]),
                {{"cluster", name}, {"reason", std::string(OutlierDetector::reason_names[i])}});
    }
  });
  families.push_back(std::move(hosts));
  families.push_back(std::move(ejections));
}

}  // namespace tidegate::gateway
