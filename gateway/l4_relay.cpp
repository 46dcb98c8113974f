#include "gateway/l4_relay.h"

#include <algorithm>
#include <utility>

#include "gateway/observe/record.h"
#include "gateway/upstream/dialer.h"
#include "gateway/worker.h"

namespace tidegate::gateway {
namespace {

using http::Flag;

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr milliseconds kIdle{3'600'000};  // Istio's tcp.idleTimeout
constexpr std::size_t kMostAttempts = 3;

}  // namespace

struct L4Relay::OriginEvents final : EventHandler {
  explicit OriginEvents(L4Relay& owner) : relay(owner) {}
  void on_ready(std::uint32_t events) override { relay.on_origin_ready(events); }
  L4Relay& relay;
};

L4Relay::L4Relay(Worker& worker, Transport client, ConnectionInfo info, PinnedPtr pinned,
                 routing::Targets const& targets)
    : worker_(worker),
      info_(std::move(info)),
      pinned_(std::move(pinned)),
      targets_(targets),
      origin_events_(std::make_unique<OriginEvents>(*this)),
      client_(std::move(client)),
      timer_(worker.loop().timers(), *this),
      begun_(worker.loop().now()) {}

L4Relay::~L4Relay() = default;

void L4Relay::open() {
  worker_.loop().add(client_.fd(), *this, kEvents);
  if (client_.tls() == nullptr) return choose();
  phase_ = Phase::handshake;
  timer_.arm_in(worker_.settings().limits.tls_handshake_timeout);
}

/// Nobody can be told, so it goes on; the end of the drain cuts it off.
void L4Relay::drain() {}

void L4Relay::cut() {
  if (phase_ != Phase::closed) on_broken(Flag::local_reset, "drained");
}

void L4Relay::on_ready(std::uint32_t events) {
  if (phase_ == Phase::closed) return;
  if ((events & EPOLLERR) != 0)
    return on_broken(Flag::downstream_connection_termination, "downstream_remote_disconnect");
  if (phase_ != Phase::flowing) {
    early_client_events_ |= events;
    if (phase_ == Phase::handshake) shake_hands();
    return;
  }
  up_->note_source(events);
  down_->note_sink(events);
  step();
}

void L4Relay::shake_hands() {
  auto const result = client_.handshake();
  if (result.status == Transport::Status::blocked) return;
  if (result.status != Transport::Status::done) {
    worker_.metrics().handshake_failed();
    return close(Flag::downstream_protocol_error, "tls_handshake_failed");
  }
  auto const& tls = *client_.tls();
  worker_.metrics().handshake_done(tls.protocol(), tls.is_resumed());
  timer_.disarm();
  choose();
}

void L4Relay::choose() {
  phase_ = Phase::connecting;
  if (targets_.empty()) return close(Flag::no_route_found, "route_not_found");
  cluster_ = targets_.pick(worker_.random()).cluster;
  series_ = &worker_.metrics().tcp_connection_opened(*cluster_);
  connect();
}

void L4Relay::connect() {
  host_ = pinned_->upstreams[cluster_->id]->pick(worker_.random(), {.avoid = tried_});
  if (!host_) {
    auto const& refusal = cluster_->refusal;
    return close(Flag::no_healthy_upstream,
                 refusal.empty() ? "no_healthy_upstream" : std::string_view(refusal));
  }
  ++host_->active_requests_;
  settings_ = host_->origin_;
  auto const& fixed = settings_->tls_settings ? settings_->tls_settings->sni : std::string();
  dialer_ = host_->dial(*origin_events_, *settings_, fixed.empty() ? info_.server_name : fixed);
  worker_.metrics().upstream_connection_opened();
}

void L4Relay::on_origin_ready(std::uint32_t events) {
  if (phase_ == Phase::connecting && dialer_) {
    early_origin_events_ |= events;
    on_dialed();
  }
  if (phase_ != Phase::flowing) return;
  if ((events & EPOLLERR) != 0)
    return on_broken(Flag::upstream_connection_termination, "upstream_remote_disconnect");
  down_->note_source(events);
  up_->note_sink(events);
  step();
}

void L4Relay::on_dialed() {
  auto const progress = dialer_->advance();
  if (progress == Dialer::Progress::pending) return;
  auto const dialer = std::move(dialer_);
  if (progress == Dialer::Progress::failed) return on_unreachable(dialer->error());
  origin_address_ = dialer->remote_address();
  local_address_ = dialer->local_address();
  origin_ = dialer->take_transport();
  up_.emplace(client_, origin_, worker_.buffers());
  down_.emplace(origin_, client_, worker_.buffers());
  up_->note_source(early_client_events_);
  down_->note_source(early_origin_events_);
  phase_ = Phase::flowing;
  note_progress();
}

/// Another host may answer, and nothing of the client's was lost yet.
void L4Relay::on_unreachable(std::string const& error) {
  worker_.metrics().upstream_connect_failed();
  worker_.metrics().upstream_connection_closed();
  host_->note_failure(error);
  --host_->active_requests_;
  connect_error_ = error;
  early_origin_events_ = 0;
  tried_.push_back(std::move(host_));
  auto const hosts = pinned_->upstreams[cluster_->id]->hosts().size();
  if (tried_.size() < std::min(hosts, kMostAttempts)) return connect();
  close(Flag::upstream_connection_failure, "upstream_connection_failure");
}

void L4Relay::step() {
  using Outcome = L4Flow::Outcome;
  auto const up = up_->advance(worker_.scratch());
  auto const down = down_->advance(worker_.scratch());
  note_progress();
  if (up == Outcome::source_broke || down == Outcome::sink_broke)
    return on_broken(Flag::downstream_connection_termination, "downstream_remote_disconnect");
  if (down == Outcome::source_broke || up == Outcome::sink_broke)
    return on_broken(Flag::upstream_connection_termination, "upstream_remote_disconnect");
  if (up == Outcome::over && down == Outcome::over) return close({}, {});
  if (up == Outcome::busy || down == Outcome::busy) worker_.loop().schedule(*this);
}

/// Counts what has passed since; a connection on which nothing moves is idle.
void L4Relay::note_progress() {
  auto const up = up_->passed();
  auto const down = down_->passed();
  bool const is_first = !timer_.is_armed();
  if (up == counted_up_ && down == counted_down_ && !is_first) return;
  series_->received.add(up - std::exchange(counted_up_, up));
  series_->sent.add(down - std::exchange(counted_down_, down));
  auto const idle = settings_->pool.tcp_idle_timeout.value_or(kIdle);
  if (idle > milliseconds{0}) timer_.arm_in(idle);
}

void L4Relay::on_timer(Timer& /*timer*/) {
  if (phase_ == Phase::handshake) {
    worker_.metrics().handshake_failed();
    return close(Flag::downstream_protocol_error, "tls_handshake_timeout");
  }
  close(Flag::stream_idle_timeout, "idle_timeout");
}

/// Neither side must take what it has for the whole.
void L4Relay::on_broken(http::Flag flag, std::string_view details) {
  client_.reset_on_close();
  if (origin_.fd() >= 0) origin_.reset_on_close();
  close(flag, details);
}

void L4Relay::close(http::Flags flags, std::string_view details) {
  phase_ = Phase::closed;
  timer_.disarm();
  log(flags, details);
  if (series_ != nullptr) series_->closed.add();
  worker_.loop().remove(client_.fd());
  client_.close();
  dialer_.reset();
  if (origin_.fd() >= 0) {
    worker_.loop().remove(origin_.fd());
    origin_.close();
  }
  if (host_) {
    worker_.metrics().upstream_connection_closed();
    --host_->active_requests_;
    host_.reset();
  }
  worker_.loop().dispose(std::move(origin_events_));  // an event for it may wait in this turn
  worker_.closed(*this);
}

void L4Relay::log(http::Flags flags, std::string_view details) {
  if (!worker_.writes_access_log()) return;
  RequestRecord record;
  record.is_tcp = true;
  record.duration = worker_.loop().now() - begun_;
  record.flags = flags;
  record.response_code_details = details;
  record.upstream_transport_failure_reason = connect_error_;
  record.bytes_received = counted_up_;
  record.bytes_sent = counted_down_;
  record.is_tls = info_.is_tls;
  record.cluster = cluster_;
  record.downstream_local_address = info_.local;
  record.downstream_remote_address = info_.remote;
  record.requested_server_name = info_.server_name;
  record.attempts = static_cast<std::uint32_t>(tried_.size() + (host_ ? 1 : 0));
  record.upstream_host = origin_address_;
  record.upstream_local_address = local_address_;
  worker_.log_connection(record);
}

}  // namespace tidegate::gateway
