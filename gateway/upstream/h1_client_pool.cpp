#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "gateway/observe/metrics.h"
#include "gateway/upstream/h1_client.h"

// A connection between two requests: lent, given back, too old or idle for too long.
namespace tidegate::gateway {

bool H1Client::begin(http::ResponseHandler& handler, Reuse reuse) {
  if (phase_ == Phase::idle) {
    timer_.disarm();
    // Readable: the origin has closed it, or sent what nobody asked for.
    if ((readable_ || reuse == Reuse::checked) && !is_alive()) {
      close();
      return false;
    }
    host_.on_left_idle(*this);
    phase_ = Phase::busy;
    context_.metrics.upstream_connection_reused();
  }
  ++requests_;
  keep_host_ = &host_;
  ++host_.active_requests_;
  handler_ = &handler;
  request_ = Request::none;
  answer_ = Answer::none;
  written_ = 0;
  interim_ = 0;
  response_started_ = false;
  is_starved_ = false;
  has_room_ = true;
  auto const limit = host_.origin_->pool.max_requests_per_connection;
  keeps_alive_ = !limit || requests_ < *limit;
  scanner_.reset();
  return true;
}

/// Asks the socket itself: for requests that must not be sent twice, a pending close is worth a
/// system call. Behind TLS there may be messages that carry nothing (tickets): they are read.
bool H1Client::is_alive() {
  char byte = 0;
  bool const is_quiet =
      transport_.tls() != nullptr
          ? transport_.read({&byte, 1}).status == Transport::Status::blocked
          : ::recv(transport_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  if (is_quiet) readable_ = false;
  return is_quiet;
}

bool H1Client::is_reusable() const {
  return phase_ == Phase::busy && keeps_alive_ && !is_old() && request_ == Request::complete &&
         answer_ == Answer::complete && output_.empty() && input_.empty() && !has_unused_input_ &&
         !readable_;
}

bool H1Client::is_old() const {
  auto const lifetime = host_.origin_->lifetime();
  return lifetime > milliseconds{0} && context_.loop.now() - opened_ >= lifetime;
}

void H1Client::arm_idle_timer() {
  auto deadline = TimePoint::max();
  auto const idle = host_.origin_->idle_timeout(context_.limits.upstream_idle_timeout);
  auto const lifetime = host_.origin_->lifetime();
  if (idle > milliseconds{0}) deadline = context_.loop.now() + idle;
  if (lifetime > milliseconds{0}) deadline = std::min(deadline, opened_ + lifetime);
  timer_.arm(deadline);
}

void H1Client::release() {
  bool const was_stopped = sink_ == nullptr;
  handler_ = nullptr;
  sink_ = nullptr;
  source_ = nullptr;
  --host_.active_requests_;
  // A read that filled the buffer to the brim does not tell whether there is more.
  bool const may_be_quiet = phase_ == Phase::busy && (!readable_ || (!has_hung_up_ && is_alive()));
  bool const reusable = may_be_quiet && is_reusable() && host_.wants_idle();
  HostPtr const host = std::move(keep_host_);  // the connection may be gone with it
  if (is_tunnel_) return release_tunnel(was_stopped);
  if (!reusable) return close();
  phase_ = Phase::idle;
  arm_idle_timer();
  host_.on_idle(*this);
}

void H1Client::on_timer(Timer& /*timer*/) {
  if (phase_ == Phase::idle || phase_ == Phase::leaving) close();
}

void H1Client::close() {
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::idle) host_.on_left_idle(*this);
  phase_ = Phase::closed;
  timer_.disarm();
  dialer_.reset();
  if (transport_.fd() >= 0) {
    context_.loop.remove(transport_.fd());
    transport_.close();
  }
  claim_.release();
  host_.on_closed(*this);
}

}  // namespace tidegate::gateway
