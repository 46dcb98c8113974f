#include "gateway/downstream/h2_server.h"

#include <algorithm>
#include <utility>

#include "gateway/observe/metrics.h"

namespace tidegate::gateway {
namespace {

using http::Failure;

constexpr std::size_t kBatch =
    64 * 1024;  ///< of output; with more of it unsent nothing is received
constexpr int kReadsAStep = 16;
constexpr milliseconds kSettle{10'000};  ///< for the peer's SETTINGS, and for each block of fields
constexpr milliseconds kCheck{
    1'000};  ///< how often clocks are looked at while there is something to watch

http::H2Limits limits_of(config::Settings const& settings) {
  http::H2Limits limits;
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
      transport_(std::move(transport)),
      info_(std::move(info)),
      output_(service.buffers()),
      timer_(service.loop().timers(), *this),
      session_(http::H2Session::Role::server, limits_of(service.settings()), *this),
      received_(received) {}

void H2Server::open() {
  opened_ = idle_since_ = last_progress_ = now();
  service_.loop().add(transport_.fd(), *this, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  arm_timer();
  wake();
}

void H2Server::drain() {
  if (is_closed_ || drain_ != Drain::none) return;
  drain_ = Drain::announced;
  session_.announce_end();
  timer_.arm_in(kCheck);  // a round trip later the second step
  wake();
}

void H2Server::cut() {
  if (!is_closed_) abort(Failure::Kind::cancelled);
}

void H2Server::on_ready(std::uint32_t events) {
  if (is_closed_) return;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0) has_hung_up_ = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) output_.unblock();
  if ((events & EPOLLERR) != 0) return abort(Failure::Kind::reset);
  step();
}

void H2Server::step() {
  if (!received_.empty() && !receive(std::exchange(received_, std::string()))) return;
  deliver_waiting();
  read_input();
  if (is_closed_ || !send_output()) return;
  if (session_.is_over() && output_.empty() && !session_.wants_output()) close();
}

void H2Server::read_input() {
  for (int reads = 0; readable_ && !is_closed_ && !session_.is_over();) {
    if (output_.size() >= kBatch) return;  // who does not read gets no work done
    if (++reads > kReadsAStep) return wake();
    auto const scratch = service_.scratch();
    auto const result = transport_.read(scratch);
    if (result.drained && !has_hung_up_) readable_ = false;
    if (result.status == Transport::Status::blocked) return;
    if (result.status != Transport::Status::done) return abort(Failure::Kind::closed);
    if (!receive({scratch.data(), result.bytes})) return;
  }
}

/// False when the connection is gone.
bool H2Server::receive(std::string_view bytes) {
  bool const goes_on = session_.receive(bytes, now());
  head_since_ = !session_.is_inside_head()   ? TimePoint{}
                : head_since_ == TimePoint{} ? now()
                                             : head_since_;
  if (!goes_on) service_.metrics().downstream_protocol_error(400);
  return send_output();
}

bool H2Server::send_output() {
  while (!is_closed_) {
    if (output_.size() < kBatch && session_.wants_output()) {
      [[maybe_unused]] bool const has_more = session_.produce(output_.queue(), kBatch);
    }
    if (output_.empty()) return true;
    auto const before = output_.size();
    if (output_.is_blocked()) return true;
    if (output_.flush(transport_) == Transport::Status::failed) {
      abort(Failure::Kind::reset);
      return false;
    }
    if (output_.size() < before) last_progress_ = now();
    if (output_.is_blocked()) return true;
  }
  return false;
}

void H2Server::deliver_later(H2ServerStream& stream) {
  waiting_.push_back(stream.id());
  wake();
}

void H2Server::deliver_waiting() {
  auto const streams = std::exchange(waiting_, {});
  for (auto const id : streams) {
    if (auto* const stream = find(id)) stream->deliver();
  }
}

H2ServerStream* H2Server::find(http::StreamId stream) {
  auto const found = streams_.find(stream);
  return found != streams_.end() ? found->second.get() : nullptr;
}

http::H2HeadStorage H2Server::storage(http::StreamId id) {
  auto* stream = find(id);
  if (stream == nullptr) {
    if (free_streams_.empty()) free_streams_.push_back(std::make_unique<H2ServerStream>(*this));
    stream = free_streams_.back().get();
    streams_.emplace(id, std::move(free_streams_.back()));
    free_streams_.pop_back();
    stream->begin(id, service_.begin(info_), now() + settings().limits.request_timeout);
    ++requests_;
    if (streams_.size() == 1) arm_timer();
  }
  return {.arena = &stream->handler().arena(),
          .request = &stream->handler().request(),
          .response = nullptr};
}

void H2Server::on_request(http::StreamId id, http::End end, std::string_view /*protocol*/) {
  auto const limit = settings().limits.requests_per_connection;
  if (limit != 0 && requests_ >= limit) session_.accept_no_more();
  if (auto* const stream = find(id)) stream->start(end);
}

void H2Server::on_request_rejected(http::StreamId id, http::ParseError error) {
  if (auto* const stream = find(id)) stream->reject(error);
}

void H2Server::on_data(http::StreamId id, http::Chunk chunk) {
  if (auto* const stream = find(id)) stream->on_data(chunk);
}

void H2Server::on_trailers(http::StreamId id, http::Headers const& trailers) {
  if (auto* const stream = find(id)) stream->on_trailers(trailers);
}

void H2Server::on_end(http::StreamId id) {
  if (auto* const stream = find(id)) stream->on_end();
}

void H2Server::on_room(http::StreamId id) {
  if (auto* const stream = find(id)) stream->on_room();
}

void H2Server::on_stream_closed(http::StreamId id, std::optional<Failure> failure) {
  auto const entry = streams_.find(id);
  if (entry == streams_.end()) return;
  auto stream = std::move(entry->second);
  streams_.erase(entry);
  stream->on_closed(failure);
  free_streams_.push_back(std::move(stream));
  if (streams_.empty()) idle_since_ = now();
}

/// Too slow with its SETTINGS, a block of fields, or taking what we send.
bool H2Server::is_late(TimePoint now) const {
  if (!session_.is_settled() && now - opened_ >= kSettle) return true;
  if (head_since_ != TimePoint{} && now - head_since_ >= kSettle) return true;
  return output_.is_blocked() && now - last_progress_ >= settings().limits.stream_idle_timeout;
}

void H2Server::on_timer(Timer& /*timer*/) {
  if (is_closed_) return;
  if (is_late(now())) return abort(Failure::Kind::timeout);
  if (drain_ == Drain::announced) {
    drain_ = Drain::final;
    session_.accept_no_more();
  }
  std::vector<H2ServerStream*> streams;  // a deadline may close its stream
  for (auto const& [id, stream] : streams_) streams.push_back(stream.get());
  for (auto* const stream : streams) stream->check_deadlines(now());
  bool const is_idle = streams_.empty() && session_.is_settled();
  if (is_idle && now() - idle_since_ >= settings().limits.connection_idle_timeout)
    session_.accept_no_more();
  arm_timer();
  wake();
}

void H2Server::arm_timer() {
  bool const is_watching = !streams_.empty() || !session_.is_settled() || output_.is_blocked() ||
                           head_since_ != TimePoint{} || drain_ != Drain::none;
  if (is_watching) return timer_.arm_in(kCheck);
  timer_.arm(idle_since_ + settings().limits.connection_idle_timeout);
}

void H2Server::abort(Failure::Kind kind) {
  if (is_closed_) return;
  session_.end(kind);
  transport_.reset_on_close();
  close();
}

void H2Server::close() {
  if (std::exchange(is_closed_, true)) return;
  timer_.disarm();
  if (session_.is_over()) transport_.shut_write();
  service_.loop().remove(transport_.fd());
  transport_.close();
  service_.closed(*this);
}

}  // namespace tidegate::gateway
