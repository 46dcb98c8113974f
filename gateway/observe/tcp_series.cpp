#include "gateway/observe/tcp_series.h"

#include <utility>

namespace tidegate::gateway {

TcpSeries& TcpSeriesTable::find(routing::Cluster const& cluster) {
  constexpr auto overflow = "overflow";
  auto known = by_cluster_.find(cluster.name);
  bool const is_full = by_cluster_.size() >= RequestSeriesTable::most_series;
  if (known == by_cluster_.end() && is_full) known = by_cluster_.find(overflow);
  if (known != by_cluster_.end()) return *known->second;
  auto made = std::make_unique<TcpSeries>();
  auto& key = made->key;
  if (is_full) {
    key.cluster = key.service = key.service_name = overflow;
  } else {
    key.cluster = cluster.name;
    key.service = cluster.service;
    key.service_name = cluster.service_name;
    key.name_space = cluster.name_space;
    key.version = cluster.subset;
  }
  std::lock_guard const lock(mutex_);
  return *by_cluster_.emplace(key.cluster, std::move(made)).first->second;
}

std::vector<TcpSeries const*> TcpSeriesTable::all() const {
  std::lock_guard const lock(mutex_);
  std::vector<TcpSeries const*> found;
  found.reserve(by_cluster_.size());
  for (auto const& [cluster, series] : by_cluster_) found.push_back(series.get());
  return found;
}

}  // namespace tidegate::gateway
