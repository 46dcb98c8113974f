#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "gateway/upstream/cluster_state.h"

namespace tidegate::gateway {

/// What is known of the clusters whose hosts are looked at.
void add_cluster_families(ClusterStates const& clusters,
                          std::vector<prometheus::MetricFamily>& families);

}  // namespace tidegate::gateway
