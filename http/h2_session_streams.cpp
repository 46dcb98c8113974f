#include <nghttp2/nghttp2.h>

#include <utility>

#include "http/h2_frames.h"
#include "http/h2_session.h"

// What the owner does with one stream.
namespace tidegate::http {

void H2Session::inform(StreamId id, ResponseHead const& head) {
  auto const* const stream = streams_.find(id);
  if (stream == nullptr || stream->answer != H2Stream::Answer::none) return;
  if (!Frames::submit_informational(session_.get(), id, head)) reset(id, H2Error::internal);
}

void H2Session::respond(StreamId id, ResponseHead const& head, End end) {
  auto* const stream = streams_.find(id);
  if (stream == nullptr || stream->answer != H2Stream::Answer::none) return;
  auto const body = end == End::yes ? Frames::Body::none : Frames::Body::follows;
  stream->answer = end == End::yes ? H2Stream::Answer::complete : H2Stream::Answer::streaming;
  stream->is_tunnel = head.status == 101;
  if (!Frames::submit_response(session_.get(), id, head, body)) reset(id, H2Error::internal);
}

StreamId H2Session::request(RequestHead const& head, End end, std::string_view protocol) {
  auto const body = end == End::yes ? Frames::Body::none : Frames::Body::follows;
  auto const id = Frames::submit_request(session_.get(), head, protocol, body);
  if (id <= 0) return id;
  auto& stream = streams_.add(id);
  stream.answer = end == End::yes ? H2Stream::Answer::complete : H2Stream::Answer::streaming;
  stream.opened = now_;
  return id;
}

Room H2Session::write(StreamId id, Chunk chunk, End end) {
  auto* const stream = streams_.find(id);
  bool const is_open = stream != nullptr && stream->answer == H2Stream::Answer::streaming &&
                       stream->reset == H2Stream::Reset::none;
  if (!is_open) return Room::yes;  // gone: swallowed, `on_stream_closed` says why
  stream->push(chunk);
  queued_ += chunk.size();
  if (end == End::yes) stream->answer = H2Stream::Answer::complete;
  resume(*stream);
  if (stream->queued() < high_water()) return Room::yes;
  stream->is_starved = true;
  return Room::no;
}

void H2Session::finish(StreamId id, Headers const& trailers) {
  auto* const stream = streams_.find(id);
  if (stream == nullptr || stream->answer != H2Stream::Answer::streaming) return;
  stream->keep_trailers(trailers);
  stream->answer = H2Stream::Answer::complete;
  resume(*stream);
}

void H2Session::resume(H2Stream& stream) {
  if (!stream.is_deferred) return;
  bool const has_something = stream.queued() != 0 || stream.answer == H2Stream::Answer::complete;
  if (!has_something) return;
  stream.is_deferred = false;
  nghttp2_session_resume_data(session_.get(), stream.id);
}

void H2Session::reset(StreamId id, H2Error error) {
  auto* const stream = streams_.find(id);
  if (stream == nullptr || stream->reset != H2Stream::Reset::none) return;
  stream->reset = H2Stream::Reset::by_owner;
  submit_reset(id, error);
}

void H2Session::reset_for_fault(H2Stream& stream) {
  stream.reset = H2Stream::Reset::for_fault;
  submit_reset(stream.id, H2Error::protocol);
}

void H2Session::submit_reset(StreamId id, H2Error error) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id,
                            static_cast<std::uint32_t>(error));
}

void H2Session::end_tunnel(StreamId id) {
  auto* const stream = streams_.find(id);
  if (stream == nullptr || !std::exchange(stream->is_tunnel, false)) return;
  bool const is_half_closed = stream->answer == H2Stream::Answer::out && !stream->is_input_done;
  if (!is_half_closed || stream->reset != H2Stream::Reset::none) return;
  stream->reset = H2Stream::Reset::surplus;
  submit_reset(id, H2Error::none);
}

void H2Session::consume(StreamId id, std::size_t bytes) {
  auto* const stream = streams_.find(id);
  if (stream == nullptr) return;  // its credit was given back when it was closed
  bytes = std::min(bytes, stream->unconsumed);
  stream->unconsumed -= bytes;
  nghttp2_session_consume(session_.get(), id, bytes);
}

/// With much queued on all streams together, each of them holds less.
std::size_t H2Session::high_water() const {
  return queued_ < limits_.queue_total ? limits_.queue_high : limits_.queue_high / 4;
}

std::size_t H2Session::queued(StreamId id) const {
  auto const* const stream = streams_.find(id);
  return stream != nullptr ? stream->queued() : 0;
}

std::uint64_t H2Session::produced(StreamId id) const {
  auto const* const stream = streams_.find(id);
  return stream != nullptr ? stream->produced : 0;
}

}  // namespace tidegate::http
