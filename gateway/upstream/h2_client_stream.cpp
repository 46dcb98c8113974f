#include "gateway/upstream/h2_client_stream.h"

#include <utility>

#include "gateway/upstream/h2_client.h"

namespace tidegate::gateway {

using http::End;
using http::Failure;

void H2ClientStream::begin(http::ResponseHandler& handler, HostPtr host) {
  handler_ = &handler;
  host_ = std::move(host);
  inflow_.reset();
  arena_.reset();
  source_ = nullptr;
  id_ = 0;
  life_ = Life::none;
  is_lent_ = true;
  is_head_request_ = is_tunnel_ = is_request_done_ = false;
  has_answer_ = is_answer_over_ = waits_for_connection_ = false;
}

void H2ClientStream::request(http::RequestHead const& head, End end) {
  is_head_request_ = head.method == "HEAD";
  is_tunnel_ = !head.protocol.empty();
  if (!is_tunnel_) return begin_request(head, end);
  asked_ = &head;
  connection_.await_settings(*this);
}

void H2ClientStream::open_tunnel() {
  if (connection_.session().knows_connect_protocol()) return begin_request(*asked_, End::no);
  connection_.deliver_later(*this);  // the failure is reported in a step of its own
}

void H2ClientStream::begin_request(http::RequestHead const& head, End end) {
  is_request_done_ = end == End::yes;
  id_ = connection_.request(*this, head, end);
  if (id_ > 0) {
    life_ = Life::open;
    return connection_.wake();
  }
  id_ = 0;
  connection_.deliver_later(*this);  // the failure is reported in a step of its own
}

http::H2HeadStorage H2ClientStream::storage() {
  if (handler_ == nullptr) return {};
  return {.arena = &arena_, .request = nullptr, .response = &response_};
}

/// HTTP/2 frames a message by END_STREAM; whoever reads on does so by the head.
void H2ClientStream::frame_answer(End end) {
  bool const has_no_body = is_head_request_ || response_.status == 204 || response_.status == 304;
  is_answer_over_ = end == End::yes || has_no_body;
  if (has_no_body) {
    response_.framing = http::Framing::none();
  } else if (end == End::yes) {
    response_.framing = http::Framing::of_length(0);
  }
}

void H2ClientStream::on_response(End end) {
  if (handler_ == nullptr) return;
  has_answer_ = true;
  bool const is_accepted = is_tunnel_ && response_.status >= 200 && response_.status < 300;
  if (is_accepted && end == End::no) {
    response_.status = 101;
    response_.framing = http::Framing::until_close();
  } else {
    frame_answer(end);
  }
  if (is_answer_over_) inflow_.close();
  handler_->on_response(response_, is_answer_over_ ? End::yes : End::no);
}

void H2ClientStream::on_informational() {
  if (handler_ != nullptr) handler_->on_informational(response_);
}

void H2ClientStream::on_data(http::Chunk chunk) {
  if (is_answer_over_) return connection_.session().consume(id_, chunk.size());
  inflow_.take(connection_.session(), id_, chunk);
}

void H2ClientStream::on_trailers(http::Headers const& trailers) {
  if (is_answer_over_) return;
  inflow_.end(trailers);
  deliver();
}

void H2ClientStream::on_end() {
  if (is_answer_over_) return;
  inflow_.end();
  deliver();
}

void H2ClientStream::deliver() {
  if (life_ == Life::none && is_lent_) {
    return break_off({.kind = Failure::Kind::refused, .side = Failure::Side::upstream});
  }
  inflow_.deliver(connection_.session(), id_);
}

void H2ClientStream::on_room() {
  if (source_ != nullptr) source_->pull();
}

void H2ClientStream::on_connected() {
  if (std::exchange(waits_for_connection_, false)) on_room();
}

/// What arrived whole is still delivered; anything less is a failure.
void H2ClientStream::on_closed(std::optional<Failure> failure) {
  life_ = Life::closed;
  if (!is_lent_) return connection_.done_with(*this);
  if (!failure) return;
  if (!has_answer_ || inflow_.is_open()) {
    break_off(*failure);
  } else if (is_tunnel_ && source_ != nullptr) {
    std::exchange(source_, nullptr)->stop(*failure);  // nothing is read any more that would tell it
  }
}

void H2ClientStream::break_off(Failure failure) {
  if (!has_answer_) {
    if (handler_ != nullptr) std::exchange(handler_, nullptr)->on_failure(failure);
  } else if (auto* const sink = inflow_.abandon()) {
    sink->fail(failure);
  }
}

/// Everything was said in both directions; only the frames are not all through. What is left of a
/// request that was answered already nobody needs, but a tunnel's last words are wanted.
bool H2ClientStream::ends_by_itself() const {
  bool const is_out = is_tunnel_ || connection_.session().queued(id_) == 0;
  return is_request_done_ && is_out && !inflow_.is_open();
}

void H2ClientStream::release() {
  handler_ = nullptr;
  source_ = nullptr;
  is_lent_ = false;
  inflow_.discard(connection_.session(), id_);
  if (is_tunnel_) connection_.forget(*this);
  HostPtr const host = std::move(host_);  // the connection may be gone with it
  if (life_ == Life::open && !ends_by_itself()) {
    connection_.session().reset(id_, http::H2Error::cancel);
  }
  connection_.request_ended();
  if (life_ != Life::open) connection_.done_with(*this);
  connection_.wake();
}

std::string_view H2ClientStream::local_address() const { return connection_.local_address(); }
std::string_view H2ClientStream::remote_address() const { return connection_.remote_address(); }

void H2ClientStream::flow_to(http::BodySink& sink) {
  inflow_.connect(sink);
  sink.fed_by(this);
  pull();
}

void H2ClientStream::pull() {
  inflow_.pull();
  connection_.deliver_later(*this);
}

void H2ClientStream::stop(Failure /*failure*/) { inflow_.discard(connection_.session(), id_); }

http::Room H2ClientStream::write(http::Chunk chunk, End end) {
  if (life_ != Life::open) return http::Room::yes;  // nobody listens; let it run out
  if (end == End::yes) is_request_done_ = true;
  connection_.wake();
  auto const room = connection_.session().write(id_, chunk, end);
  if (connection_.is_connected()) return room;
  // Nothing is read on before there is somebody to send it to: the request may have to go
  // elsewhere.
  waits_for_connection_ = true;
  return http::Room::no;
}

void H2ClientStream::finish(http::Headers const& trailers) {
  if (life_ != Life::open) return;
  is_request_done_ = true;
  connection_.session().finish(id_, trailers);
  connection_.wake();
}

void H2ClientStream::fail(Failure /*failure*/) {
  handler_ = nullptr;  // whoever failed it knows, and releases the stream
  if (life_ != Life::open) return;
  connection_.session().reset(id_, http::H2Error::cancel);
  connection_.wake();
}

}  // namespace tidegate::gateway
