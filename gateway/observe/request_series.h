#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "gateway/observe/counter.h"

namespace tidegate::gateway {

struct RequestRecord;

/// What tells the requests of one series from those of another; every label follows from it.
struct SeriesKey {
  std::string cluster;  ///< its name; empty = no route was found
  std::string service;
  std::string service_name;
  std::string name_space;
  std::string version;  ///< the endpoint's, else the subset; empty = neither known
  int response_code = 0;
  std::uint32_t flags = 0;
  int grpc_status = not_grpc;

  static constexpr int not_grpc = -1;
  static constexpr int strange_grpc_status = -2;  ///< gRPC with a number outside 0..16
  static constexpr int no_grpc_status = -3;       ///< gRPC that ended without one

  /// `service` and the names beside it follow from `cluster`.
  [[nodiscard]] auto identity() const {
    return std::tie(cluster, version, response_code, flags, grpc_status);
  }
};

/// The requests of one worker that share all labels.
struct RequestSeries {
  SeriesKey key;
  std::size_t hash = 0;
  Counter requests;
  Histogram<1'000'000> duration;  ///< nanoseconds, shown as milliseconds
  Histogram<1> request_bytes;
  Histogram<1> response_bytes;
  Counter request_messages;  ///< of gRPC
  Counter response_messages;
};

/// All series of one worker, who alone adds to it. Only grows, so that a scraping thread may read
/// the counters of what it found. Clusters come and go with the configuration; their counts stay.
class RequestSeriesTable {
 public:
  /// More different series than this share one that is labelled `overflow`, so that nobody can fill
  /// the memory with them.
  static constexpr std::size_t most_series = 2'000;

  RequestSeriesTable();

  /// The series of `record`; one look-up. Allocates only where there was none before.
  [[nodiscard]] RequestSeries& find(RequestRecord const& record);
  /// All there are, for reading their counters. From any thread; they live as long as the table.
  [[nodiscard]] std::vector<RequestSeries const*> all() const;

 private:
  [[nodiscard]] RequestSeries& add(RequestRecord const& record, std::size_t hash);
  void insert(RequestSeries& series);
  void grow();

  mutable std::mutex mutex_;  ///< held while `all_` changes and while another thread looks at it
  std::vector<std::unique_ptr<RequestSeries>> all_;
  std::vector<RequestSeries*> slots_;  ///< open addressing by hash; the worker's own
  RequestSeries* overflow_ = nullptr;
};

}  // namespace tidegate::gateway
