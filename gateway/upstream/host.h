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
#include "gateway/upstream/origin.h"
#include "gateway/upstream/outlier_detector.h"
#include "gateway/upstream/request_queue.h"
#include "http/stream.h"
#include "routing/cluster.h"

namespace tidegate::gateway {

class Dialer;
class H1Client;
class H2Client;
class L4Relay;
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
  Host(UpstreamContext& context, SocketAddress const& address, routing::Endpoint const& endpoint,
       OriginPtr origin);
  ~Host();
  Host(Host const&) = delete;
  Host& operator=(Host const&) = delete;

  /// A stream for `request`: over a connection of the pool, if `reuse` allows, or over a new one;
  /// in the protocol that the cluster wants for it. Null when the cluster may have no further
  /// connection: then it may wait for its turn.
  [[nodiscard]] http::ClientStreamPtr open(http::ResponseHandler& handler, Reuse reuse,
                                           http::RequestHead const& request);
  /// Is there surely no connection for `request` at the moment?
  [[nodiscard]] bool is_full(http::RequestHead const& request) const;
  /// Waits until there may be a connection. False when too many wait.
  [[nodiscard]] bool wait(WaitingRequest& request);
  /// A share of what the cluster may do at a time; empty when that is used up.
  [[nodiscard]] Claim claim_request() const;
  [[nodiscard]] Claim claim_retry() const;
  [[nodiscard]] bool counts_requests() const { return origin_->counts_requests(); }
  [[nodiscard]] bool limits_retries() const { return origin_->retry_limit() != Origin::unlimited; }
  /// No new requests will come: closes what idles.
  void retire();
  /// What the attempt that was made here came to.
  void report(AttemptResult result);
  /// Is it healthy? Looked at again after each change of the cluster's health; who comes back warms
  /// up again.
  [[nodiscard]] bool look_at_health(TimePoint now);
  /// For how long it has been used; very long for the cluster's first hosts.
  [[nodiscard]] milliseconds age(TimePoint now) const {
    return std::chrono::duration_cast<milliseconds>(now - used_since_);
  }
  /// It has just come to a cluster that has hosts already.
  void begin_to_warm_up(TimePoint now) { used_since_ = now; }
  /// Other addresses of the same name, raced when this one does not answer.
  void set_alternatives(std::vector<SocketAddress> addresses) {
    alternatives_ = std::move(addresses);
  }

  [[nodiscard]] SocketAddress const& address() const { return address_; }
  [[nodiscard]] std::string const& text() const { return text_; }  ///< `address:port`
  [[nodiscard]] routing::Endpoint const& endpoint() const { return endpoint_; }
  void update(routing::Endpoint const& endpoint) { endpoint_ = endpoint; }
  /// The same protocol and TLS as before, but perhaps other limits.
  void update(OriginPtr origin);
  /// Why the last connection could not be made.
  [[nodiscard]] std::string const& connect_error() const { return connect_error_; }
  [[nodiscard]] std::uint32_t active_requests() const { return active_requests_; }

 private:
  friend class H1Client;
  friend class H2Client;
  friend class L4Relay;
  friend void intrusive_ptr_add_ref(Host* host) { ++host->references_; }
  friend void intrusive_ptr_release(Host* host) {
    if (--host->references_ == 0) delete host;
  }

  [[nodiscard]] std::string_view server_name(http::RequestHead const& request) const;
  [[nodiscard]] http::ClientStreamPtr open_http1(http::ResponseHandler& handler, Reuse reuse,
                                                 http::RequestHead const& request);
  [[nodiscard]] http::ClientStreamPtr open_http2(http::ResponseHandler& handler, Reuse reuse,
                                                 http::RequestHead const& request);

  // Called by the connections.
  [[nodiscard]] std::unique_ptr<Dialer> dial(EventHandler& owner, Origin const& origin,
                                             std::string_view server_name);
  void note_failure(std::string const& error);
  [[nodiscard]] Claim claim_connection(bool is_first);
  /// A connection may be free.
  void on_room();
  [[nodiscard]] bool wants_idle() const;
  void on_idle(H1Client& connection);
  void on_closed(H1Client& connection);
  void on_left_idle(H1Client& connection);
  void on_closed(H2Client& connection);

  UpstreamContext& context_;
  SocketAddress address_;
  std::string text_;
  routing::Endpoint endpoint_;
  std::vector<SocketAddress> alternatives_;
  OriginPtr origin_;
  HostHealthPtr health_;  ///< null when the cluster does not look at it
  TimePoint used_since_ = TimePoint{} - std::chrono::hours(24 * 365);
  std::unique_ptr<RequestQueue> queue_;  ///< once somebody has had to wait
  std::string connect_error_;
  std::unique_ptr<tls::ClientSessions> sessions_;  ///< to resume
  std::vector<std::unique_ptr<H2Client>> shared_;  ///< HTTP/2
  std::vector<std::unique_ptr<H1Client>> connections_;
  std::vector<H1Client*> idle_;  ///< the one used last at the back: the others may age away
  std::uint32_t active_requests_ = 0;
  std::uint32_t references_ = 0;
  bool is_retired_ = false;
  bool was_healthy_ = true;
};

using HostPtr = boost::intrusive_ptr<Host>;

}  // namespace tidegate::gateway
