#include <string>

#include "gateway/exchange.h"
#include "gateway/worker.h"
#include "http/authority.h"
#include "http/h1_writer.h"

// What the gateway answers by itself, with Envoy's bodies and flags (istio.md §4).
namespace tidegate::gateway {
namespace {

using http::End;
using http::Failure;
using http::Flag;
using routing::Reply;

Reply reply_to(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::connect:
      return {.status = 503,
              .body =
                  "upstream connect error or disconnect/reset before headers. reset reason: "
                  "connection failure",
              .flags = Flag::upstream_connection_failure,
              .details = "upstream_reset_before_response_started{connection_failure}"};
    case Failure::Kind::timeout:
      return {.status = 504,
              .body = "upstream request timeout",
              .flags = Flag::upstream_request_timeout,
              .details = "upstream_per_try_timeout"};
    case Failure::Kind::protocol:
      return {.status = 502,
              .body =
                  "upstream connect error or disconnect/reset before headers. reset reason: "
                  "protocol error",
              .flags = Flag::upstream_protocol_error,
              .details = "upstream_reset_before_response_started{protocol_error}"};
    case Failure::Kind::overflow:
      return {
          .status = 503,
          .body =
              "upstream connect error or disconnect/reset before headers. reset reason: overflow",
          .flags = Flag::upstream_overflow,
          .details = "upstream_reset_before_response_started{overflow}"};
    case Failure::Kind::refused:
      return {.status = 503,
              .body =
                  "upstream connect error or disconnect/reset before headers. reset reason: remote "
                  "refused stream reset",
              .flags = Flag::upstream_remote_reset,
              .details = "upstream_reset_before_response_started{remote_refused_stream_reset}"};
    case Failure::Kind::stream_reset:
      return {.status = 503,
              .body =
                  "upstream connect error or disconnect/reset before headers. reset reason: remote "
                  "reset",
              .flags = Flag::upstream_remote_reset,
              .details = "upstream_reset_before_response_started{remote_reset}"};
    case Failure::Kind::closed:
    case Failure::Kind::reset:
    case Failure::Kind::cancelled: break;
  }
  return {.status = 503,
          .body =
              "upstream connect error or disconnect/reset before headers. reset reason: connection "
              "termination",
          .flags = Flag::upstream_connection_termination,
          .details = "upstream_reset_before_response_started{connection_termination}"};
}

Reply reply_to_client_failure(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::timeout:
      return {.status = 408,
              .body = "request timeout",
              .flags = Flag::stream_idle_timeout,
              .details = "request_overall_timeout"};
    case Failure::Kind::overflow:
      return {.status = 413, .body = "Payload Too Large", .details = "request_payload_too_large"};
    default: break;
  }
  return {.status = 400, .flags = Flag::downstream_protocol_error, .details = "http1.codec_error"};
}

}  // namespace

void Exchange::reply(Reply const& answer) {
  attempt_timer_.disarm();
  deadline_.disarm();
  flags_ |= answer.flags;
  details_ = answer.details;
  auto const grpc_status = grpc_status_of(answer);
  bool const is_grpc = grpc_status >= 0;
  status_ = is_grpc ? 200 : answer.status;
  local_.clear();
  local_.status = status_;
  auto body = answer.body;
  if (!answer.location.empty()) local_.headers.add("location", answer.location);
  if (is_grpc) {
    grpc_status_ = grpc_status;
    local_.headers.add("content-type", "application/grpc");
    local_.headers.add("grpc-status", arena_.copy(std::to_string(grpc_status)));
    if (!body.empty()) {
      local_.headers.add("grpc-message", http::grpc_message_text(body, arena_));
    }
    body = {};
  } else if (!body.empty()) {
    local_.headers.add("content-type", "text/plain");
  }
  if (answer.flags.has(Flag::upstream_overflow)) local_.headers.add("x-envoy-overloaded", "true");
  local_.headers.add("date", worker_.date());
  local_.headers.add("server", "tidegate");
  if (route_ != nullptr && has_changes()) change_answer(local_);
  local_.framing = http::Framing::of_length(body.size());
  bool const has_body = !body.empty() && request_.method != "HEAD";
  server_->stop({.kind = Failure::Kind::cancelled, .side = Failure::Side::gateway});
  server_->fed_by(nullptr);
  server_->respond(local_, has_body ? End::no : End::yes);
  is_answer_done_ = true;
  if (!has_body) return;
  bytes_sent_ += body.size();
  [[maybe_unused]] auto room = server_->write(body, End::yes);
}

/// 301 to the same host and path by HTTPS (Envoy: createSslRedirectPath), at the port where HTTPS
/// is reachable.
void Exchange::reply_https_redirect(std::uint16_t port) {
  auto const host = http::host_of(request_.authority);
  auto const suffix = port == 443 ? std::string() : ":" + std::to_string(port);
  auto const path =
      original_path_.starts_with('/') ? original_path_ : std::string_view();  // not `*`
  reply({.status = 301,
         .location = arena_.concat({"https://", host, suffix, path}),
         .details = "direct_response"});
}

void Exchange::reply_failure(Failure failure) {
  if (outcome_.no_host) {
    auto const& refusal = cluster_->refusal;
    return reply({.status = 503,
                  .body = "no healthy upstream",
                  .flags = Flag::no_healthy_upstream,
                  .details = refusal.empty() ? "no_healthy_upstream" : std::string_view(refusal)});
  }
  if (failure.kind == Failure::Kind::connect)
    transport_failure_ = arena_.copy(host_->connect_error());
  give_up_attempt();
  reply(reply_to(failure.kind));
}

void Exchange::reject(http::ServerStream& stream, int status, std::string_view details) {
  server_ = &stream;
  original_path_ = request_.target;  // as far as it was understood
  bool const is_codec = status == 400 || status == 431;
  reply({.status = status,
         .body = http::reason_phrase(status),
         .flags = is_codec ? Flag::downstream_protocol_error : Flag::none,
         .details = details});
}

void Exchange::on_request_failure(Failure failure) {
  give_up_attempt();
  task_.reset();
  event_.reset();
  if (status_ == 0) return reply(reply_to_client_failure(failure.kind));
  flags_ |= Flag::downstream_protocol_error;
  is_answer_broken_ = true;
  server_->fail(failure);
}

}  // namespace tidegate::gateway
