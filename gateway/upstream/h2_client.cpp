#include "gateway/upstream/h2_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/h2_settings.h"
#include "gateway/observe/metrics.h"

namespace tidegate::gateway {
namespace {

using http::Failure;

constexpr milliseconds kSettle{10'000};  ///< for the origin's SETTINGS, and each block of fields
constexpr milliseconds kCheck{1'000};    ///< how often clocks are looked at while there is a reason
constexpr milliseconds kStay{3'600'000};     ///< of a connection that nothing ends; looked at then
constexpr milliseconds kPingTimeout{5'000};  ///< where the policy says nothing
/// Streams to open before the origin has said how many it takes (RFC 9113 §6.5.2 recommends to
/// offer no fewer).
constexpr std::uint32_t kUnsettledStreams = 100;

http::H2Limits limits_of(config::Limits const& limits) {
  auto made = h2_limits_of(limits.http2);
  made.header_bytes = limits.response_header_bytes;
  made.header_count = 1000;
  return made;
}

}  // namespace

H2Client::H2Client(UpstreamContext& context, Host& host, OriginPtr origin, std::string server_name,
                   Claim claim)
    : context_(context),
      host_(host),
      origin_(std::move(origin)),
      server_name_(std::move(server_name)),
      claim_(std::move(claim)),
      dialer_(host.dial(*this, *origin_, server_name_)),
      pump_(context.loop, context.buffers, http::H2Session::Role::client, limits_of(context.limits),
            *this),
      timer_(context.loop.timers(), *this) {
  context_.metrics.upstream_connection_opened();
  opened_ = context_.loop.now();
}

H2Client::~H2Client() { context_.metrics.upstream_connection_closed(); }

bool H2Client::takes_one_more(Reuse reuse) {
  if (phase_ == Phase::closed || is_retired_) return false;
  if (reuse == Reuse::never && requests_ > 0 && phase_ == Phase::open) return false;
  bool const wants_proof = reuse == Reuse::checked && phase_ == Phase::open && active_ == 0;
  if (wants_proof) {
    pump_.note(EPOLLIN);
    // A GOAWAY or the end of the stream may be there already. Who asks may be in the midst of bytes
    // that stand in the shared scratch.
    std::array<char, 4096> own;
    step(own);
    if (phase_ == Phase::closed || is_retired_) return false;
  }
  return has_room();
}

bool H2Client::has_room() const {
  if (phase_ == Phase::closed || is_retired_) return false;
  auto const limit = origin_->pool.max_requests_per_connection.value_or(0);
  if (limit != 0 && requests_ >= limit) return false;
  return active_ < stream_limit() && pump_.session().can_request();
}

std::uint32_t H2Client::stream_limit() const {
  auto const wanted = origin_->pool.max_concurrent_streams.value_or(0);
  auto const unsettled = pump_.session().is_settled() ? UINT32_MAX : kUnsettledStreams;
  return wanted != 0 ? std::min(wanted, unsettled) : unsettled;
}

http::ClientStreamPtr H2Client::begin(http::ResponseHandler& handler) {
  if (requests_ > 0) context_.metrics.upstream_connection_reused();
  if (active_ == 0 && phase_ == Phase::open) arm_timer();
  ++requests_;
  ++active_;
  ++host_.active_requests_;
  auto& stream = streams_.lend([this] { return std::make_unique<H2ClientStream>(*this); });
  stream.begin(handler, &host_);
  return http::ClientStreamPtr(&stream);
}

http::StreamId H2Client::request(H2ClientStream& stream, http::RequestHead const& head,
                                 http::End end) {
  if (phase_ == Phase::closed) return 0;
  auto const id = session().request(head, end, head.protocol);
  if (id > 0) streams_.bind(id, stream);
  return id;
}

void H2Client::await_settings(H2ClientStream& stream) {
  if (has_settings_ || phase_ == Phase::closed) return stream.open_tunnel();
  undecided_.push_back(&stream);
}

void H2Client::on_settings() {
  has_settings_ = true;
  for (auto* const stream : std::exchange(undecided_, {})) stream->open_tunnel();
  host_.on_room();  // the origin may take more requests than was known
}

void H2Client::on_ready(std::uint32_t events) {
  if (phase_ == Phase::connecting) connect();
  if (phase_ == Phase::open) {
    pump_.note(events);
    step(context_.scratch);
  } else if (phase_ == Phase::closed) {
    deliver_waiting();
  }
}

void H2Client::connect() {
  auto const progress = dialer_->advance();
  if (progress == Dialer::Progress::pending) return;
  auto const dialer = std::move(dialer_);
  if (progress == Dialer::Progress::failed) {
    context_.metrics.upstream_connect_failed();
    host_.note_failure(dialer->error());
    return close(Failure::Kind::connect);
  }
  local_address_ = dialer->local_address();
  remote_address_ = dialer->remote_address();
  pump_.attach(dialer->take_transport());
  phase_ = Phase::open;
  opened_ = heard_ = idle_since_ = context_.loop.now();
  arm_timer();
  for (auto const& entry : std::vector(streams_.bound())) entry.stream->on_connected();
}

void H2Client::step(std::span<char> scratch) {
  auto const broken = exchange_bytes(scratch);
  if (broken) return close(*broken);
  if (pump_.is_finished() || (is_retired_ && active_ == 0)) close(Failure::Kind::closed);
}

H2Pump::Broken H2Client::exchange_bytes(std::span<char> scratch) {
  deliver_waiting();
  if (auto const broken = pump_.read(scratch, *this)) return broken;
  return pump_.send();
}

void H2Client::deliver_later(H2ClientStream& stream) {
  waiting_.push_back(&stream);
  wake();
}

void H2Client::deliver_waiting() {
  delivering_.swap(waiting_);
  for (auto* const stream : delivering_) stream->deliver();
  delivering_.clear();
}

http::H2HeadStorage H2Client::storage(http::StreamId id) {
  auto* const stream = streams_.find(id);
  return stream != nullptr ? stream->storage() : http::H2HeadStorage{};
}

void H2Client::on_response(http::StreamId id, http::End end) {
  if (auto* const stream = streams_.find(id)) stream->on_response(end);
}

void H2Client::on_informational(http::StreamId id) {
  if (auto* const stream = streams_.find(id)) stream->on_informational();
}

void H2Client::on_data(http::StreamId id, http::Chunk chunk) {
  if (auto* const stream = streams_.find(id)) stream->on_data(chunk);
}

void H2Client::on_trailers(http::StreamId id, http::Headers const& trailers) {
  if (auto* const stream = streams_.find(id)) stream->on_trailers(trailers);
}

void H2Client::on_end(http::StreamId id) {
  if (auto* const stream = streams_.find(id)) stream->on_end();
}

void H2Client::on_room(http::StreamId id) {
  if (auto* const stream = streams_.find(id)) stream->on_room();
}

void H2Client::on_stream_closed(http::StreamId id, std::optional<Failure> failure) {
  auto* const stream = streams_.find(id);
  if (stream == nullptr) return;
  streams_.unbind(id);
  stream->on_closed(failure);
}

void H2Client::on_going_away(http::StreamId /*last_accepted*/) { retire(); }

void H2Client::on_pong() {
  pinged_ = {};
  heard_ = context_.loop.now();
}

void H2Client::retire() {
  if (std::exchange(is_retired_, true)) return;
  wake();  // closes when nobody is left
}

void H2Client::request_ended() {
  --host_.active_requests_;
  if (--active_ == 0) idle_since_ = context_.loop.now();
  bool const is_used_up = active_ == 0 && !has_room();
  if (is_used_up && phase_ == Phase::open) retire();  // it would idle for nobody
  host_.on_room();
}

void H2Client::done_with(H2ClientStream& stream) {
  streams_.give_back(stream);
  leave_if_idle();
}

void H2Client::on_timer(Timer& /*timer*/) {
  if (phase_ != Phase::open) return;
  streams_.trim();
  if (is_late()) return close(Failure::Kind::timeout);
  auto const now = context_.loop.now();
  auto const lifetime = origin_->lifetime();
  auto const patience = origin_->idle_timeout(context_.limits.upstream_idle_timeout);
  bool const is_old = lifetime > milliseconds{0} && now - opened_ >= lifetime;
  bool const is_idle = active_ == 0 && patience > milliseconds{0} && now - idle_since_ >= patience;
  if (is_idle || is_old) {
    retire();
  } else {
    keep_alive();
    arm_timer();
  }
  wake();
}

/// Too slow with its SETTINGS, a block of fields, a PONG, or taking what we send.
bool H2Client::is_late() const {
  auto const now = context_.loop.now();
  auto const& session = pump_.session();
  if (!session.is_settled() && now - opened_ >= kSettle) return true;
  if (pump_.head_since() != TimePoint{} && now - pump_.head_since() >= kSettle) return true;
  auto const& keepalive = origin_->pool.http2_keepalive;
  if (keepalive && pinged_ != TimePoint{}) {
    auto const patience = keepalive->timeout > milliseconds{0} ? keepalive->timeout : kPingTimeout;
    if (now - pinged_ >= patience) return true;
  }
  return pump_.is_blocked() && now - pump_.last_progress() >= context_.limits.stream_idle_timeout;
}

void H2Client::keep_alive() {
  auto const& keepalive = origin_->pool.http2_keepalive;
  if (!keepalive || keepalive->interval <= milliseconds{0} || pinged_ != TimePoint{}) return;
  auto const now = context_.loop.now();
  if (now - heard_ < keepalive->interval) return;
  pinged_ = now;
  session().ping();
}

void H2Client::arm_timer() {
  auto wait = active_ > 0 || !session().is_settled() ? kCheck : idle_wait();
  auto const& keepalive = origin_->pool.http2_keepalive;
  if (keepalive && keepalive->interval > milliseconds{0}) {
    wait = std::min({wait, keepalive->interval, kCheck});
  }
  timer_.arm_in(wait);
}

/// Until there may be something to do about a connection without requests.
milliseconds H2Client::idle_wait() const {
  auto wait = origin_->idle_timeout(context_.limits.upstream_idle_timeout);
  if (wait == milliseconds{0}) wait = kStay;
  auto const lifetime = origin_->lifetime();
  if (lifetime == milliseconds{0}) return wait;
  auto const age = std::chrono::duration_cast<milliseconds>(context_.loop.now() - opened_);
  return std::clamp(lifetime - age, milliseconds{1}, wait);
}

void H2Client::close(Failure::Kind kind) {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  timer_.disarm();
  dialer_.reset();
  if (session().is_over() && is_connected()) pump_.transport().shut_write();
  session().end(kind);
  for (auto* const stream : std::exchange(undecided_, {})) {
    stream->on_closed(Failure{.kind = kind, .side = Failure::Side::upstream});
  }
  pump_.detach();
  leave_if_idle();
}

/// Requests that had their whole answer may still be handing it on.
void H2Client::leave_if_idle() {
  if (phase_ != Phase::closed || !streams_.are_idle()) return;
  if (std::exchange(has_left_, true)) return;
  claim_.release();
  host_.on_closed(*this);
}

}  // namespace tidegate::gateway
