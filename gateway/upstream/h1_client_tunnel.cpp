#include <utility>

#include "gateway/upstream/h1_client.h"
#include "http/arena.h"
#include "http/upgrade.h"
#include "http/websocket.h"

// After a 101 the connection speaks something else, and is of no use to anybody else any more.
namespace tidegate::gateway {
namespace {

using http::Failure;

/// Where the key was ours nobody but us can check the answer to it (RFC 6455 §4.1).
bool is_proven(http::RequestHead const& request, http::ResponseHead const& response) {
  bool const is_ours =
      request.version == http::Version::http2 && http::is_websocket(request.protocol);
  if (!is_ours) return true;
  http::Arena arena;
  auto const key = request.headers.find("sec-websocket-key").value_or("");
  return response.headers.find("sec-websocket-accept") == http::websocket_accept(key, arena);
}

}  // namespace

/// False when the origin may not say that.
bool H1Client::begin_tunnel(http::ResponseHead& head) {
  bool const is_asked_for = !asked_->protocol.empty() && request_ == Request::complete;
  if (!is_asked_for || !http::changes_to(asked_->protocol, head) || !is_proven(*asked_, head))
    return false;
  is_tunnel_ = true;
  keeps_alive_ = false;
  request_ = Request::streaming;
  answer_ = Answer::streaming;
  head.framing = http::Framing::until_close();
  decoder_.start(head.framing);
  handler_->on_response(head, http::End::no);
  return true;
}

/// What has to be done for a tunnel at the end of a step.
void H1Client::step_tunnel() {
  bool const is_all_out = request_ == Request::complete && output_.empty();
  if (is_all_out && phase_ != Phase::closed && !std::exchange(has_shut_write_, true))
    transport_.shut_write();
  if (phase_ == Phase::leaving && (is_all_out || request_ == Request::broken)) return close();
  // Nothing is read any more that would tell it.
  bool const is_unheard = request_ == Request::broken && answer_ == Answer::complete;
  if (is_unheard && source_ != nullptr) {
    std::exchange(source_, nullptr)
        ->stop({.kind = Failure::Kind::reset, .side = Failure::Side::upstream});
  }
}

/// Closes, but not before the last bytes are out. What did not come to its end must not look as if
/// it had, unless somebody stopped it in good order.
void H1Client::release_tunnel(bool was_stopped) {
  flush();
  bool const is_whole = request_ == Request::complete && answer_ == Answer::complete;
  if (is_whole && !output_.empty()) {
    phase_ = Phase::leaving;
    return timer_.arm_in(context_.limits.stream_idle_timeout);
  }
  step_tunnel();
  if (!is_whole && !was_stopped) transport_.reset_on_close();
  close();
}

}  // namespace tidegate::gateway
