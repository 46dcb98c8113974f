#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace tidegate::gateway {

/// `process_*` as every Prometheus client library names them: CPU, memory, descriptors, start.
/// What /proc does not tell is left out.
void add_process_metrics(std::vector<prometheus::MetricFamily>& families);

}  // namespace tidegate::gateway
