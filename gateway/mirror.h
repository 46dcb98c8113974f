#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/io/event_loop.h"
#include "gateway/upstream/claim.h"
#include "gateway/upstream/upstream.h"
#include "http/arena.h"
#include "http/stream.h"

namespace tidegate::gateway {

class Mirrors;

/// A copy of one request at its mirror: sent once, the answer thrown away. Owns all that it sends,
/// because the request itself may be over long before.
class Mirror final : public EventHandler,
                     public http::ResponseHandler,
                     public http::BodySink,
                     public TimerHandler {
 public:
  Mirror(Mirrors& owner, EventLoop& loop, http::RequestHead const& request, std::string_view body);

  /// Gives up after `longest`. False, with nothing sent, when the cluster has no room for it.
  [[nodiscard]] bool send(HostPtr host, milliseconds longest);

  // http::ResponseHandler
  void on_informational(http::ResponseHead& /*head*/) override {}
  void on_response(http::ResponseHead& head, http::End end) override;
  void on_failure(http::Failure /*failure*/) override { end(); }

  // http::BodySink: the answer's body
  http::Room write(http::Chunk chunk, http::End end) override;
  void finish(http::Headers const& /*trailers*/) override { end(); }
  void fail(http::Failure /*failure*/) override { end(); }
  void fed_by(http::BodySource* /*source*/) override {}

  void on_timer(Timer& /*timer*/) override { end(); }
  void on_ready(std::uint32_t events) override;

 private:
  void end();

  Mirrors& owner_;
  EventLoop& loop_;
  http::Arena arena_;
  http::RequestHead head_;
  std::string body_;
  Timer timer_;
  HostPtr host_;
  Claim claim_;
  http::ClientStreamPtr stream_;
};

/// The mirrors that one worker has under way. There are never so many that slow mirrors could cost
/// the gateway its memory: what comes on top is not sent.
class Mirrors {
 public:
  Mirrors(EventLoop& loop, WorkerMetrics& metrics) : loop_(loop), metrics_(metrics) {}

  /// Sends a copy of `request`, whose body is `body`, to one of the hosts of `upstream`.
  void send(Upstream& upstream, routing::Random& random, http::RequestHead const& request,
            std::string_view body, milliseconds longest);
  /// Destroys it at the end of the turn. Not from inside a callback of its stream.
  void remove(Mirror& mirror);

 private:
  EventLoop& loop_;
  WorkerMetrics& metrics_;
  std::unordered_map<Mirror*, std::unique_ptr<Mirror>> under_way_;
};

}  // namespace tidegate::gateway
