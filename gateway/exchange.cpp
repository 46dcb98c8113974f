#include "gateway/exchange.h"

#include <utility>

#include "gateway/worker.h"

// The life of a request. What we answer ourselves stands in exchange_reply.cpp, how it ends in
// exchange_end.cpp.
namespace tidegate::gateway {

using http::End;
using http::Failure;
using http::Flag;

Exchange::Exchange(Worker& worker)
    : worker_(worker),
      attempt_timer_(worker.loop().timers(), *this),
      deadline_(worker.loop().timers(), *this) {}

struct Exchange::Pause {
  Exchange& exchange;
  milliseconds duration;
  [[nodiscard]] bool await_ready() const noexcept { return duration <= milliseconds{0}; }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    exchange.event_.await_suspend(handle);
    exchange.attempt_timer_.arm_in(duration);
  }
  void await_resume() const noexcept {}
};

Exchange::Pause Exchange::pause(milliseconds duration) { return {*this, duration}; }

void Exchange::start(http::ServerStream& stream) {
  server_ = &note_grpc(stream);
  original_path_ = request_.target;
  if (request_.framing.has_body()) {
    replay_.start(*server_, *this, pinned_->snapshot().settings.limits.retry_body_bytes);
  }
  task_ = run();
}

Task Exchange::run() {
  if (!normalise() || !find_route() || !admit_upgrade()) co_return;
  arm_deadline();

  routing::Context context{request_, worker_.random()};
  for (auto const& policy : route_->policies) {
    auto const verdict = policy->on_request(context);
    findings_ = context.findings;
    if (auto const* answer = std::get_if<routing::Reply>(&verdict)) {
      reply(*answer);
      co_return;
    }
    if (auto const* delay = std::get_if<routing::Delay>(&verdict)) {
      flags_ |= delay->flags;
      co_await pause(delay->duration);
    }
  }

  has_passed_policies_ = true;
  if (route_->actions && answer_by_route()) co_return;

  prepare_upstream_request();
  if (has_changes() && !change_request()) co_return;
  if (grpc_ && !begin_grpc()) co_return;
  if (!route_->mirrors.empty() && is_request_complete()) mirror_request();
  for (;;) {
    if (begin_attempt()) co_await event_;
    if (!may_retry()) break;
    co_await pause(backoff_);
  }
  if (outcome_.response != nullptr) {
    forward(*outcome_.response, outcome_.end);
  } else {
    reply_failure(outcome_.failure);
  }
}

/// The path as routes and the origin see it. False when that was answered.
bool Exchange::normalise() {
  auto const normal = http::normalize_target(request_, pinned_->configuration->path_rules, arena_);
  using Normal = http::NormalPath::Outcome;
  if (normal.outcome == Normal::bad) {
    reply({.status = 400, .details = "path_normalization_failed"});
    return false;
  }
  if (normal.outcome == Normal::redirect) {
    reply({.status = 307, .location = request_.target, .details = "path_normalization_failed"});
    return false;
  }
  return true;
}

http::Peer Exchange::peer() const {
  return {.address = connection_->remote_ip,
          .is_trusted = connection_->is_trusted,
          .is_tls = connection_->is_tls,
          .client_certificate = connection_->client_certificate};
}

/// False when there is none, or the host only redirects: that was answered.
bool Exchange::find_route() {
  auto const* table = pinned_->table(*connection_);
  auto const* host = table != nullptr ? table->find(request_.authority) : nullptr;
  auto const peer_proto = request_.headers.find(http::FieldId::x_forwarded_proto);
  bool const came_by_tls = connection_->is_tls || (connection_->is_trusted && peer_proto &&
                                                   http::iequals(*peer_proto, "https"));
  if (host != nullptr && host->https_redirect && !came_by_tls) {
    reply_https_redirect(host->https_port);
    return false;
  }
  request_.scheme = http::scheme_of(request_.headers, peer());
  route_ = host != nullptr ? host->find(request_) : nullptr;
  if (route_ != nullptr) return true;
  if (host == nullptr && pinned_->is_misdirected(*connection_, request_.authority)) {
    reply({.status = 421, .flags = Flag::no_route_found, .details = "misdirected_request"});
    return false;
  }
  reply({.status = 404, .flags = Flag::no_route_found, .details = "route_not_found"});
  return false;
}

