#include <utility>

#include "gateway/exchange.h"
#include "gateway/observe/record.h"
#include "gateway/worker.h"

// Deadlines, and how an exchange ends: cleaned up, counted, logged, ready for the next request.
namespace tidegate::gateway {

using http::Failure;
using http::Flag;

void Exchange::prepare(ConnectionInfo const& connection, PinnedPtr configuration) {
  connection_ = &connection;
  pinned_ = std::move(configuration);
  begun_ = worker_.loop().now();
  answered_at_ = attempt_begun_ = {};
  route_deadline_ = grpc_deadline_ = TimePoint::max();
}

/// The nearer of the route's timeout and idleness. Bytes that moved are noticed when the timer
/// looks, not when they move.
void Exchange::arm_deadline() {
  auto const idle = worker_.loop().now() + pinned_->snapshot().settings.limits.stream_idle_timeout;
  bytes_seen_ = bytes_moved();
  deadline_.arm(std::min(route_deadline_, idle));
}

void Exchange::on_timer(Timer& timer) {
  if (&timer == &attempt_timer_) {
    if (stream_) {
      outcome_ = {.failure = {.kind = Failure::Kind::timeout,
                              .side = Failure::Side::gateway,
                              .sent_nothing = false}};
      give_up_attempt();
    }
    return event_.signal();
  }
  if (is_over()) return;  // what is left is the client's own pace
  if (tunnel_) return on_tunnel_deadline();
  if (worker_.loop().now() >= route_deadline_)
    return end_by_timeout(Flag::upstream_request_timeout, "upstream_response_timeout");
  if (bytes_seen_ != bytes_moved()) return arm_deadline();
  end_by_timeout(Flag::stream_idle_timeout, "stream_idle_timeout");
}

void Exchange::end_by_timeout(Flag flag, std::string_view details) {
  if (stream_ && flag == Flag::upstream_request_timeout && status_ == 0) {
    host_->report({.kind = AttemptResult::Kind::timed_out});
  }
  give_up_attempt();
  task_.reset();
  event_.reset();
  if (status_ == 0) {
    bool const is_waiting_for_client =
        request_.framing.has_body() && !replay_.is_complete() && flag == Flag::stream_idle_timeout;
    return reply(
        {.status = is_waiting_for_client ? 408 : 504,
         .body = flag == Flag::stream_idle_timeout ? "stream timeout" : "upstream request timeout",
         .flags = flag,
         .details = details,
         .grpc_status = is_grpc_deadline_over() ? http::grpc_status::deadline_exceeded : -1});
  }
  flags_ |= flag;
  details_ = details;
  if (is_grpc_deadline_over() && finish_late_grpc()) return;
  is_answer_broken_ = true;
  server_->fail({.kind = Failure::Kind::timeout, .side = Failure::Side::gateway});
}

/// Lets go of the present attempt: cancels it, or gives a finished connection back.
void Exchange::give_up_attempt() {
  attempt_timer_.disarm();
  replay_.stop({.kind = Failure::Kind::cancelled, .side = Failure::Side::gateway});
  if (server_ != nullptr) server_->fed_by(nullptr);
  stream_.reset();
  leave_queue();
  request_claim_.release();
}

void Exchange::finished(std::optional<Failure> failure) {
  give_up_attempt();
  task_.reset();
  event_.reset();
  retry_claim_.release();
  log(failure);
  recycle();
}

std::chrono::milliseconds Exchange::upstream_time() const {
  if (answered_at_ == TimePoint{}) return milliseconds{-1};
  return std::chrono::duration_cast<milliseconds>(answered_at_ - attempt_begun_);
}

void Exchange::log(std::optional<Failure> failure) {
  if (failure && !is_over() && !is_answer_broken_) {
    flags_ |= Flag::downstream_connection_termination;
    details_ = "downstream_remote_disconnect";
  }
  RequestRecord record;
  record.duration = worker_.loop().now() - begun_;
  record.upstream_service_time = upstream_time();
  record.method = request_.method;
  record.path = original_path_;
  record.version = request_.version;
  record.response_code = status_;
  record.flags = flags_;
  record.response_code_details = details_;
  record.upstream_transport_failure_reason = transport_failure_;
  record.bytes_received = bytes_received();
  record.bytes_sent = bytes_sent_;
  record.attempts = attempts_;
  record.is_tls = connection_->is_tls;
  record.cluster = cluster_;
  record.authority = request_.authority;
  record.downstream_local_address = connection_->local;
  record.downstream_remote_address = connection_->remote;
  record.requested_server_name = connection_->server_name;
  if (route_ != nullptr) record.route_name = route_->name;
  if (host_) describe_upstream(record);
  if (grpc_) describe_grpc(record);
  worker_.log(record, request_.headers);
}

void Exchange::describe_upstream(RequestRecord& record) const {
  auto const& endpoint = host_->endpoint();
  record.upstream_host =
      upstream_address_.empty() ? std::string_view(host_->text()) : upstream_address_;
  record.upstream_local_address = upstream_local_address_;
  record.region = std::string_view(endpoint.locality).substr(0, endpoint.locality.find('/'));
  if (auto const version = endpoint.labels.find("version"); version != endpoint.labels.end()) {
    record.destination_version = version->second;
  }
}

void Exchange::recycle() {
  attempt_timer_.disarm();
  deadline_.disarm();
  replay_.reset();
  close_tunnel();
  request_.clear();
  local_.clear();
  tried_.clear();
  host_.reset();
  route_ = nullptr;
  cluster_ = nullptr;
  target_headers_ = nullptr;
  findings_ = {};
  server_ = nullptr;
  grpc_.reset();
  outcome_ = {};
  hash_.reset();
  set_cookie_ = original_path_ = details_ = transport_failure_ = {};
  upstream_address_ = upstream_local_address_ = {};
  bytes_sent_ = bytes_seen_ = 0;
  attempts_ = retries_left_ = 0;
  status_ = 0;
  grpc_status_ = -1;
  flags_ = {};
  has_passed_policies_ = has_resent_ = is_answer_done_ = is_answer_broken_ = false;
  arena_.reset();
  connection_ = nullptr;
  pinned_.reset();
  worker_.recycle(*this);
}

}  // namespace tidegate::gateway
