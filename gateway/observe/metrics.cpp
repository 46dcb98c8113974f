#include "gateway/observe/metrics.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "gateway/observe/metrics_text.h"
#include "gateway/observe/record.h"

namespace tidegate::gateway {

void WorkerMetrics::record(RequestRecord const& record) {
  RequestSeries& series = requests_.find(record);
  series.requests.add();
  series.duration.add(static_cast<std::uint64_t>(std::max<long long>(record.duration.count(), 0)));
  series.request_bytes.add(record.bytes_received);
  series.response_bytes.add(record.bytes_sent);
  if (!record.is_grpc) return;
  series.request_messages.add(record.request_messages);
  series.response_messages.add(record.response_messages);
}

TcpSeries& WorkerMetrics::tcp_connection_opened(routing::Cluster const& cluster) {
  TcpSeries& series = tcp_.find(cluster);
  series.opened.add();
  return series;
}

void WorkerMetrics::handshake_done(std::string_view protocol, bool is_resumed) {
  auto const found = std::find(versions.begin(), versions.end() - 1, protocol);
  auto const version = static_cast<std::size_t>(found - versions.begin());
  handshakes_[version][is_resumed ? 1 : 0].add();
}

void WorkerMetrics::downstream_protocol_error(int status) {
  auto const found = std::find(error_statuses.begin(), error_statuses.end(), status);
  protocol_errors_[static_cast<std::size_t>(found - error_statuses.begin())].add();
}

void WorkerMetrics::http2_connection_ended(std::string_view reason) {
  auto const found = std::find(endings.begin(), endings.end(), reason);
  http2_endings_[static_cast<std::size_t>(found - endings.begin())].add();
}

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

WorkerMetrics& Metrics::add_worker() {
  std::lock_guard const lock(mutex_);
  return *workers_.emplace_back(std::make_unique<WorkerMetrics>());
}

void Metrics::set_access_log(AccessLog const& log) {
  std::lock_guard const lock(mutex_);
  access_log_ = &log;
}

void Metrics::set_clusters(ClusterStates const& clusters) {
  std::lock_guard const lock(mutex_);
  clusters_ = &clusters;
}

void Metrics::set_source(MetricsSource source) {
  std::lock_guard const lock(mutex_);
  source_ = std::move(source);
}

void Metrics::reload_succeeded(std::uint64_t version) {
  using namespace std::chrono;
  std::lock_guard const lock(mutex_);
  ++reloads_succeeded_;
  configuration_version_ = version;
  last_success_ = duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

void Metrics::reload_failed() {
  std::lock_guard const lock(mutex_);
  ++reloads_failed_;
}

std::string Metrics::text() const {
  std::lock_guard const lock(mutex_);
  return MetricsText(*this).serialize();
}

}  // namespace tidegate::gateway
