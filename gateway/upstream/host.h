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
#include "http/stream.h"
#include "routing/cluster.h"

namespace tidegate::gateway {

class Dialer;
class H1Client;
class H2Client;
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
  /// in the protocol that the cluster wants for it.
  [[nodiscard]] http::ClientStreamPtr open(http::ResponseHandler& handler, Reuse reuse,
                                           http::RequestHead const& request);
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
  /// The same protocol and TLS as before, but perhaps other limits.
  void update(OriginPtr origin) { origin_ = std::move(origin); }
  /// Why the last connection could not be made.
  [[nodiscard]] std::string const& connect_error() const { return connect_error_; }
  [[nodiscard]] std::uint32_t active_requests() const { return active_requests_; }

 private:
  friend class H1Client;
  friend class H2Client;
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
  void note_failure(std::string const& error) { connect_error_ = error; }
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
  std::string connect_error_;
  std::unique_ptr<tls::ClientSessions> sessions_;  ///< to resume
  std::vector<std::unique_ptr<H2Client>> shared_;  ///< HTTP/2
  std::vector<std::unique_ptr<H1Client>> connections_;
  std::vector<H1Client*> idle_;  ///< the one used last at the back: the others may age away
  std::uint32_t active_requests_ = 0;
  std::uint32_t references_ = 0;
  bool is_retired_ = false;
};

using HostPtr = boost::intrusive_ptr<Host>;

}  // namespace tidegate::gateway
