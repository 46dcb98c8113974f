#include "gateway/downstream/h2_server.h"

#include <algorithm>
#include <utility>

#include "gateway/h2_settings.h"
#include "gateway/observe/metrics.h"

namespace tidegate::gateway {
namespace {

using http::Failure;

/// How often clocks are looked at while there is something to watch.
constexpr milliseconds kCheck{1'000};
/// How long a client may go on sending after all was said.
constexpr milliseconds kLinger{1'000};

http::H2Limits limits_of(config::Settings const& settings) {
  auto limits = h2_limits_of(settings.limits.http2);
  limits.header_bytes = settings.limits.header_bytes;
  limits.header_count = settings.limits.header_count;
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
  if (is_closed_ || is_lingering_ || drain_ != Drain::none) return;
  drain_ = Drain::announced;
  session().announce_end();
  arm_timer();  // a round trip later the second step
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
  if (is_lingering_) {
    if (pump_.discard(service_.scratch(), *this)) close();
    return;
  }
  if (auto const broken = exchange_bytes()) return abort(*broken);
  if (pump_.is_finished()) return linger();
  if (!is_checking_ && is_watching()) arm_timer();
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
    stream = &streams_.lend([this] { return std::make_unique<H2ServerStream>(*this); });
    streams_.bind(id, *stream);
    stream->begin(id, service_.begin(info_), now() + settings().limits.request_timeout);
    ++requests_;
  }
  return {.arena = &stream->handler().arena(),
          .request = &stream->handler().request(),
          .response = nullptr};
}

void H2Server::on_request(http::StreamId id, http::End end, std::string_view protocol) {
  auto const limit = settings().limits.requests_per_connection;
  if (limit != 0 && requests_ >= limit) session().accept_no_more();
  if (auto* const stream = streams_.find(id)) stream->start(end, protocol);
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

/// The client does not take what we send. After our last word it has no more than a moment.
bool H2Server::is_stuck() {
  if (!pump_.is_blocked()) return false;
  auto const limit = session().why() ? kCheck : settings().limits.stream_idle_timeout;
  return now() - pump_.last_progress() >= limit;
}

/// Too slow with its SETTINGS, or with a head.
void H2Server::end_if_late() {
  auto const& limits = settings().limits.http2;
  if (!session().is_settled() && now() - opened_ >= limits.settings_timeout)
    return session().go_away(http::H2Error::settings_timeout, "http2.settings_timeout");
  auto const head_since = pump_.head_since();
  if (head_since != TimePoint{} && now() - head_since >= limits.header_timeout)
    session().go_away(http::H2Error::enhance_your_calm, "http2.header_timeout");
}

void H2Server::on_timer(Timer& /*timer*/) {
  if (is_closed_) return;
  if (is_lingering_) return close();
  if (is_stuck()) return abort(Failure::Kind::timeout);
  end_if_late();
  if (drain_ == Drain::announced) {
    drain_ = Drain::final;
    session().accept_no_more();
  }
  std::vector<H2ServerStream*> streams;  // a deadline may close its stream
  for (auto const& [id, stream] : streams_.bound()) streams.push_back(stream);
  for (auto* const stream : streams) stream->check_deadlines(now());
  streams_.trim();
  bool const is_idle = streams_.are_idle() && session().is_settled() && drain_ == Drain::none;
  if (is_idle && now() - idle_since_ >= settings().limits.connection_idle_timeout) {
    drain_ = Drain::final;
    session().accept_no_more();
  }
  arm_timer();
  wake();
}

bool H2Server::is_watching() {
  return !streams_.are_idle() || !session().is_settled() || pump_.is_blocked() ||
         pump_.head_since() != TimePoint{} || drain_ != Drain::none;
}

void H2Server::arm_timer() {
  is_checking_ = is_watching();
  if (is_checking_) return timer_.arm_in(kCheck);
  timer_.arm(idle_since_ + settings().limits.connection_idle_timeout);
}

/// Closing now would reset the connection, and take the end of the answers from a client that is
/// still sending (window updates, if nothing else). One that broke the rules is not waited for.
void H2Server::linger() {
  if (session().why()) return close();
  is_lingering_ = true;
  pump_.transport().shut_write();
  timer_.arm_in(kLinger);
  wake();
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
  if (auto const why = session().why()) {
    service_.metrics().downstream_protocol_error(400);
    service_.metrics().http2_connection_ended(why.reason);
  }
  if (session().is_over() && !is_lingering_) pump_.transport().shut_write();
  pump_.detach();
  service_.closed(*this);
}

}  // namespace tidegate::gateway
