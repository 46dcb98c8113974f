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
  sink_ = nullptr;
  source_ = nullptr;
  waiting_.clear();
  trailers_.clear();
  request_deadline_ = request_deadline;
  last_progress_ = connection_.now();
  produced_ = received_ = 0;
  input_ = Input::open;
  has_room_ = false;
  wants_input_ = true;
  awaits_continue_ = false;
}

void H2ServerStream::start(End end) {
  auto& request = handler_->request();
  if (end == End::yes) {
    input_ = Input::handed_on;
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

void H2ServerStream::reject(http::ParseError error) {
  connection_.metrics().downstream_protocol_error(error.status);
  wants_input_ = false;
  handler_->request().headers.clear();
  handler_->reject(*this, error.status, error.details);
}

void H2ServerStream::on_data(http::Chunk chunk) {
  received_ += chunk.size();
  auto const max = connection_.settings().limits.body_bytes;
  if (wants_input_ && max != 0 && received_ > max) fail_request(Failure::Kind::overflow);
  if (!wants_input_) return connection_.session().consume(id_, chunk.size());
  if (sink_ == nullptr || !has_room_ || !waiting_.empty()) {
    waiting_.append(chunk);
    return;
  }
  has_room_ = sink_->write(chunk, End::no) == http::Room::yes;
  connection_.session().consume(id_, chunk.size());
}

void H2ServerStream::on_trailers(http::Headers const& trailers) {
  trailers_ = trailers;  // their strings live in the handler's arena
  input_ = trailers.empty() ? Input::ended : Input::with_trailers;
  deliver();
}

void H2ServerStream::on_end() {
  input_ = Input::ended;
  deliver();
}

void H2ServerStream::deliver() {
  if (handler_ == nullptr || sink_ == nullptr || !has_room_) return;
  if (!waiting_.empty()) {
    auto const bytes = std::exchange(waiting_, std::string());
    has_room_ = sink_->write(bytes, End::no) == http::Room::yes;
    connection_.session().consume(id_, bytes.size());
  }
  if (!waiting_.empty() || sink_ == nullptr) return;
  if (input_ == Input::ended) {
    input_ = Input::handed_on;
    has_room_ = sink_->write({}, End::yes) == http::Room::yes;
  } else if (input_ == Input::with_trailers) {
    input_ = Input::handed_on;
    sink_->finish(trailers_);
  }
}

void H2ServerStream::on_room() {
  if (source_ != nullptr) source_->pull();
}

void H2ServerStream::on_closed(std::optional<Failure> failure) {
  sink_ = nullptr;
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
  if (input_ == Input::open && wants_input_ && now >= request_deadline_)
    fail_request(Failure::Kind::timeout);
}

void H2ServerStream::fail_request(Failure::Kind kind) {
  wants_input_ = false;
  sink_ = nullptr;
  if (!waiting_.empty()) connection_.session().consume(id_, std::exchange(waiting_, {}).size());
  handler_->on_request_failure({.kind = kind, .side = Failure::Side::client});
  connection_.wake();
}

void H2ServerStream::flow_to(http::BodySink& sink) {
  sink_ = &sink;
  sink.fed_by(this);
  pull();
}

void H2ServerStream::pull() {
  has_room_ = true;
  if (std::exchange(awaits_continue_, false)) {
    http::ResponseHead go_on;
    go_on.status = 100;
    connection_.session().inform(id_, go_on);
  }
  connection_.deliver_later(*this);
}

void H2ServerStream::stop(Failure /*failure*/) {
  sink_ = nullptr;
  wants_input_ = false;
  if (!waiting_.empty()) connection_.session().consume(id_, std::exchange(waiting_, {}).size());
}

void H2ServerStream::inform(http::ResponseHead const& head) {
  connection_.session().inform(id_, head);
  connection_.wake();
}

void H2ServerStream::respond(http::ResponseHead& head, End end) {
  awaits_continue_ = false;
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
  connection_.session().reset(id_, http::H2Error::internal);
  connection_.wake();
}

}  // namespace tidegate::gateway
