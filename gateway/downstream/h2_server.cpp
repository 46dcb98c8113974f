#include "gateway/downstream/h2_server.h"

#include <algorithm>
#include <utility>

#include "gateway/h2_settings.h"
#include "gateway/observe/metrics.h"

namespace tidegate::gateway {
namespace {

using http::Failure;

constexpr milliseconds kCheck{
    1'000};  ///< how often clocks are looked at while there is something to watch

http::H2Limits limits_of(config::Settings const& settings) {
  auto limits = h2_limits_of(settings.limits.http2);
  limits.header_bytes = settings.limits.header_bytes;
  limits.header_count = settings.limits.header_count;
  limits.accepts_connect_protocol = false;
  limits.underscores = underscores_of(settings);
  return limits;
}

}  // namespace

H2Server::H2Server(Service& service, Transport transport, ConnectionInfo info,
                   std::string_view received)
    : service_(service),
      info_(std::move(info)),
      pump_(service.loop(), service.buffers(), http::H2Session::Role::server,
            limits_of(service.settings()), *this),
      transport_(std::move(transport)),
      timer_(service.loop().timers(), *this),
      received_(received) {}

void H2Server::open() {
  opened_ = idle_since_ = now();
  service_.loop().add(transport_.fd(), *this, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  pump_.attach(std::move(transport_));
  arm_timer();
  wake();
}

void H2Server::drain() {
  if (is_closed_ || drain_ != Drain::none) return;
  drain_ = Drain::announced;
  session().announce_end();
  timer_.arm_in(kCheck);  // a round trip later the second step
  wake();
}

void H2Server::cut() {
  if (!is_closed_) abort(Failure::Kind::cancelled);
}

void H2Server::on_ready(std::uint32_t events) {
  if (is_closed_) return;
  pump_.note(events);
  if ((events & EPOLLERR) != 0) return abort(Failure::Kind::reset);
  step();
}

void H2Server::step() {
  bool const was_over = session().is_over();
  auto const broken = exchange_bytes();
  if (session().is_over() && !was_over && session().why())
    service_.metrics().downstream_protocol_error(400);
  if (broken) return abort(*broken);
  if (pump_.is_finished()) close();
}

H2Pump::Broken H2Server::exchange_bytes() {
  if (!received_.empty()) {
    if (auto const broken = pump_.receive(std::exchange(received_, {}))) return broken;
  }
  deliver_waiting();
  if (auto const broken = pump_.read(service_.scratch(), *this)) return broken;
  return pump_.send();
}

void H2Server::deliver_later(H2ServerStream& stream) {
  waiting_.push_back(stream.id());
  wake();
}

void H2Server::deliver_waiting() {
  auto const streams = std::exchange(waiting_, {});
  for (auto const id : streams) {
    if (auto* const stream = streams_.find(id)) stream->deliver();
  }
}

http::H2HeadStorage H2Server::storage(http::StreamId id) {
  auto* stream = streams_.find(id);
  if (stream == nullptr) {
    bool const is_first = streams_.are_idle();
    stream = &streams_.lend([this] { return std::make_unique<H2ServerStream>(*this); });
    streams_.bind(id, *stream);
    stream->begin(id, service_.begin(info_), now() + settings().limits.request_timeout);
    ++requests_;
    if (is_first) arm_timer();
  }
  return {.arena = &stream->handler().arena(),
          .request = &stream->handler().request(),
          .response = nullptr};
}

void H2Server::on_request(http::StreamId id, http::End end, std::string_view /*protocol*/) {
  auto const limit = settings().limits.requests_per_connection;
  if (limit != 0 && requests_ >= limit) session().accept_no_more();
  if (auto* const stream = streams_.find(id)) stream->start(end);
}

void H2Server::on_request_rejected(http::StreamId id, http::ParseError error) {
  if (auto* const stream = streams_.find(id)) stream->reject(error);
}

void H2Server::on_data(http::StreamId id, http::Chunk chunk) {
  if (auto* const stream = streams_.find(id)) stream->on_data(chunk);
}

void H2Server::on_trailers(http::StreamId id, http::Headers const& trailers) {
  if (auto* const stream = streams_.find(id)) stream->on_trailers(trailers);
}

void H2Server::on_end(http::StreamId id) {
  if (auto* const stream = streams_.find(id)) stream->on_end();
}

void H2Server::on_room(http::StreamId id) {
  if (auto* const stream = streams_.find(id)) stream->on_room();
}

void H2Server::on_stream_closed(http::StreamId id, std::optional<Failure> failure) {
  auto* const stream = streams_.find(id);
  if (stream == nullptr) return;
  streams_.unbind(id);
  stream->on_closed(failure);
  streams_.give_back(*stream);
  if (streams_.are_idle()) idle_since_ = now();
}

/// Too slow with its SETTINGS, a block of fields, or taking what we send.
bool H2Server::is_late(TimePoint now) {
  auto const& limits = settings().limits;
  if (!session().is_settled() && now - opened_ >= limits.http2.settings_timeout) return true;
  auto const head_since = pump_.head_since();
  if (head_since != TimePoint{} && now - head_since >= limits.http2.header_timeout) return true;
  return pump_.is_blocked() && now - pump_.last_progress() >= limits.stream_idle_timeout;
}

void H2Server::on_timer(Timer& /*timer*/) {
  if (is_closed_) return;
  if (is_late(now())) return abort(Failure::Kind::timeout);
  if (drain_ == Drain::announced) {
    drain_ = Drain::final;
    session().accept_no_more();
  }
  std::vector<H2ServerStream*> streams;  // a deadline may close its stream
  for (auto const& [id, stream] : streams_.bound()) streams.push_back(stream);
  for (auto* const stream : streams) stream->check_deadlines(now());
  streams_.trim();
  bool const is_idle = streams_.are_idle() && session().is_settled();
  if (is_idle && now() - idle_since_ >= settings().limits.connection_idle_timeout)
    session().accept_no_more();
  arm_timer();
  wake();
}

void H2Server::arm_timer() {
  bool const is_watching = !streams_.are_idle() || !session().is_settled() || pump_.is_blocked() ||
                           pump_.head_since() != TimePoint{} || drain_ != Drain::none;
  if (is_watching) return timer_.arm_in(kCheck);
  timer_.arm(idle_since_ + settings().limits.connection_idle_timeout);
}

void H2Server::abort(Failure::Kind kind) {
  if (is_closed_) return;
  session().end(kind);
  pump_.transport().reset_on_close();
  close();
}

void H2Server::close() {
  if (std::exchange(is_closed_, true)) return;
  timer_.disarm();
  if (session().is_over()) pump_.transport().shut_write();
  pump_.detach();
  service_.closed(*this);
}

}  // namespace tidegate::gateway
