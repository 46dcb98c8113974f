#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/configuration.h"
#include "gateway/downstream/client_connection.h"
#include "gateway/downstream/hello_reader.h"
#include "gateway/downstream/listener.h"
#include "gateway/downstream/service.h"
#include "gateway/exchange.h"
#include "gateway/io/event_loop.h"
#include "gateway/io/output.h"
#include "gateway/mirror.h"
#include "gateway/observe/access_log.h"
#include "gateway/observe/metrics.h"
#include "gateway/observe/record.h"
#include "gateway/pinned.h"
#include "gateway/upstream/cluster_state.h"
#include "gateway/upstream/upstream.h"
#include "routing/random.h"

namespace tidegate::gateway {

/// What all workers share. Nothing of it is written for a request that goes well.
struct SharedState {
  std::atomic<std::uint32_t> connections{0};
  ClusterStates clusters;
};

/// One thread's share of the gateway: its loop, its connections on both sides, everything that a
/// request touches. Other threads reach it through `loop().post` only.
class Worker final : public Service, public HelloReader::Owner, public TimerHandler {
 public:
  Worker(SharedState& shared, WorkerMetrics& metrics, AccessLog& access_log, std::uint64_t seed);
  ~Worker();

  /// Serves `configuration` from the next request on. In the loop's thread, as everything below.
  /// Throws std::system_error, before anything has changed, when a listener cannot be opened.
  void publish(std::shared_ptr<Configuration const> configuration,
               std::shared_ptr<DnsTable const> dns);
  void update_dns(std::shared_ptr<DnsTable const> dns);
  /// Closes the listeners and lets connections end after their present request. `on_idle` is called
  /// once all are gone.
  void drain(std::function<void()> on_idle);
  /// Ends every connection now.
  void cut();

  // Service
  EventLoop& loop() override { return loop_; }
  BufferPool& buffers() override { return buffers_; }
  std::span<char> scratch() override { return scratch_; }
  config::Settings const& settings() const override { return pinned_->snapshot().settings; }
  WorkerMetrics& metrics() override { return metrics_; }
  [[nodiscard]] bool is_draining() const override { return is_draining_; }
  RequestHandler& begin(ConnectionInfo const& connection) override;
  void closed(ClientConnection& connection) override;
  [[nodiscard]] bool speaks_http2() const override { return true; }
  void switch_to_http2(ClientConnection& connection, Transport transport, ConnectionInfo info,
                       std::string_view received) override;

  void hello_read(ClientConnection& reader, Socket socket, ConnectionInfo info,
                  tls::ServerName const& name) override;

  // For exchanges and relays
  [[nodiscard]] routing::Random& random() { return random_; }
  [[nodiscard]] Mirrors& mirrors() { return mirrors_; }
  /// The present time for `Date` fields (RFC 9110 §5.6.7); renewed once a second.
  [[nodiscard]] std::string_view date();
  [[nodiscard]] bool writes_access_log() const { return access_log_file_.is_enabled(); }
  void log(RequestRecord& record, http::Headers const& request_headers);
  void log_connection(RequestRecord& record);
  void recycle(Exchange& exchange);

  void on_timer(Timer& timer) override;

 private:
  using ListenerKey = std::pair<std::string, std::uint16_t>;

  void open_listeners(Configuration const& configuration);
  [[nodiscard]] std::uint32_t listener_id(routing::Listener const& listener);
  void accept(std::uint32_t listener, Socket socket, SocketAddress const& remote);
  [[nodiscard]] std::unique_ptr<ClientConnection> connection_of(Socket socket, ConnectionInfo info);
  [[nodiscard]] std::unique_ptr<ClientConnection> relay_to(Transport client, ConnectionInfo info,
                                                           routing::Targets const& targets);
  [[nodiscard]] PinnedPtr pin(std::shared_ptr<Configuration const> configuration);
  void update_upstream(routing::Cluster const& cluster);
  void adopt(std::unique_ptr<ClientConnection> connection);
  void release(ClientConnection& connection);
  void report_if_idle();

  SharedState& shared_;
  WorkerMetrics& metrics_;
  AccessLog& access_log_file_;
  AccessLogBuffer access_log_;
  BufferPool buffers_;  ///< outlives what the loop disposes of last
  EventLoop loop_;
  std::unique_ptr<char[]> scratch_memory_;
  std::span<char> scratch_;
  routing::Random random_;
  UpstreamContext upstream_context_;
  Timer flush_timer_;

  std::shared_ptr<DnsTable const> dns_;
  std::unordered_map<std::string, std::shared_ptr<Upstream>>
      upstreams_;  ///< by cluster name: survive reloads
  Mirrors mirrors_;
  PinnedPtr pinned_;
  std::map<ListenerKey, std::uint32_t> listener_ids_;
  std::map<std::uint32_t, std::unique_ptr<Listener>> listeners_;

  std::vector<std::unique_ptr<Exchange>> exchanges_;  ///< all there are
  std::vector<Exchange*> free_exchanges_;
  std::unordered_map<ClientConnection*, std::unique_ptr<ClientConnection>> connections_;
  std::array<char, 32> date_{};
  TimePoint date_valid_until_{};
  std::function<void()> on_idle_;
  TimePoint tunnels_end_{};  ///< while draining
  bool is_draining_ = false;
};

}  // namespace tidegate::gateway
