#include <algorithm>
#include <charconv>
#include <string>

#include "gateway/exchange.h"
#include "gateway/observe/record.h"
#include "gateway/upstream/origin.h"
#include "gateway/worker.h"

// What is different for gRPC: deadlines that the client sets, statuses beside HTTP's, and gRPC-Web.
namespace tidegate::gateway {

/// The stream by which to answer: `stream` itself for everything that is no gRPC, as is what flows
/// through a tunnel.
http::ServerStream& Exchange::note_grpc(http::ServerStream& stream) {
  auto const type = request_.headers.find(http::FieldId::content_type);
  auto const kind = type ? http::grpc_kind(*type) : http::GrpcKind::none;
  if (kind == http::GrpcKind::none || !request_.protocol.empty()) return stream;
  return grpc_.emplace(stream, *this, kind);
}

/// Once it is known who the origin is. False when the client's deadline is over already: that was
/// answered.
bool Exchange::begin_grpc() {
  if (grpc_->is_web()) {
    // gRPC needs HTTP/2: an origin that speaks HTTP/1 can only mean gRPC-Web itself.
    if (speaks_http2(cluster_->protocol, request_.version)) {
      grpc_->translate_request();
    } else {
      grpc_->pass_through();
    }
  }
  auto const text = request_.headers.find("grpc-timeout");
  auto timeout = text ? http::parse_grpc_timeout(*text) : std::nullopt;
  if (!timeout) return true;
  grpc_deadline_ = worker_.loop().now() + *timeout;
  if (route_->timeout > milliseconds{0}) timeout = std::min(*timeout, route_->timeout);
  // Counts from now, unlike a route's timeout: a stream of requests may never be complete.
  route_deadline_ = worker_.loop().now() + *timeout;
  arm_deadline();
  if (*timeout > milliseconds{0}) return true;
  reply({.status = 504,
         .body = "upstream request timeout",
         .flags = http::Flag::upstream_request_timeout,
         .details = "upstream_response_timeout",
         .grpc_status = http::grpc_status::deadline_exceeded});
  return false;
}

/// Tells the origin how much of the time is left for this attempt.
void Exchange::set_grpc_timeout() {
  if (grpc_deadline_ == TimePoint::max()) return;
  auto left = std::chrono::ceil<milliseconds>(route_deadline_ - worker_.loop().now());
  auto const limit = route_->retry.per_try_timeout;
  if (limit > milliseconds{0}) left = std::min(left, limit);
  request_.headers.set("grpc-timeout", http::grpc_timeout_text(left, arena_));
}

/// What a gRPC client is told in place of `answer`'s status; < 0: the answer stays as it is.
/// Redirects do: whoever follows them looks at the HTTP status.
int Exchange::grpc_status_of(routing::Reply const& answer) const {
  if (!grpc_) return -1;
  if (answer.grpc_status >= 0) return answer.grpc_status;
  return answer.status >= 400 ? http::grpc_status_of(answer.status) : -1;
}

/// The client's own. A timeout of ours is what its HTTP status says.
bool Exchange::is_grpc_deadline_over() const { return worker_.loop().now() >= grpc_deadline_; }

/// Ends an answer that the deadline has overtaken with the status that says so. False where that
/// would cut a message.
bool Exchange::finish_late_grpc() {
  if (!grpc_->is_between_messages()) return false;
  grpc_status_ = http::grpc_status::deadline_exceeded;
  local_.clear();
  local_.headers.add("grpc-status", arena_.copy(std::to_string(grpc_status_)));
  local_.headers.add("grpc-message", http::grpc_message_text(details_, arena_));
  is_answer_done_ = true;
  server_->finish(local_.headers);
  return true;
}

void Exchange::note_grpc_status(http::Headers const& fields) {
  auto const text = fields.find(http::FieldId::grpc_status).value_or("");
  int status = -1;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  if (error == std::errc{} && end == text.data() + text.size()) grpc_status_ = status;
}

void Exchange::describe_grpc(RequestRecord& record) const {
  record.is_grpc = !grpc_->is_passed_through();
  record.grpc_status = grpc_status_;
  record.request_messages = grpc_->request_messages();
  record.response_messages = grpc_->response_messages();
}

}  // namespace tidegate::gateway
