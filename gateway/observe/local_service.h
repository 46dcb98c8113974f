#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/downstream/client_connection.h"
#include "gateway/downstream/listener.h"
#include "gateway/downstream/service.h"
#include "gateway/io/output.h"
#include "gateway/io/transport.h"
#include "gateway/observe/metrics.h"

namespace tidegate::gateway {

/// An answer that is made at once, in the main thread.
struct LocalAnswer {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain";
};

/// A small HTTP server for the process's own pages: health, metrics, the admin API. The same
/// connections as the data path, with a function behind each path instead of an origin.
class LocalService final : public Service {
 public:
  using Answer = std::function<LocalAnswer(http::RequestHead const&)>;

  /// Listens on `address` (`ip:port`). Throws std::system_error.
  LocalService(EventLoop& loop, std::string const& address, Answer answer);
  ~LocalService();

  EventLoop& loop() override { return loop_; }
  BufferPool& buffers() override { return buffers_; }
  std::span<char> scratch() override { return scratch_; }
  config::Settings const& settings() const override { return settings_; }
  WorkerMetrics& metrics() override { return metrics_; }
  [[nodiscard]] bool is_draining() const override { return false; }
  RequestHandler& begin(ConnectionInfo const& connection) override;
  void closed(ClientConnection& connection) override;
  [[nodiscard]] bool speaks_http2() const override { return false; }
  void switch_to_http2(ClientConnection&, Transport, ConnectionInfo, std::string_view) override {}

 private:
  class Handler;
  EventLoop& loop_;
  Answer answer_;
  Metrics own_metrics_;  ///< what happens here is nobody's traffic
  WorkerMetrics& metrics_;
  config::Settings settings_;
  BufferPool buffers_;
  std::vector<char> scratch_;
  std::vector<std::unique_ptr<Handler>> handlers_;
  std::vector<Handler*> free_handlers_;
  std::map<std::uint64_t, std::unique_ptr<ClientConnection>> connections_;  ///< the oldest first
  std::uint64_t next_id_ = 0;
  std::unique_ptr<Listener> listener_;
};

}  // namespace tidegate::gateway
