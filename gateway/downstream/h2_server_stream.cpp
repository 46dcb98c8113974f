#include "gateway/downstream/h2_server_stream.h"

#include <utility>

#include "gateway/downstream/h2_server.h"
#include "gateway/observe/metrics.h"

namespace tidegate::gateway {

using http::End;
using http::Failure;

void H2ServerStream::begin(http::StreamId id, RequestHandler& handler, TimePoint request_deadline) {
  id_ = id;
  handler_ = &handler;
  inflow_.reset();
  source_ = nullptr;
  request_deadline_ = request_deadline;
  last_progress_ = connection_.now();
  produced_ = received_ = 0;
  awaits_continue_ = is_tunnel_ = false;
}

void H2ServerStream::start(End end, std::string_view protocol) {
  auto& request = handler_->request();
  if (!protocol.empty()) {
    begin_connect(protocol, end);
  } else if (end == End::yes) {
    inflow_.close();
    // Towards HTTP/1 a method that is made for a body says that there is none (RFC 9110 §8.6).
    bool const expects_body =
        request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (expects_body) request.framing = http::Framing::of_length(0);
  }
  auto const expect = request.headers.find(http::FieldId::expect);
  awaits_continue_ = expect && http::iequals(*expect, "100-continue") && end == End::no;
  request.headers.remove(http::FieldId::expect);  // a matter between the client and us
  auto const max = connection_.settings().limits.body_bytes;
  bool const is_too_long =
      request.framing.kind == http::Framing::Kind::length && request.framing.length > max;
  if (max != 0 && is_too_long) return reject({413, "request_payload_too_large"});
  handler_->start(*this);
}

/// Within the gateway an extended CONNECT is the GET with an Upgrade that HTTP/1 makes of it. What
/// follows the head is no body: no limit and no deadline of a request is for it.
void H2ServerStream::begin_connect(std::string_view protocol, End end) {
  auto& request = handler_->request();
  request.method = "GET";
  request.protocol = protocol;
  request.framing = http::Framing::none();
  request.headers.remove(http::FieldId::content_length);
  request_deadline_ = TimePoint::max();
  is_tunnel_ = true;
  if (end == End::yes) inflow_.end();
}

void H2ServerStream::reject(http::ParseError error) {
  connection_.metrics().downstream_protocol_error(error.status);
  inflow_.discard(connection_.session(), id_);
  handler_->request().headers.clear();
  handler_->reject(*this, error.status, error.details);
}

void H2ServerStream::on_data(http::Chunk chunk) {
  received_ += chunk.size();
  auto const max = connection_.settings().limits.body_bytes;
  bool const is_too_long = max != 0 && received_ > max && !is_tunnel_;
  if (inflow_.is_wanted() && is_too_long) fail_request(Failure::Kind::overflow);
  inflow_.take(connection_.session(), id_, chunk);
}

void H2ServerStream::on_trailers(http::Headers const& trailers) {
  inflow_.end(trailers);  // their strings live in the handler's arena
  deliver();
}

void H2ServerStream::on_end() {
  inflow_.end();
  deliver();
}

void H2ServerStream::deliver() {
  if (handler_ != nullptr) inflow_.deliver(connection_.session(), id_);
}

void H2ServerStream::on_room() {
  if (source_ != nullptr) source_->pull();
}

void H2ServerStream::on_closed(std::optional<Failure> failure) {
  inflow_.reset();
  source_ = nullptr;
  std::exchange(handler_, nullptr)->finished(failure);
}

void H2ServerStream::check_deadlines(TimePoint now) {
  auto const produced = connection_.session().produced(id_);
  bool const is_stalled = connection_.session().queued(id_) > 0 && produced == produced_;
  if (!is_stalled) {
    produced_ = produced;
    last_progress_ = now;
  } else if (now - last_progress_ >= connection_.settings().limits.stream_idle_timeout) {
    return connection_.session().reset(id_, http::H2Error::cancel);
  }
  if (inflow_.is_open() && inflow_.is_wanted() && now >= request_deadline_)
    fail_request(Failure::Kind::timeout);
}

void H2ServerStream::fail_request(Failure::Kind kind) {
  inflow_.discard(connection_.session(), id_);
  handler_->on_request_failure({.kind = kind, .side = Failure::Side::client});
  connection_.wake();
}

void H2ServerStream::flow_to(http::BodySink& sink) {
  inflow_.connect(sink);
  sink.fed_by(this);
  pull();
}

void H2ServerStream::pull() {
  inflow_.pull();
  if (std::exchange(awaits_continue_, false)) {
    http::ResponseHead go_on;
    go_on.status = 100;
    connection_.session().inform(id_, go_on);
  }
  connection_.deliver_later(*this);
}

void H2ServerStream::stop(Failure /*failure*/) {
  inflow_.discard(connection_.session(), id_);
  if (!is_tunnel_) return;
  connection_.session().end_tunnel(id_);
  connection_.wake();
}

void H2ServerStream::inform(http::ResponseHead const& head) {
  connection_.session().inform(id_, head);
  connection_.wake();
}

void H2ServerStream::respond(http::ResponseHead& head, End end) {
  awaits_continue_ = false;
  if (head.status == 101) head.headers.remove("sec-websocket-accept");  // RFC 8441 §5
  connection_.session().respond(id_, head, end);
  connection_.wake();
}

http::Room H2ServerStream::write(http::Chunk chunk, End end) {
  connection_.wake();
  return connection_.session().write(id_, chunk, end);
}

void H2ServerStream::finish(http::Headers const& trailers) {
  connection_.session().finish(id_, trailers);
  connection_.wake();
}

void H2ServerStream::fail(Failure /*failure*/) {
  // RFC 8441 §5: a tunnel that broke is cancelled, as TCP would be reset.
  auto const error = is_tunnel_ ? http::H2Error::cancel : http::H2Error::internal;
  connection_.session().reset(id_, error);
  connection_.wake();
}

}  // namespace tidegate::gateway
