#include <utility>

#include "gateway/downstream/h1_server.h"
#include "gateway/observe/metrics.h"
#include "http/h1_writer.h"
#include "http/persistence.h"

// The way out: answers to bytes.
namespace tidegate::gateway {
namespace {

constexpr std::size_t kHighWater =
    64 * 1024;  ///< queued bytes from which the source is told to wait
constexpr std::size_t kLowWater = 32 * 1024;     ///< below which it is pulled again
constexpr std::size_t kWorthSending = 4 * 1024;  ///< less than this waits for the end of the step

}  // namespace

void H1Server::inform(http::ResponseHead const& head) {
  if (client_version_ == http::Version::http10 || answer_ != Answer::none)
    return;  // RFC 9110 §15.2
  http::write_response_head(head, client_version_, http::Persistence::keep_alive, output_.queue());
  service_.loop().schedule(*this);
}

void H1Server::respond(http::ResponseHead& head, http::End end) {
  if (head.status == 101) return begin_tunnel(head);
  bool const is_refusal = !handler_->request().protocol.empty();
  if (is_refusal && http::has_connection_option(head.headers, "close")) keeps_alive_ = false;
  // A body that nobody asked for, or that nobody will read, ends with its connection.
  if (!is_body_done_ && sink_ == nullptr) keeps_alive_ = false;
  // An answer of known length before the request is in is most likely a refusal.
  bool const is_early = end == http::End::yes || head.framing.kind == http::Framing::Kind::length;
  if (!is_body_done_ && is_early) keeps_alive_ = false;
  if (service_.is_draining()) keeps_alive_ = false;
  using Kind = http::Framing::Kind;
  if (end == http::End::no &&
      (head.framing.kind == Kind::until_close || head.framing.kind == Kind::chunked)) {
    bool const understands_chunks = client_version_ != http::Version::http10;
    head.framing = understands_chunks ? http::Framing::chunked() : http::Framing::until_close();
    if (!understands_chunks) keeps_alive_ = false;
  }
  is_chunked_ = end == http::End::no && head.framing.kind == Kind::chunked;
  auto const persistence = keeps_alive_ ? http::Persistence::keep_alive : http::Persistence::close;
  http::write_response_head(head, client_version_, persistence, output_.queue());
  answer_ = end == http::End::yes ? Answer::complete : Answer::streaming;
  service_.loop().schedule(*this);  // unless the first bytes of the body take the head along
}

http::Room H1Server::write(http::Chunk chunk, http::End end) {
  if (answer_ != Answer::streaming) return http::Room::yes;  // gone: swallow, the step reports it
  std::string_view const tail =
      is_chunked_ ? http::frame_chunk(chunk, end, output_.queue()) : std::string_view();
  if (end == http::End::yes) answer_ = Answer::complete;
  if (end == http::End::no && output_.size() + chunk.size() < kWorthSending) {
    output_.queue().append(chunk).append(tail);  // leaves with its like at the end of the step
    service_.loop().schedule(*this);
    return http::Room::yes;
  }
  bool const was_blocked = output_.is_blocked();
  auto const before = output_.size() + chunk.size() + tail.size();
  if (output_.send(transport_, chunk, tail) == Transport::Status::failed) answer_ = Answer::broken;
  if (output_.size() < before) last_progress_ = service_.loop().now();
  if (output_.is_blocked() && !was_blocked) arm_request_timer();
  if (answer_ != Answer::streaming) service_.loop().schedule(*this);
  if (output_.size() < kHighWater) return http::Room::yes;
  is_starved_ = true;
  return http::Room::no;
}

void H1Server::finish(http::Headers const& trailers) {
  if (answer_ != Answer::streaming) return;
  if (is_chunked_) http::write_last_chunk(&trailers, output_.queue());
  answer_ = Answer::complete;
  service_.loop().schedule(*this);
}

void H1Server::fail(http::Failure /*failure*/) {
  // What has arrived so far may be sent, but the end must not look like one: no last chunk, a
  // length that is not reached, and a reset where the framing cannot tell.
  if (answer_ != Answer::streaming && !has_shut_write_) return;
  [[maybe_unused]] auto ignored = output_.flush(transport_);
  answer_ = Answer::broken;
  service_.loop().schedule(*this);
}

bool H1Server::flush() {
  if (!output_.empty() && !output_.is_blocked() && answer_ != Answer::broken) {
    auto const before = output_.size();
    if (output_.flush(transport_) == Transport::Status::failed) answer_ = Answer::broken;
    if (output_.size() < before) last_progress_ = service_.loop().now();
    if (output_.is_blocked()) arm_request_timer();
  }
  if (answer_ == Answer::broken) {
    abort(http::Failure::Kind::reset);
    return false;
  }
  if (is_starved_ && output_.size() < kLowWater) {
    is_starved_ = false;
    if (answer_ == Answer::streaming && source_ != nullptr) source_->pull();
  }
  return true;
}

void H1Server::complete_request() {
  std::exchange(handler_, nullptr)->finished(std::nullopt);
  sink_ = nullptr;
  source_ = nullptr;
  answer_ = Answer::none;
  if (!keeps_alive_ || !is_body_done_) return linger_or_close();
  await_next_request();
}

void H1Server::await_next_request() {
  phase_ = Phase::head;
  scanner_.reset();
  is_blank_skipped_ = false;
  is_starved_ = false;
  request_deadline_ = {};
  timer_.arm_in(service_.settings().limits.connection_idle_timeout);
}

}  // namespace tidegate::gateway
