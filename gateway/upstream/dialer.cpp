#include "gateway/upstream/dialer.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <climits>
#include <system_error>
#include <utility>

#include "tls/client_context.h"

namespace tidegate::gateway {
namespace {

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr std::string_view kAlpnHttp2 = "h2";

void set_option(int socket, int level, int name, std::int64_t value) {
  auto const number = static_cast<int>(std::clamp<std::int64_t>(value, 1, INT_MAX));
  ::setsockopt(socket, level, name, &number, sizeof number);
}

/// What is not said is the system's.
void keep_alive(int socket, config::istio::TcpKeepalive const& keepalive) {
  using std::chrono::ceil;
  using std::chrono::seconds;
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (keepalive.probes) set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, *keepalive.probes);
  if (keepalive.time)
    set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, ceil<seconds>(*keepalive.time).count());
  if (keepalive.interval)
    set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, ceil<seconds>(*keepalive.interval).count());
}

}  // namespace

Dialer::Dialer(EventLoop& loop, EventHandler& owner, Target target, milliseconds timeout)
    : loop_(loop),
      owner_(owner),
      origin_(target.origin),
      server_name_(target.server_name),
      sessions_(target.sessions),
      connector_(std::make_unique<Connector>(loop, owner, std::move(target.addresses), timeout)),
      deadline_(loop.timers(), *this) {
  if (origin_.tls) deadline_.arm_in(timeout);
}

Dialer::~Dialer() {
  if (transport_ && transport_->fd() >= 0) loop_.remove(transport_->fd());
}

Dialer::Progress Dialer::advance() {
  if (is_late_) return fail("connection timeout");
  if (transport_) return shake_hands();
  if (!connector_->is_decided()) return Progress::pending;
  Socket socket = connector_->take_socket();
  if (!socket) return fail(std::generic_category().message(connector_->error()));
  return begin_handshake(std::move(socket));
}

Dialer::Progress Dialer::begin_handshake(Socket socket) {
  int const fd = socket.fd();
  if (auto const& keepalive = origin_.pool.tcp_keepalive) keep_alive(fd, *keepalive);
  local_address_ = SocketAddress::local_of(fd).text();
  remote_address_ = connector_->address().text();
  if (origin_.tls) {
    transport_.emplace(std::move(socket), origin_.tls->connect(fd, server_name_, sessions_));
  } else {
    transport_.emplace(std::move(socket));
  }
  loop_.add(fd, owner_, kEvents);
  return shake_hands();
}

Dialer::Progress Dialer::shake_hands() {
  auto const result = transport_->handshake();
  if (result.status == Transport::Status::blocked) return Progress::pending;
  if (result.status != Transport::Status::done) {
    auto const why = transport_->tls() != nullptr ? transport_->tls()->error() : std::string();
    return fail("TLS_error: " + (why.empty() ? "the origin closed the connection" : why));
  }
  deadline_.disarm();
  bool const wants_http2 = origin_.tls_settings && origin_.tls_settings->offers_http2;
  if (wants_http2 && transport_->tls()->alpn() != kAlpnHttp2)
    return fail("TLS_error: the origin does not speak HTTP/2 (ALPN)");
  return Progress::ready;
}

Dialer::Progress Dialer::fail(std::string reason) {
  deadline_.disarm();
  error_ = std::move(reason);
  return Progress::failed;
}

void Dialer::on_timer(Timer& /*timer*/) {
  is_late_ = true;
  loop_.schedule(owner_);
}

}  // namespace tidegate::gateway
