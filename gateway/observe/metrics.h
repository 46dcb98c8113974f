#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/observe/counter.h"
#include "gateway/observe/request_series.h"
#include "gateway/observe/tcp_series.h"

namespace tidegate::gateway {

class AccessLog;
class ClusterStates;
struct RequestRecord;

/// What a cluster's connectionPool or retryBudget may refuse.
enum class UpstreamLimit : std::uint8_t { requests, retries };

/// What one worker counts. Written by its thread only, read by whoever scrapes.
class WorkerMetrics {
 public:
  /// A request is over. No allocation once the like of it has been seen.
  void record(RequestRecord const& record);

  void connection_opened() { connections_opened_.add(); }
  void connection_closed() { connections_closed_.add(); }
  void connection_rejected() { connections_rejected_.add(); }  ///< by limits.connections
  void request_began() { requests_began_.add(); }
  void request_ended() { requests_ended_.add(); }
  /// `protocol` as tls::Session names it.
  void handshake_done(std::string_view protocol, bool is_resumed);
  void handshake_failed() { handshakes_failed_.add(); }
  /// The client broke HTTP and was answered with `status`.
  void downstream_protocol_error(int status);
  /// A client's HTTP/2 connection was ended because of `reason`, as http::H2Verdict has it.
  void http2_connection_ended(std::string_view reason);

  void upstream_connection_opened() { upstream_opened_.add(); }
  void upstream_connection_closed() { upstream_closed_.add(); }
  void upstream_connection_idle() { upstream_parked_.add(); }     ///< went to the pool
  void upstream_connection_taken() { upstream_unparked_.add(); }  ///< left it, for use or for good
  void upstream_connection_reused() { upstream_reused_.add(); }
  void upstream_connect_failed() { upstream_connect_failures_.add(); }
  void upstream_resend() { upstream_resends_.add(); }
  void upstream_retry() { upstream_retries_.add(); }
  void upstream_overflow(UpstreamLimit limit) {
    upstream_overflows_[static_cast<std::size_t>(limit)].add();
  }
  void mirror_sent() { mirrors_sent_.add(); }
  void mirror_left_out() { mirrors_left_out_.add(); }  ///< no host, or too much for a mirror

  /// A connection is passed on as it is. What else happens to it is added to the result.
  [[nodiscard]] TcpSeries& tcp_connection_opened(routing::Cluster const& cluster);

  /// An origin has accepted an upgrade.
  void tunnel_opened(bool is_websocket) { tunnels_opened_[is_websocket ? 0 : 1].add(); }
  void tunnel_closed() { tunnels_closed_.add(); }

 private:
  friend class MetricsText;
  static constexpr std::array<std::string_view, 5> versions{"TLSv1.3", "TLSv1.2", "TLSv1.1",
                                                            "TLSv1", "unknown"};
  static constexpr std::array<int, 12> error_statuses{400, 405, 408, 411, 413, 414,
                                                      417, 421, 426, 431, 501, 505};

  static constexpr std::array<std::string_view, 18> endings{
      "http2.protocol_error",      "http2.reset_flood",       "http2.premature_resets",
      "http2.provoked_resets",     "http2.open_stream_flood", "http2.continuation_flood",
      "http2.header_bomb",         "http2.header_timeout",    "http2.header_block_too_large",
      "http2.settings_flood",      "http2.settings_timeout",  "http2.ping_flood",
      "http2.priority_flood",      "http2.empty_data_flood",  "http2.window_update_flood",
      "http2.unknown_frame_flood", "http2.stale_head_flood",  "http2.outbound_flood"};

  Counter connections_opened_, connections_closed_, connections_rejected_;
  Counter requests_began_, requests_ended_;
  Counter handshakes_failed_;
  std::array<std::array<Counter, 2>, versions.size()> handshakes_;  ///< [version][resumed]
  std::array<Counter, error_statuses.size() + 1> protocol_errors_;  ///< the last: any other
  std::array<Counter, endings.size() + 1> http2_endings_;           ///< likewise
  Counter upstream_opened_, upstream_closed_, upstream_parked_, upstream_unparked_,
      upstream_reused_;
  Counter upstream_connect_failures_, upstream_resends_, upstream_retries_;
  Counter mirrors_sent_, mirrors_left_out_;
  std::array<Counter, 2> tunnels_opened_;  ///< with WebSocket, with anything else
  Counter tunnels_closed_;
  std::array<Counter, 2> upstream_overflows_;  ///< by UpstreamLimit
  RequestSeriesTable requests_;
  TcpSeriesTable tcp_;
};

/// Who the gateway is in Istio's labels; empty = unknown.
struct MetricsSource {
  std::string workload;
  std::string name_space;
  std::string app;
  std::string version;
  std::string cluster;
};

/// The metrics of the process: the sum of what its workers count, under Istio's names and labels
/// (istio: telemetry.go) and `tidegate_*`. Callable from any thread.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(Metrics const&) = delete;
  Metrics& operator=(Metrics const&) = delete;

  /// Lives as long as the Metrics do.
  [[nodiscard]] WorkerMetrics& add_worker();
  /// `log` must outlive every `text()`.
  void set_access_log(AccessLog const& log);
  /// Likewise.
  void set_clusters(ClusterStates const& clusters);
  void set_source(MetricsSource source);
  /// Configuration `version` is in force, the first one too.
  void reload_succeeded(std::uint64_t version);
  void reload_failed();

  /// Prometheus' text format, 0.0.4.
  [[nodiscard]] std::string text() const;

 private:
  friend class MetricsText;

  mutable std::mutex mutex_;  ///< guards everything below except what the workers count
  std::vector<std::unique_ptr<WorkerMetrics>> workers_;
  AccessLog const* access_log_ = nullptr;
  ClusterStates const* clusters_ = nullptr;
  MetricsSource source_;
  std::uint64_t reloads_succeeded_ = 0;
  std::uint64_t reloads_failed_ = 0;
  std::uint64_t configuration_version_ = 0;
  std::int64_t last_success_ = 0;  ///< seconds since 1970
};

}  // namespace tidegate::gateway
