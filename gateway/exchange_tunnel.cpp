#include <algorithm>
#include <utility>

#include "gateway/exchange.h"
#include "gateway/worker.h"
#include "http/persistence.h"
#include "http/upgrade.h"

// Requests that want to leave HTTP: from the question whether they may, to the end of the tunnel.
namespace tidegate::gateway {
namespace {

using http::Failure;

/// How long an origin may take to end a tunnel that we have taken leave of.
constexpr milliseconds kFarewell{1000};

constexpr Failure kLeft{.kind = Failure::Kind::cancelled, .side = Failure::Side::gateway};

}  // namespace

/// False when the protocol is not to be spoken through us: that was answered.
bool Exchange::admit_upgrade() {
  if (request_.protocol.empty()) return true;
  auto const& allowed = pinned_->snapshot().settings.gateway.upgrades;
  bool const is_allowed = std::any_of(allowed.begin(), allowed.end(), [this](auto const& name) {
    return name == "*" || http::iequals(name, request_.protocol);
  });
  if (!is_allowed) reply({.status = 403, .details = "upgrade_failed"});
  return is_allowed;
}

/// A handshake that came by HTTP/2 has no key, but an HTTP/1 origin wants one.
void Exchange::complete_handshake() {
  constexpr std::string_view key = "sec-websocket-key";
  if (!http::is_websocket(request_.protocol) || request_.headers.find(key)) return;
  auto& random = worker_.random();
  auto const first = random.next();
  request_.headers.add(key, http::make_websocket_key(first, random.next(), arena_));
}

/// An origin that takes no notice of an upgrade answers an ordinary request, but in HTTP/2 any
/// success opens the tunnel (RFC 8441 §5).
bool Exchange::looks_accepted(http::ResponseHead const& head) const {
  bool const is_connect = !request_.protocol.empty() && request_.version == http::Version::http2;
  return is_connect && head.status >= 200 && head.status < 300;
}

/// Clients that asked for an upgrade and get an answer may have no use for the connection, and
/// leave it open (ws of Node.js does). An origin that closes it knows its clients.
bool Exchange::closes_with_refusal(http::ResponseHead const& head) const {
  if (request_.protocol.empty() || head.status == 101) return false;
  return http::persistence_of(head.version, head.headers) == http::Persistence::close;
}

/// Both sides have heard of the 101. The route's timeouts are over with it, idleness is not.
void Exchange::open_tunnel() {
  bool const is_websocket = http::is_websocket(request_.protocol);
  tunnel_ =
      std::make_unique<Tunnel>(is_websocket ? TunnelContent::websocket : TunnelContent::opaque);
  worker_.metrics().tunnel_opened(is_websocket);
  route_deadline_ = TimePoint::max();
  arm_deadline();
  tunnel_->connect(*server_, *stream_, *this);
}

void Exchange::leave_tunnel() {
  if (!tunnel_ || tunnel_->is_leaving() || is_over()) return;
  tunnel_->leave(static_cast<std::uint32_t>(worker_.random().next()));
  if (tunnel_->is_over()) return server_->stop(kLeft);
  deadline_.arm_in(kFarewell);
}

void Exchange::on_tunnel_deadline() {
  if (tunnel_->is_leaving()) {
    tunnel_->finish();
    server_->stop(kLeft);
    return stream_->stop(kLeft);
  }
  if (bytes_seen_ != bytes_moved()) return arm_deadline();
  flags_ |= http::Flag::stream_idle_timeout;
  details_ = "stream_idle_timeout";
  leave_tunnel();
}

/// How far both directions are, for a tunnel; else the answer alone.
bool Exchange::is_over() const { return tunnel_ ? tunnel_->is_over() : is_answer_done_; }

std::uint64_t Exchange::bytes_received() const {
  return tunnel_ ? tunnel_->bytes_up() : replay_.received();
}

void Exchange::close_tunnel() {
  if (!tunnel_) return;
  tunnel_.reset();
  worker_.metrics().tunnel_closed();
}

}  // namespace tidegate::gateway
