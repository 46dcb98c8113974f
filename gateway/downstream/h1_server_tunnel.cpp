#include <utility>

#include "gateway/downstream/h1_server.h"
#include "http/h1_writer.h"
#include "http/upgrade.h"
#include "http/websocket.h"

// After a 101 the connection speaks something else: bytes without an end in both directions.
namespace tidegate::gateway {

void H1Server::begin_tunnel(http::ResponseHead& head) {
  auto const& request = handler_->request();
  head.headers.add({"Upgrade", request.protocol, http::FieldId::upgrade});
  auto const key = request.headers.find("sec-websocket-key");
  constexpr std::string_view proof = "sec-websocket-accept";
  if (key && http::is_websocket(request.protocol) && !head.headers.find(proof)) {
    // The origin was asked by HTTP/2, which has no such proof (RFC 8441 §5).
    head.headers.add(proof, http::websocket_accept(*key, handler_->arena()));
  }
  http::write_response_head(head, client_version_, http::Persistence::keep_alive, output_.queue());
  is_tunnel_ = true;
  keeps_alive_ = false;
  is_chunked_ = false;
  is_body_done_ = false;
  request_deadline_ = TimePoint::max();
  decoder_.start(http::Framing::until_close());
  answer_ = Answer::streaming;
  service_.loop().schedule(*this);  // unless the first bytes from the origin take the head along
}

/// The client has said all it will; what the origin says still reaches it.
void H1Server::end_tunnel_input() {
  is_body_done_ = true;
  [[maybe_unused]] auto const room = sink_->write({}, http::End::yes);
  service_.loop().schedule(*this);
}

/// The origin has said all it will. True while what the client says still reaches it.
bool H1Server::is_half_closed() {
  if (!is_tunnel_ || is_body_done_ || sink_ == nullptr) return false;
  if (!std::exchange(has_shut_write_, true)) transport_.shut_write();
  return true;
}

}  // namespace tidegate::gateway
