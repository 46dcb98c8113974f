#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/settings.h"
#include "gateway/io/event_loop.h"
#include "gateway/io/output.h"
#include "gateway/io/socket.h"
#include "http/stream.h"
#include "routing/cluster.h"

namespace tidegate::gateway {

class H1Client;
class WorkerMetrics;

/// What upstream connections need from their worker.
struct UpstreamContext {
  EventLoop& loop;
  BufferPool& buffers;
  std::span<char> scratch;
  WorkerMetrics& metrics;
  config::Limits limits;  ///< of the newest configuration
};

/// Whether a request may go over a connection that has served others.
enum class Reuse : std::uint8_t {
  never,    ///< a new one: the last that was used again had just been closed by the origin
  checked,  ///< only after a look whether the origin has closed it
  freely,
};

/// One endpoint as one worker sees it: its address and its connections. Lives as long as anybody
/// refers to it: its cluster, or a request under way. Counted without atomics: it never leaves its
/// worker.
class Host {
 public:
  Host(UpstreamContext& context, SocketAddress const& address, routing::Endpoint const& endpoint);
  ~Host();
  Host(Host const&) = delete;
  Host& operator=(Host const&) = delete;

  /// A stream for one request: over a connection that waits in the pool, if `reuse` allows, or over
  /// a new one.
  [[nodiscard]] http::ClientStreamPtr open(http::ResponseHandler& handler, Reuse reuse);
  /// No new requests will come: closes what idles.
  void retire();
  /// Other addresses of the same name, raced when this one does not answer.
  void set_alternatives(std::vector<SocketAddress> addresses) {
    alternatives_ = std::move(addresses);
  }

  [[nodiscard]] SocketAddress const& address() const { return address_; }
  [[nodiscard]] std::string const& text() const { return text_; }  ///< `address:port`
  [[nodiscard]] routing::Endpoint const& endpoint() const { return endpoint_; }
  void update(routing::Endpoint const& endpoint) { endpoint_ = endpoint; }
  [[nodiscard]] std::uint32_t active_requests() const { return active_requests_; }

 private:
  friend class H1Client;
  friend void intrusive_ptr_add_ref(Host* host) { ++host->references_; }
  friend void intrusive_ptr_release(Host* host) {
    if (--host->references_ == 0) delete host;
  }

  // Called by the connections.
  [[nodiscard]] bool wants_idle() const;
  void on_idle(H1Client& connection);
  void on_closed(H1Client& connection);
  void on_left_idle(H1Client& connection);

  UpstreamContext& context_;
  SocketAddress address_;
  std::string text_;
  routing::Endpoint endpoint_;
  std::vector<SocketAddress> alternatives_;
  std::vector<std::unique_ptr<H1Client>> connections_;
  std::vector<H1Client*> idle_;  ///< the one used last at the back: the others may age away
  std::uint32_t active_requests_ = 0;
  std::uint32_t references_ = 0;
  bool is_retired_ = false;
};

using HostPtr = boost::intrusive_ptr<Host>;

}  // namespace tidegate::gateway
