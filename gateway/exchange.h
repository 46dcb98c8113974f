#pragma once

#include <array>
#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/downstream/service.h"
#include "gateway/grpc_stream.h"
#include "gateway/io/task.h"
#include "gateway/io/timer_wheel.h"
#include "gateway/pinned.h"
#include "gateway/replay.h"
#include "gateway/tunnel.h"
#include "gateway/upstream/host.h"
#include "http/arena.h"
#include "http/forwarding.h"
#include "http/response_flags.h"
#include "http/stream.h"
#include "routing/policy.h"
#include "routing/route.h"

namespace tidegate::gateway {

class Worker;
struct RequestRecord;

/// One request, from its head to its line in the log. `run` reads from top to bottom as its life;
/// what happens to bodies after the heads are through is told by the sink functions. Recycled by
/// its worker: nothing is allocated for an ordinary request.
class Exchange final : public TaskOwner,
                       public RequestHandler,
                       public http::ResponseHandler,
                       public http::BodySink,
                       public Replay::Listener,
                       public WaitingRequest,
                       public TimerHandler {
 public:
  explicit Exchange(Worker& worker);

  /// Before anything else for every request.
  void prepare(ConnectionInfo const& connection, PinnedPtr configuration);
  /// Ends a tunnel, if there is one, in good order: both sides are told, and have a moment.
  void leave_tunnel();

  // RequestHandler
  http::Arena& arena() override { return arena_; }
  http::RequestHead& request() override { return request_; }
  void start(http::ServerStream& stream) override;
  void reject(http::ServerStream& stream, int status, std::string_view details) override;
  void on_request_failure(http::Failure failure) override;
  void finished(std::optional<http::Failure> failure) override;

  // http::ResponseHandler: what became of the present attempt
  void on_informational(http::ResponseHead& head) override;
  void on_response(http::ResponseHead& head, http::End end) override;
  void on_failure(http::Failure failure) override;

  // http::BodySink: the answer's body on its way to the client
  http::Room write(http::Chunk chunk, http::End end) override;
  void finish(http::Headers const& trailers) override;
  void fail(http::Failure failure) override;
  void fed_by(http::BodySource* source) override { server_->fed_by(source); }

  // Replay::Listener
  void on_request_complete() override;

  // WaitingRequest
  [[nodiscard]] bool on_turn() override;
  void on_unreachable() override;

  void on_timer(Timer& timer) override;

 private:
  /// What an attempt came to.
  struct Outcome {
    http::ResponseHead* response =
        nullptr;  ///< valid while the coroutine runs inside `on_response`
    http::End end = http::End::no;
    http::Failure failure = {};
    bool no_host = false;
  };

  Task run();
  [[nodiscard]] bool normalise();
  [[nodiscard]] http::Peer peer() const;
  [[nodiscard]] bool find_route();
  [[nodiscard]] bool admit_upgrade();
  [[nodiscard]] bool answer_by_route();
  [[nodiscard]] routing::HeaderFacts header_facts(http::ResponseHead const* response) const;
  [[nodiscard]] bool has_changes() const { return route_->actions || target_headers_ != nullptr; }
  [[nodiscard]] bool change_request();
  void change_authority(std::string_view authority);
  void change_answer(http::ResponseHead& head);
  void prepare_upstream_request();
  void mirror_request();
  void complete_handshake();
  [[nodiscard]] bool is_request_complete() const;
  void begin_route_timeout();
  void begin_try_timeout();
  [[nodiscard]] bool begin_attempt();
  enum class Opened : std::uint8_t { yes, no_room, overflow };
  [[nodiscard]] Opened open_stream();
  void send_request();
  [[nodiscard]] http::Failure overflow();
  [[nodiscard]] bool may_retry();
  [[nodiscard]] bool claim_retry();
  [[nodiscard]] std::string_view client_address() const;
  void find_hash();
  [[nodiscard]] HostPtr pick_host();
  [[nodiscard]] int status_for_host(http::ResponseHead const& head);
  void report_attempt();
  [[nodiscard]] bool is_unanswered() const;
  [[nodiscard]] bool should_resend() const;
  [[nodiscard]] bool is_safe_again() const;
  void forward(http::ResponseHead& head, http::End end);
  [[nodiscard]] bool looks_accepted(http::ResponseHead const& head) const;
  [[nodiscard]] bool closes_with_refusal(http::ResponseHead const& head) const;
  void open_tunnel();
  void on_tunnel_deadline();
  void close_tunnel();
  [[nodiscard]] bool is_over() const;
  [[nodiscard]] std::uint64_t bytes_received() const;
  [[nodiscard]] std::uint64_t bytes_moved() const { return bytes_sent_ + bytes_received(); }

  struct Pause;
  [[nodiscard]] Pause pause(milliseconds duration);

  void reply(routing::Reply const& reply);
  void reply_https_redirect(std::uint16_t port);
  void reply_failure(http::Failure failure);
  void give_up_attempt();

  [[nodiscard]] std::chrono::milliseconds upstream_time() const;
  void arm_deadline();
  void end_by_timeout(http::Flag flag, std::string_view details);
  [[nodiscard]] http::ServerStream& note_grpc(http::ServerStream& stream);
  [[nodiscard]] bool begin_grpc();
  void set_grpc_timeout();
  [[nodiscard]] int grpc_status_of(routing::Reply const& answer) const;
  [[nodiscard]] bool is_grpc_deadline_over() const;
  [[nodiscard]] bool finish_late_grpc();
  void note_grpc_status(http::Headers const& fields);
  void describe_grpc(RequestRecord& record) const;
  void describe_upstream(RequestRecord& record) const;
  void log(std::optional<http::Failure> failure);
  void recycle();

  Worker& worker_;
  http::Arena arena_;
  http::RequestHead request_;
  http::ResponseHead local_;  ///< of an answer of our own
  Replay replay_;
  Timer attempt_timer_;  ///< of the present pause or attempt
  Timer deadline_;       ///< of the whole request: the route's timeout, and idleness
  Task task_;
  Suspension event_;
  std::vector<HostPtr> tried_;

  // Everything below is set anew for every request.
  ConnectionInfo const* connection_ = nullptr;
  PinnedPtr pinned_;
  http::ServerStream* server_ = nullptr;
  std::optional<GrpcStream> grpc_;  ///< only for requests of gRPC and gRPC-Web; `server_` then
  routing::Route const* route_ = nullptr;
  routing::Cluster const* cluster_ = nullptr;
  routing::HeaderRules const* target_headers_ = nullptr;  ///< of the destination that was drawn
  routing::Findings findings_;
  HostPtr host_;
  http::ClientStreamPtr stream_;
  Claim request_claim_;  ///< while there is a stream, where requests are limited
  Claim retry_claim_;    ///< while this is a retry, where those are
  Outcome outcome_;
  std::unique_ptr<Tunnel> tunnel_;     ///< after a 101
  std::optional<std::uint64_t> hash_;  ///< leads to a host, where the cluster goes by a key
  std::string_view set_cookie_;        ///< for a client without the cookie that is the key
  std::string_view original_path_;
  std::string_view details_;
  std::string_view transport_failure_;
  std::string_view upstream_address_;  ///< where the connection really leads
  std::string_view
      upstream_local_address_;  ///< copied: the connection may be gone by the time of the log
  TimePoint begun_;
  TimePoint attempt_begun_;
  TimePoint answered_at_;
  TimePoint route_deadline_;
  TimePoint grpc_deadline_;  ///< the client's own
  milliseconds backoff_{0};
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_seen_ = 0;  ///< moved in both directions when `deadline_` was armed
  std::uint32_t attempts_ = 0;
  std::uint32_t retries_left_ = 0;
  int status_ = 0;
  int grpc_status_ = -1;
  http::Flags flags_;
  bool has_passed_policies_ = false;
  bool has_resent_ = false;        ///< the keep-alive race was lost once already
  bool is_answer_done_ = false;    ///< the last byte of the answer was handed on
  bool is_answer_broken_ = false;  ///< it ended early, and not because of the client
};

}  // namespace tidegate::gateway
