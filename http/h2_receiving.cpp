#include <nghttp2/nghttp2.h>

#include "http/h2_session.h"

// What the library reports of the peer's frames, made into events.
namespace tidegate::http {
namespace {

// What a callback may answer.
constexpr int go_on = 0;
constexpr int reset_stream = NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;

bool ends_stream(nghttp2_frame_hd const& header) {
  return (header.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

/// Heads below 200 that an origin may send before its answer.
constexpr int max_interim = 16;

std::string_view text_of(nghttp2_rcbuf* buffer) {
  auto const bytes = nghttp2_rcbuf_get_buf(buffer);
  return {reinterpret_cast<char const*>(bytes.base), bytes.len};
}

}  // namespace

struct H2Session::Receiving {
  static H2Session& session(void* user) { return *static_cast<H2Session*>(user); }

  /// The library ignores heads of streams that are over, without another word.
  static int on_begin_frame(nghttp2_session*, nghttp2_frame_hd const* header, void* user) {
    auto& self = session(user);
    if (header->type != NGHTTP2_HEADERS || self.role_ == Role::client) return go_on;
    bool const is_stale = header->stream_id <= self.last_peer_stream_ &&
                          self.streams_.find(header->stream_id) == nullptr;
    if (!is_stale) return go_on;
    if (auto verdict = self.guard_.stale_head(self.now_)) self.cut(verdict);
    return go_on;
  }

  static int on_begin_headers(nghttp2_session*, nghttp2_frame const* frame, void* user) {
    auto& self = session(user);
    auto const id = frame->hd.stream_id;
    auto* stream = self.streams_.find(id);
    if (stream == nullptr) {
      if (self.role_ == Role::client || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return go_on;
      if (id > self.last_welcome_) {  // the GOAWAY that says so may not be out yet
        self.submit_reset(id, H2Error::refused_stream);
        return go_on;
      }
      stream = &self.streams_.add(id);
      stream->opened = self.now_;
      self.last_peer_stream_ = id;
    }
    if (stream->reset != H2Stream::Reset::none || stream->is_refused) {
      self.reader_.begin(id, H2HeadReader::Block::none, {});
      return go_on;
    }
    auto const head =
        self.role_ == Role::server ? H2HeadReader::Block::request : H2HeadReader::Block::response;
    auto const block = stream->has_head ? H2HeadReader::Block::trailers : head;
    auto const storage = self.events_.storage(id);
    if (storage.arena == nullptr) self.reset(id, H2Error::cancel);
    self.reader_.begin(id, block, storage);
    return go_on;
  }

  static int on_header(nghttp2_session*, nghttp2_frame const* frame, nghttp2_rcbuf* name,
                       nghttp2_rcbuf* value, std::uint8_t, void* user) {
    auto& self = session(user);
    if (self.ending_ != Ending::none) return reset_stream;
    if (self.reader_.stream() != frame->hd.stream_id) return go_on;  // the stream is gone
    auto const life = nghttp2_rcbuf_is_static(name) != 0 ? H2HeadReader::Name::is_static
                                                         : H2HeadReader::Name::copied;
    if (self.reader_.add(text_of(name), text_of(value), life) == H2HeadReader::Size::bearable) {
      return go_on;
    }
    self.cut({H2Error::enhance_your_calm, "http2.header_bomb"});
    return reset_stream;
  }

  /// Without this the library would drop the field and go on.
  static int on_invalid_header(nghttp2_session*, nghttp2_frame const*, nghttp2_rcbuf*,
                               nghttp2_rcbuf*, std::uint8_t, void*) {
    return reset_stream;
  }

  static int on_frame(nghttp2_session*, nghttp2_frame const* frame, void* user) {
    auto& self = session(user);
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS: on_fields(self, frame->hd); break;
      case NGHTTP2_DATA:
        if (ends_stream(frame->hd)) on_end_stream(self, frame->hd.stream_id);
        break;
      case NGHTTP2_RST_STREAM:
        if (auto* stream = self.streams_.find(frame->hd.stream_id)) {
          if (stream->reset == H2Stream::Reset::none) stream->reset = H2Stream::Reset::by_peer;
        }
        break;
      case NGHTTP2_SETTINGS:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
          self.has_settings_ack_ = true;
        } else {
          self.has_settings_ = true;
          self.events_.on_settings();
        }
        break;
      case NGHTTP2_PING:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) self.events_.on_pong();
        break;
      case NGHTTP2_GOAWAY: self.events_.on_going_away(frame->goaway.last_stream_id); break;
      default: break;
    }
    return go_on;
  }

  static void on_fields(H2Session& self, nghttp2_frame_hd const& header) {
    auto* const stream = self.streams_.find(header.stream_id);
    if (stream == nullptr || self.reader_.stream() != header.stream_id) return;
    auto const end = ends_stream(header) ? End::yes : End::no;
    auto const error = self.reader_.finish(end);
    if (stream->reset != H2Stream::Reset::none || stream->is_refused) {
      stream->is_input_done = end == End::yes;
    } else if (stream->has_head) {
      on_trailers(self, *stream, error);
    } else if (self.role_ == Role::server) {
      on_request(self, *stream, end, error);
    } else {
      on_response(self, *stream, end, error);
    }
  }

  static void on_request(H2Session& self, H2Stream& stream, End end, ParseError error) {
    stream.has_head = true;
    stream.is_input_done = end == End::yes;
    if (!error) return self.events_.on_request(stream.id, end, self.reader_.protocol());
    stream.is_refused = true;
    self.events_.on_request_rejected(stream.id, error);
  }

  static void on_response(H2Session& self, H2Stream& stream, End end, ParseError error) {
    bool const is_interim = self.reader_.is_interim();
    if (error || (is_interim && ++stream.interim > max_interim)) {
      return self.reset_for_fault(stream);
    }
    if (is_interim) return self.events_.on_informational(stream.id);
    stream.has_head = true;
    stream.is_input_done = end == End::yes;
    self.events_.on_response(stream.id, end);
  }

  static void on_trailers(H2Session& self, H2Stream& stream, ParseError error) {
    stream.is_input_done = true;  // the library lets no others through
    if (error) return self.reset_for_fault(stream);
    self.events_.on_trailers(stream.id, self.reader_.trailers());
  }

  static void on_end_stream(H2Session& self, StreamId id) {
    auto* const stream = self.streams_.find(id);
    if (stream == nullptr || stream->is_input_done) return;
    stream->is_input_done = true;
    if (stream->reset == H2Stream::Reset::none && !stream->is_refused) self.events_.on_end(id);
  }

  static int on_data(nghttp2_session* library, std::uint8_t, std::int32_t id,
                     std::uint8_t const* data, std::size_t size, void* user) {
    auto& self = session(user);
    auto* const stream = self.streams_.find(id);
    bool const is_wanted = stream != nullptr && stream->reset == H2Stream::Reset::none &&
                           !stream->is_refused && self.ending_ == Ending::none;
    if (!is_wanted) {
      nghttp2_session_consume(library, id, size);
      return go_on;
    }
    stream->unconsumed += size;
    self.events_.on_data(id, {reinterpret_cast<char const*>(data), size});
    return go_on;
  }
};

void H2Session::listen_to_receiving(nghttp2_session_callbacks* callbacks) {
  nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, Receiving::on_begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Receiving::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback2(callbacks, Receiving::on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback2(callbacks,
                                                            Receiving::on_invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Receiving::on_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Receiving::on_data);
}

}  // namespace tidegate::http