void Exchange::prepare_upstream_request() {
  auto const& target = route_->targets.pick(worker_.random());
  cluster_ = target.cluster;
  target_headers_ = target.headers.get();
  retries_left_ = route_->retry.attempts;
  auto& random = worker_.random();
  auto const id = http::make_request_id(random.next(), random.next(), arena_);
  http::to_upstream(request_, peer(), id, arena_);
  if (!request_.protocol.empty()) complete_handshake();
  if (cluster_->balancing.is_consistent()) find_hash();
  if (is_request_complete()) begin_route_timeout();
}

bool Exchange::is_request_complete() const {
  return !request_.framing.has_body() || replay_.is_complete();
}

/// Both timeouts of a route count from the moment at which the whole request is there (Envoy:
/// router.cc, onRequestComplete): a slow upload is the client's time, not the origin's.
void Exchange::on_request_complete() {
  if (cluster_ == nullptr) return;
  if (!route_->mirrors.empty()) mirror_request();
  if (status_ != 0) return;
  begin_route_timeout();
  if (stream_) begin_try_timeout();
}

void Exchange::begin_route_timeout() {
  bool const has_begun = route_deadline_ != TimePoint::max();
  if (has_begun || route_->timeout <= milliseconds{0}) return;
  route_deadline_ = worker_.loop().now() + route_->timeout;
  arm_deadline();
}

void Exchange::begin_try_timeout() {
  auto const limit = route_->retry.per_try_timeout;
  if (limit > milliseconds{0}) attempt_timer_.arm_in(limit);
}

/// False when there is nobody to ask, or too many are asking; `outcome_` says so.
bool Exchange::begin_attempt() {
  outcome_ = {};
  host_ = pick_host();
  if (!host_) {
    outcome_.no_host = true;
    return false;
  }
  ++attempts_;
  request_.headers.set("x-envoy-attempt-count",
                       attempts_ == 1 ? "1" : arena_.copy(std::to_string(attempts_)));
  if (grpc_) set_grpc_timeout();
  auto const opened = open_stream();
  if (opened == Opened::yes) send_request();
  bool const is_under_way =
      opened == Opened::yes || (opened == Opened::no_room && host_->wait(*this));
  if (!is_under_way) outcome_.failure = overflow();
  return is_under_way;
}

void Exchange::send_request() {
  attempt_begun_ = worker_.loop().now();
  if (is_request_complete()) begin_try_timeout();
  bool const has_body = request_.framing.has_body();
  stream_->request(request_, has_body ? End::no : End::yes);
  if (has_body) replay_.flow_to(*stream_);
}

/// After an attempt that brought no answer, or one that calls for another: is there going to be
/// another?
bool Exchange::may_retry() {
  attempt_timer_.disarm();
  backoff_ = milliseconds{0};
  retry_claim_.release();
  if (outcome_.no_host) return false;
  bool const is_unsent = outcome_.response == nullptr && outcome_.failure.sent_nothing;
  bool const has_body = request_.framing.has_body();
  bool const is_repeatable =
      !has_body || replay_.can_replay() || (is_unsent && replay_.has_everything());
  bool const resends = is_repeatable && should_resend();
  if (!resends) report_attempt();
  if (!is_repeatable) return false;
  if (resends) {
    has_resent_ = true;
    worker_.metrics().upstream_resend();
    give_up_attempt();
    return true;
  }
  auto const& policy = route_->retry;
  bool const wants = outcome_.response != nullptr
                         ? policy.retries(*outcome_.response)
                         : policy.retries(outcome_.failure) || is_safe_again();
  if (!wants || policy.attempts == 0) return false;
  if (retries_left_ == 0) {
    flags_ |= Flag::upstream_retry_limit_exceeded;
    return false;
  }
  --retries_left_;
  if (!claim_retry()) return false;
  worker_.metrics().upstream_retry();
  tried_.push_back(host_);
  give_up_attempt();
  backoff_ = policy.backoff(policy.attempts - retries_left_, worker_.random());
  return true;
}

