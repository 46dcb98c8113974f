#include "gateway/observe/tcp_families.h"

#include <utility>

#include "gateway/observe/metric_families.h"
#include "gateway/observe/request_families.h"

namespace tidegate::gateway {

void TcpFamilies::add(TcpSeriesTable const& worker) {
  for (auto const* series : worker.all()) {
    Sums& sums = by_cluster_[series->key.cluster];
    sums.key = series->key;
    sums.closed += series->closed.value();  // before what was opened, or more would end than begin
    sums.opened += series->opened.value();
    sums.sent += series->sent.value();
    sums.received += series->received.value();
  }
}

void TcpFamilies::finish(std::vector<prometheus::MetricFamily>& families) const {
  using prometheus::MetricType;
  auto opened = family("istio_tcp_connections_opened_total", "Connections passed on to services.",
                       MetricType::Counter);
  auto closed = family("istio_tcp_connections_closed_total", "Such connections that are over.",
                       MetricType::Counter);
  auto sent = family("istio_tcp_sent_bytes_total", "Bytes of such connections sent to clients.",
                     MetricType::Counter);
  auto received = family("istio_tcp_received_bytes_total",
                         "Bytes of such connections received from clients.", MetricType::Counter);
  for (auto const& [cluster, sums] : by_cluster_) {
    auto labels = peer_labels(sums.key, source_);
    labels.push_back({"request_protocol", "tcp"});
    labels.push_back({"connection_security_policy", "unknown"});
    add_value(opened, static_cast<double>(sums.opened), labels);
    add_value(closed, static_cast<double>(sums.closed), labels);
    add_value(sent, static_cast<double>(sums.sent), labels);
    add_value(received, static_cast<double>(sums.received), labels);
  }
  for (auto* const made : {&opened, &closed, &sent, &received})
    families.push_back(std::move(*made));
}

}  // namespace tidegate::gateway
