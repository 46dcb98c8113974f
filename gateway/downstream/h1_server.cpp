#include "gateway/downstream/h1_server.h"

#include <algorithm>
#include <utility>

#include "gateway/downstream/forwarded_certificate.h"
#include "gateway/observe/metrics.h"
#include "http/persistence.h"
#include "http/upgrade.h"

// The way in: bytes to requests. The way out stands in h1_server_answer.cpp.
namespace tidegate::gateway {
namespace {

using http::Failure;

/// By which a client without TLS says that it speaks HTTP/2 (RFC 9113 §3.4).
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How long a client may go on sending after its last answer (Envoy: delayed_close_timeout).
constexpr milliseconds kLinger{1000};
/// How long a connection that has not asked anything yet may take to, once we drain.
constexpr milliseconds kDrainGrace{1000};
/// Reads in a row before other connections get their turn.
constexpr int kReadsAStep = 16;

bool expects_continue(http::RequestHead const& request) {
  auto const expect = request.headers.find(http::FieldId::expect);
  return expect && http::iequals(*expect, "100-continue") && request.framing.has_body() &&
         request.version == http::Version::http11;
}

}  // namespace

H1Server::H1Server(Service& service, Transport transport, ConnectionInfo info)
    : service_(service),
      transport_(std::move(transport)),
      info_(std::move(info)),
      output_(service.buffers()),
      input_(service.buffers()),
      timer_(service.loop().timers(), *this) {}

void H1Server::open() {
  auto const& limits = service_.settings().limits;
  timer_.arm_in(info_.is_tls ? limits.tls_handshake_timeout : limits.connection_idle_timeout);
  if (!info_.is_tls) phase_ = Phase::head;
  service_.loop().add(transport_.fd(), *this, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

void H1Server::drain() {
  keeps_alive_ = false;
  if (phase_ != Phase::head && phase_ != Phase::handshake) return;
  readable_ = true;
  step();  // a request may be there already
  bool const is_idle = phase_ == Phase::head && request_deadline_ == TimePoint{};
  if (is_idle && requests_ > 0) return close();
  // Who has just connected is about to ask.
  if (is_idle || phase_ == Phase::handshake) timer_.arm_in(kDrainGrace);
}

void H1Server::cut() {
  if (phase_ != Phase::closed) abort(Failure::Kind::cancelled);
}

void H1Server::on_ready(std::uint32_t events) {
  if (phase_ == Phase::closed) return;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0) has_hung_up_ = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) output_.unblock();
  if ((events & EPOLLERR) != 0) return abort(Failure::Kind::reset);
  step();
}

void H1Server::step() {
  if (phase_ == Phase::handshake && !shake_hands()) return;
  if (!flush()) return;
  bool const is_answered = answer_ == Answer::complete && output_.empty();
  if (is_answered && !is_half_closed()) complete_request();
  if (phase_ != Phase::closed) read_input();
}

bool H1Server::shake_hands() {
  auto const result = transport_.handshake();
  switch (result.status) {
    case Transport::Status::blocked: return false;
    case Transport::Status::done: break;
    case Transport::Status::closed:
    case Transport::Status::failed:
      service_.metrics().handshake_failed();
      close();
      return false;
  }
  auto const& tls = *transport_.tls();
  service_.metrics().handshake_done(tls.protocol(), tls.is_resumed());
  info_.server_name = tls.server_name();
  if (auto const* const shown = tls.peer_certificate())
    info_.client_certificate = forwarded_certificate(*shown);
  if (tls.alpn() == "h2") {
    switch_to_http2({});
    return false;
  }
  phase_ = Phase::head;
  auto const patience = service_.settings().limits.connection_idle_timeout;
  timer_.arm_in(service_.is_draining() ? std::min(patience, kDrainGrace) : patience);
  return true;
}

void H1Server::read_input() {
  for (int reads = 0; wants_input();) {
    if (!input_.empty()) {
      auto const used = consume(input_.view());
      input_.use(used);
      if (used != 0) continue;  // the rest may be the next thing
    }
    if (!readable_) return;
    if (++reads > kReadsAStep) return service_.loop().schedule(*this);
    if (!receive()) return;
  }
}

bool H1Server::wants_input() const {
  switch (phase_) {
    case Phase::head: return true;
    case Phase::request: return !is_body_done_ && sink_ != nullptr && has_room_;
    case Phase::linger: return true;
    case Phase::handshake:
    case Phase::closed: break;
  }
  return false;
}

/// One read from the socket. What cannot be used yet goes to `input_`. False when there is nothing
/// more to do now.
bool H1Server::receive() {
  auto const scratch = service_.scratch();
  auto const result = transport_.read(scratch);
  // Behind the last bytes of a peer that hung up waits its end, and no further event will announce
  // it.
  if (result.drained && !has_hung_up_) readable_ = false;
  switch (result.status) {
    case Transport::Status::blocked: return false;
    case Transport::Status::closed: on_end_of_input(); return false;
    case Transport::Status::failed: abort(Failure::Kind::reset); return false;
    case Transport::Status::done: break;
  }
  std::string_view bytes(scratch.data(), result.bytes);
  if (input_.empty()) {
    while (!bytes.empty() && wants_input()) {
      auto const used = consume(bytes);
      if (used == 0) break;
      bytes.remove_prefix(used);
    }
  }
  if (phase_ == Phase::closed) return false;
  input_.append(bytes);
  return true;
}

std::size_t H1Server::consume(std::string_view bytes) {
  switch (phase_) {
    case Phase::head: return consume_head(bytes);
    case Phase::request: return consume_body(bytes);
    case Phase::handshake:
    case Phase::linger:
    case Phase::closed: break;
  }
  return bytes.size();
}

std::size_t H1Server::consume_head(std::string_view bytes) {
  auto const& limits = service_.settings().limits;
  if (request_deadline_ == TimePoint{}) {
    request_deadline_ = service_.loop().now() + limits.request_timeout;
    timer_.arm_in(limits.header_timeout);
  }
  bool const may_be_http2 = requests_ == 0 && !info_.is_tls && service_.speaks_http2();
  if (may_be_http2 && kHttp2Preface.starts_with(bytes.substr(0, kHttp2Preface.size()))) {
    if (bytes.size() >= kHttp2Preface.size()) switch_to_http2(bytes);
    return phase_ == Phase::closed ? bytes.size() : 0;
  }
  if (!is_blank_skipped_) {
    if (bytes == "\r") return 0;  // half of an empty line, or the beginning of something wrong
    is_blank_skipped_ = true;
    if (auto const blank = http::leading_blank(bytes); blank != 0) return blank;
  }
  auto const found = scanner_.scan(bytes, limits.header_bytes);
  using Status = http::HeadScanner::Result::Status;
  switch (found.status) {
    case Status::need_more: return 0;
    case Status::malformed: reject(400, "http1.codec_error"); return bytes.size();
    case Status::too_long: reject(431, "request_headers_too_large"); return bytes.size();
    case Status::complete: break;
  }
  begin_request(bytes.substr(0, found.size));
  return found.size;
}

void H1Server::switch_to_http2(std::string_view received) {
  phase_ = Phase::closed;
  timer_.disarm();
  service_.loop().remove(transport_.fd());
  service_.switch_to_http2(*this, std::move(transport_), std::move(info_), received);
}

void H1Server::begin_request(std::string_view head) {
  auto const& settings = service_.settings();
  handler_ = &service_.begin(info_);
  auto& request = handler_->request();
  phase_ = Phase::request;
  auto const error = http::parse_request_head(
      handler_->arena().copy(head),
      {.bytes = settings.limits.header_bytes, .count = settings.limits.header_count},
      underscores_of(settings), request);
  if (error.status != 0) return reject(error.status, error.details);

  ++requests_;
  client_version_ = request.version;
  auto const limit = settings.limits.requests_per_connection;
  keeps_alive_ =
      http::persistence_of(request.version, request.headers) == http::Persistence::keep_alive &&
      !service_.is_draining() && (limit == 0 || requests_ < limit);
  awaits_continue_ = expects_continue(request);
  request.headers.remove(http::FieldId::expect);  // a matter between the client and us
  request.protocol = http::requested_upgrade(request);
  is_body_done_ = !request.framing.has_body();
  body_received_ = 0;
  if (!is_body_done_) {
    decoder_.start(request.framing, underscores_of(settings));
    auto const max = settings.limits.body_bytes;
    if (max != 0 && request.framing.kind == http::Framing::Kind::length &&
        request.framing.length > max) {
      return reject(413, "request_payload_too_large");
    }
  }
  arm_request_timer();
  handler_->start(*this);
}

void H1Server::reject(int status, std::string_view details) {
  service_.metrics().downstream_protocol_error(status);
  if (handler_ == nullptr) handler_ = &service_.begin(info_);
  phase_ = Phase::request;
  keeps_alive_ = false;
  is_body_done_ = true;  // whatever follows is not to be understood
  handler_->request().headers.clear();
  handler_->reject(*this, status, details);
}

std::size_t H1Server::consume_body(std::string_view bytes) {
  auto const step = decoder_.next(bytes);
  using Status = http::BodyDecoder::Step::Status;
  switch (step.status) {
    case Status::need_more: break;
    case Status::malformed: request_failed(Failure::Kind::protocol); break;
    case Status::data: {
      body_received_ += step.data.size();
      auto const max = service_.settings().limits.body_bytes;
      if (max != 0 && body_received_ > max && !is_tunnel_) {
        request_failed(Failure::Kind::overflow);
        break;
      }
      auto const end = decoder_.is_done() ? http::End::yes : http::End::no;
      if (end == http::End::yes) is_body_done_ = true;
      has_room_ = sink_->write(step.data, end) == http::Room::yes;
      break;
    }
    case Status::done:
      if (std::exchange(is_body_done_, true)) break;  // said so with its last bytes
      if (decoder_.trailers().empty()) {
        has_room_ = sink_->write({}, http::End::yes) == http::Room::yes;
      } else {
        sink_->finish(decoder_.trailers());
      }
      break;
  }
  return step.consumed;
}

/// The body cannot be completed. The handler may still answer; then the connection ends.
void H1Server::request_failed(Failure::Kind kind) {
  if (kind != Failure::Kind::timeout)
    service_.metrics().downstream_protocol_error(kind == Failure::Kind::overflow ? 413 : 400);
  keeps_alive_ = false;
  is_body_done_ = true;
  sink_ = nullptr;
  handler_->on_request_failure({.kind = kind, .side = Failure::Side::client});
  arm_request_timer();  // from now on only the answer's way out is waited for
}

void H1Server::on_end_of_input() {
  // After a complete request this is no more than a half-closed connection: its answer is still
  // wanted, and nobody reads before it is out.
  if (phase_ == Phase::request && is_tunnel_) return end_tunnel_input();
  if (phase_ == Phase::request) return abort(Failure::Kind::closed);
  close();
}

void H1Server::flow_to(http::BodySink& sink) {
  sink_ = &sink;
  sink.fed_by(this);
  pull();
}

void H1Server::pull() {
  has_room_ = true;
  if (awaits_continue_ && answer_ == Answer::none) {
    awaits_continue_ = false;
    output_.queue().append("HTTP/1.1 100 Continue\r\n\r\n");
  }
  service_.loop().schedule(*this);
}

void H1Server::stop(Failure /*failure*/) {
  sink_ = nullptr;  // nothing more is read; the connection ends after the answer
  if (is_tunnel_) service_.loop().schedule(*this);  // which may be out
}

void H1Server::on_timer(Timer& /*timer*/) {
  auto const now = service_.loop().now();
  switch (phase_) {
    case Phase::handshake: service_.metrics().handshake_failed(); return close();
    case Phase::head:
      if (request_deadline_ == TimePoint{}) return close();  // idle
      service_.loop().schedule(*this);
      return reject(408, "request_header_timeout");
    case Phase::request: {
      auto const idle = service_.settings().limits.stream_idle_timeout;
      if (output_.is_blocked() && now - last_progress_ >= idle)
        return abort(Failure::Kind::timeout);
      if (!is_body_done_ && now >= request_deadline_) return request_failed(Failure::Kind::timeout);
      return arm_request_timer();
    }
    case Phase::linger: return close();
    case Phase::closed: return;
  }
}

void H1Server::arm_request_timer() {
  auto deadline = TimePoint::max();
  if (!is_body_done_) deadline = request_deadline_;
  if (output_.is_blocked()) {
    deadline = std::min(deadline, last_progress_ + service_.settings().limits.stream_idle_timeout);
  }
  if (deadline == TimePoint::max()) return timer_.disarm();
  timer_.arm(deadline);
}

void H1Server::abort(Failure::Kind kind) {
  if (handler_ != nullptr) {
    std::exchange(handler_, nullptr)
        ->finished(Failure{.kind = kind, .side = Failure::Side::client});
  }
  transport_.reset_on_close();
  close(Farewell::none);  // close_notify would make a broken answer look whole
}

void H1Server::linger_or_close() {
  bool const is_silent = is_body_done_ && input_.empty() && !readable_;
  if (is_silent) return close();
  // Closing now would reset the connection and take the answer away from a client that is still
  // sending.
  transport_.shut_write();
  phase_ = Phase::linger;
  sink_ = nullptr;
  timer_.arm_in(kLinger);
}

void H1Server::close(Farewell farewell) {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  sink_ = nullptr;
  timer_.disarm();
  if (farewell == Farewell::polite && transport_.tls() != nullptr) transport_.shut_write();
  service_.loop().remove(transport_.fd());
  transport_.close();
  service_.closed(*this);
}

}  // namespace tidegate::gateway