/// The connection broke before anything was answered.
bool Exchange::is_unanswered() const {
  auto const& failure = outcome_.failure;
  if (outcome_.response != nullptr || failure.response_started) return false;
  return failure.kind == Failure::Kind::closed || failure.kind == Failure::Kind::reset;
}

/// The keep-alive race: the origin closed an idle connection while the request was on its way.
/// Nobody has answered, so a request that may be sent twice goes over a new connection, once, and
/// the client never hears of it.
bool Exchange::should_resend() const {
  auto const& failure = outcome_.failure;
  if (has_resent_ || !failure.on_reused || !is_unanswered()) return false;
  return failure.sent_nothing || http::is_idempotent(request_.method);
}

bool Exchange::is_safe_again() const {
  return route_->retry.conditions.has(routing::RetryOn::reset_when_idempotent) && is_unanswered() &&
         http::is_idempotent(request_.method);
}

void Exchange::forward(http::ResponseHead& head, End end) {
  if (looks_accepted(head)) return reply_failure({.kind = Failure::Kind::protocol});
  status_ = head.status;
  details_ = "via_upstream";
  answered_at_ = worker_.loop().now();
  if (grpc_) note_grpc_status(head.headers);
  bool const closes = closes_with_refusal(head);
  http::to_downstream(head, arena_, worker_.date());
  if (closes) head.headers.add({"Connection", "close", http::FieldId::connection});
  auto const took = upstream_time().count();
  head.headers.add("x-envoy-upstream-service-time",
                   took == 0 ? "0" : arena_.copy(std::to_string(took)));
  if (!set_cookie_.empty()) head.headers.add("set-cookie", set_cookie_);
  if (has_changes()) change_answer(head);
  if (worker_.writes_access_log()) {
    upstream_address_ = arena_.copy(stream_->remote_address());
    upstream_local_address_ = arena_.copy(stream_->local_address());
  }
  server_->respond(head, end);
  if (status_ == 101) {
    open_tunnel();
  } else if (end == End::no) {
    stream_->flow_to(*this);
  } else {
    is_answer_done_ = true;
  }
}

void Exchange::on_informational(http::ResponseHead& head) {
  if (head.status == 100) return;  // we answered the client's `Expect` ourselves
  http::to_downstream(head, arena_, worker_.date());
  server_->inform(head);
}

void Exchange::on_response(http::ResponseHead& head, End end) {
  outcome_ = {.response = &head, .end = end};
  event_.signal();
  outcome_.response = nullptr;
}

void Exchange::on_failure(Failure failure) {
  outcome_ = {.failure = failure};
  event_.signal();
}

http::Room Exchange::write(http::Chunk chunk, End end) {
  bytes_sent_ += chunk.size();
  if (end == End::no) return server_->write(chunk, end);
  is_answer_done_ = true;
  if (tunnel_ && tunnel_->is_leaving()) server_->stop({});  // the client's end is not waited for
  return server_->write(chunk, end);
}

void Exchange::finish(http::Headers const& trailers) {
  is_answer_done_ = true;
  if (grpc_) note_grpc_status(trailers);
  server_->finish(trailers);
}

void Exchange::fail(Failure failure) {
  switch (failure.kind) {
    case Failure::Kind::protocol:
      flags_ |= Flag::upstream_protocol_error;
      details_ = "upstream_reset_after_response_started{protocol_error}";
      break;
    case Failure::Kind::stream_reset:
      flags_ |= Flag::upstream_remote_reset;
      details_ = "upstream_reset_after_response_started{remote_reset}";
      break;
    default:
      flags_ |= Flag::upstream_connection_termination;
      details_ = "upstream_reset_after_response_started{connection_termination}";
  }
  is_answer_broken_ = true;
  server_->fail(failure);
}

}  // namespace tidegate::gateway
