#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/downstream/client_connection.h"
#include "gateway/downstream/service.h"
#include "gateway/io/transport.h"
#include "gateway/l4_flow.h"
#include "gateway/pinned.h"
#include "gateway/upstream/host.h"
#include "http/response_flags.h"
#include "routing/route.h"

namespace tidegate::gateway {

class Dialer;
class Worker;
struct TcpSeries;

/// A client's connection whose bytes are passed on without a look at them: undecrypted, in clear,
/// or after TLS ended here. One connection to one origin of a cluster, chosen once.
class L4Relay final : public ClientConnection, public TimerHandler {
 public:
  /// `targets` belong to `pinned`; none: the connection is refused.
  L4Relay(Worker& worker, Transport client, ConnectionInfo info, PinnedPtr pinned,
          routing::Targets const& targets);
  ~L4Relay() override;

  void open() override;
  void drain() override;
  void cut() override;
  void on_ready(std::uint32_t events) override;
  void on_timer(Timer& timer) override;

 private:
  struct OriginEvents;
  enum class Phase : std::uint8_t { handshake, connecting, flowing, closed };

  void shake_hands();
  void choose();
  void connect();
  void on_origin_ready(std::uint32_t events);
  void on_dialed();
  void on_unreachable(std::string const& error);
  void step();
  void note_progress();
  void on_broken(http::Flag flag, std::string_view details);
  void close(http::Flags flags, std::string_view details);
  void log(http::Flags flags, std::string_view details);

  Worker& worker_;
  ConnectionInfo info_;
  PinnedPtr pinned_;
  routing::Targets const& targets_;
  routing::Cluster const* cluster_ = nullptr;
  TcpSeries* series_ = nullptr;
  HostPtr host_;
  OriginPtr settings_;  ///< of the host, which a reload may give others
  std::vector<HostPtr> tried_;
  std::unique_ptr<OriginEvents> origin_events_;
  std::unique_ptr<Dialer> dialer_;
  Transport client_;
  Transport origin_{Socket{}};
  std::optional<L4Flow> up_;  ///< from the client
  std::optional<L4Flow> down_;
  std::string origin_address_;
  std::string local_address_;
  std::string connect_error_;
  std::uint32_t early_client_events_ = 0;  ///< epoll's, before anything flows; they come once
  std::uint32_t early_origin_events_ = 0;
  std::uint64_t counted_up_ = 0;
  std::uint64_t counted_down_ = 0;
  Timer timer_;
  TimePoint begun_;
  Phase phase_ = Phase::connecting;
};

}  // namespace tidegate::gateway
