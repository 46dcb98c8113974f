#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/observe/counter.h"
#include "gateway/observe/request_series.h"
#include "routing/cluster.h"

namespace tidegate::gateway {

/// The connections that one worker passed on to one cluster, and their bytes.
struct TcpSeries {
  SeriesKey key;
  Counter opened, closed;
  Counter sent;      ///< bytes to clients
  Counter received;  ///< bytes from them
};

/// All series of one worker, who alone adds to it. Only grows, as RequestSeriesTable does, and is
/// bounded like it.
class TcpSeriesTable {
 public:
  [[nodiscard]] TcpSeries& find(routing::Cluster const& cluster);
  /// From any thread; they live as long as the table.
  [[nodiscard]] std::vector<TcpSeries const*> all() const;

 private:
  mutable std::mutex mutex_;  ///< held while `by_cluster_` changes and while another thread looks
  std::map<std::string, std::unique_ptr<TcpSeries>, std::less<>> by_cluster_;
};

}  // namespace tidegate::gateway
