#include <nghttp2/nghttp2.h>

#include "http/h2_session.h"

// What the library reports of our own frames, and how a stream ends.
namespace tidegate::http {
namespace {

constexpr int go_on = 0;

bool ends_stream(nghttp2_frame_hd const& header) {
  return (header.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

}  // namespace

struct H2Session::Sending {
  static H2Session& session(void* user) { return *static_cast<H2Session*>(user); }

  /// A DATA frame straight from the stream's queue, sparing the library's copy.
  static int send_data(nghttp2_session*, nghttp2_frame* frame, std::uint8_t const* header,
                       std::size_t size, nghttp2_data_source*, void* user) {
    auto& self = session(user);
    auto* const stream = self.streams_.find(frame->hd.stream_id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    self.out_->append(reinterpret_cast<char const*>(header), 9);
    self.out_->append(stream->front(size));
    stream->pop(size);
    stream->produced += size;
    self.queued_ -= size;
    self.guard_.sent_data();
    if (stream->is_starved && stream->queued() < self.high_water() / 2) {
      stream->is_starved = false;
      self.roomy_.push_back(stream->id);
    }
    return self.out_->size() < self.out_end_ ? go_on : NGHTTP2_ERR_PAUSE;
  }

  static int on_frame_send(nghttp2_session*, nghttp2_frame const* frame, void* user) {
    auto& self = session(user);
    auto const& header = frame->hd;
    switch (header.type) {
      case NGHTTP2_HEADERS:
      case NGHTTP2_DATA:
        if (auto* stream = self.streams_.find(header.stream_id)) {
          stream->head_produced = true;
          if (ends_stream(header)) on_end_sent(self, *stream);
        }
        break;
      case NGHTTP2_RST_STREAM:
        on_reset_sent(self, header.stream_id, static_cast<H2Error>(frame->rst_stream.error_code));
        break;
      case NGHTTP2_GOAWAY:
        if (frame->goaway.error_code == NGHTTP2_NO_ERROR || self.ending_ != Ending::none) break;
        self.verdict_ = {static_cast<H2Error>(frame->goaway.error_code), "http2.protocol_error"};
        self.ending_ = Ending::told;
        break;
      default: break;
    }
    return go_on;
  }

  static void on_end_sent(H2Session& self, H2Stream& stream) {
    stream.answer = H2Stream::Answer::out;
    if (self.role_ == Role::client || stream.is_input_done || stream.is_tunnel) return;
    if (stream.reset != H2Stream::Reset::none) return;
    stream.reset = H2Stream::Reset::surplus;
    self.submit_reset(stream.id, H2Error::none);
  }

  static void on_reset_sent(H2Session& self, StreamId id, H2Error error) {
    if (self.role_ == Role::client) return;
    auto const* const stream = self.streams_.find(id);
    bool const is_ours = stream != nullptr && (stream->reset == H2Stream::Reset::by_owner ||
                                               stream->reset == H2Stream::Reset::surplus);
    if (is_ours) return;
    if (auto verdict = self.guard_.provoked_reset(error, self.now_)) self.cut(verdict);
  }

  /// Never answers an error: the library would leak (CVE-2023-35945).
  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
    auto& self = session(user);
    auto* const stream = self.streams_.find(id);
    if (stream == nullptr) return go_on;
    if (self.role_ == Role::server) judge_close(self, *stream);
    self.close(*stream, failure_of(self, *stream, static_cast<H2Error>(error)));
    return go_on;
  }

  static void judge_close(H2Session& self, H2Stream const& stream) {
    auto how = H2Guard::Close::complete;
    if (stream.reset == H2Stream::Reset::by_peer) {
      bool const is_early = self.now_ - stream.opened < self.limits_.early_reset;
      how = is_early ? H2Guard::Close::early_reset : H2Guard::Close::cut;
    } else if (stream.answer != H2Stream::Answer::out) {
      how = H2Guard::Close::cut;
    }
    if (auto verdict = self.guard_.request_closed(how)) self.cut(verdict);
  }

  static std::optional<Failure> failure_of(H2Session const& self, H2Stream const& stream,
                                           H2Error error) {
    Failure failure{.kind = Failure::Kind::protocol,
                    .side = self.peer(),
                    .sent_nothing = self.role_ == Role::client && !stream.head_produced,
                    .on_reused = stream.id > 1,
                    .response_started = self.role_ == Role::client && stream.has_head};
    switch (stream.reset) {
      case H2Stream::Reset::surplus: return std::nullopt;
      case H2Stream::Reset::for_fault: return failure;
      case H2Stream::Reset::by_owner:
        failure.kind = Failure::Kind::cancelled;
        failure.side = Failure::Side::gateway;
        return failure;
      case H2Stream::Reset::by_peer:
        // An origin that has answered needs no more of the request (RFC 9113 §8.1).
        if (error == H2Error::none && stream.is_input_done) return std::nullopt;
        failure.kind = Failure::Kind::stream_reset;
        break;
      case H2Stream::Reset::none:
        if (error == H2Error::none) return std::nullopt;
        break;
    }
    if (error == H2Error::refused_stream) {
      failure.kind = Failure::Kind::refused;
      failure.sent_nothing = true;
    }
    return failure;
  }
};

void H2Session::listen_to_sending(nghttp2_session_callbacks* callbacks) {
  nghttp2_session_callbacks_set_send_data_callback(callbacks, Sending::send_data);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Sending::on_frame_send);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Sending::on_stream_close);
}

}  // namespace tidegate::http
