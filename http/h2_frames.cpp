#include "http/h2_frames.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace tidegate::http {
namespace {

bool is_about_connection(FieldId id) {
  switch (id) {
    case FieldId::connection:
    case FieldId::keep_alive:
    case FieldId::proxy_connection:
    case FieldId::transfer_encoding:
    case FieldId::upgrade:
    case FieldId::http2_settings: return true;
    default: return false;
  }
}

std::uint8_t* bytes_of(std::string_view text) {  // the library's type, though it only reads
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

/// A list of fields as the library wants it. One for each thread, so that none is allocated for a
/// head.
class Fields {
 public:
  Fields() : list_(scratch()) { list_.clear(); }

  void add(std::string_view name, std::string_view value) {
    list_.push_back(
        {bytes_of(name), bytes_of(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  void add_number(std::string_view name, std::uint64_t number) {
    auto const end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr;
    add(name, {digits_.data(), static_cast<std::size_t>(end - digits_.data())});
  }

  [[nodiscard]] nghttp2_nv const* data() const { return list_.data(); }
  [[nodiscard]] std::size_t size() const { return list_.size(); }

 private:
  static std::vector<nghttp2_nv>& scratch() {
    thread_local std::vector<nghttp2_nv> list;
    return list;
  }

  std::vector<nghttp2_nv>& list_;
  std::array<char, 20> digits_;  // of one number a head
};

/// The three digits of a status, which lives apart from the one number of `Fields`.
struct Status {
  explicit Status(int status)
      : text{static_cast<char>('0' + status / 100 % 10), static_cast<char>('0' + status / 10 % 10),
             static_cast<char>('0' + status % 10)} {}
  [[nodiscard]] std::string_view view() const { return {text.data(), text.size()}; }
  std::array<char, 3> text;
};

void add_fields(Headers const& headers, Fields& to, std::string_view left_out = {}) {
  for (Field const& field : headers) {
    if (!left_out.empty() && iequals(field.name, left_out)) continue;
    if (is_about_connection(field.id) || field.id == FieldId::content_length) continue;
    if (field.id == FieldId::te || field.id == FieldId::host) continue;
    to.add(field.name, field.value);
  }
}

}  // namespace

void const* H2Session::Frames::body_provider() {
  static nghttp2_data_provider const provider{
      {},
      [](nghttp2_session*, std::int32_t stream, std::uint8_t*, std::size_t limit,
         std::uint32_t* flags, nghttp2_data_source*, void* self) -> ssize_t {
        return next_body_part(*static_cast<H2Session*>(self), stream, limit, *flags);
      }};
  return &provider;
}

std::ptrdiff_t H2Session::Frames::next_body_part(H2Session& self, StreamId id, std::size_t limit,
                                                 std::uint32_t& flags) {
  auto* const stream = self.streams_.find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  auto const size = std::min(limit, stream->queued());
  bool const is_last = stream->answer == H2Stream::Answer::complete && size == stream->queued();
  if (size == 0 && !is_last) {
    stream->is_deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (is_last) flags |= NGHTTP2_DATA_FLAG_EOF;
  if (is_last && stream->has_trailers &&
      submit_trailers(self.session_.get(), id, stream->trailers)) {
    flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  }
  return static_cast<std::ptrdiff_t>(size);
}

bool H2Session::Frames::submit_response(nghttp2_session* session, StreamId stream,
                                        ResponseHead const& head, Body body) {
  Fields fields;
  Status const status(head.status == 101 ? 200 : head.status);  // RFC 8441 §5
  fields.add(":status", status.view());
  add_fields(head.headers, fields);
  if (head.framing.kind == Framing::Kind::length) {
    fields.add_number("content-length", head.framing.length);
  } else if (head.framing.kind == Framing::Kind::none && head.status != 204) {
    // Describes the body that is not sent (HEAD, 304).
    if (auto length = head.headers.find(FieldId::content_length)) {
      fields.add("content-length", *length);
    }
  }
  auto const* const provider =
      static_cast<nghttp2_data_provider const*>(body == Body::follows ? body_provider() : nullptr);
  return nghttp2_submit_response(session, stream, fields.data(), fields.size(), provider) == 0;
}

bool H2Session::Frames::submit_informational(nghttp2_session* session, StreamId stream,
                                             ResponseHead const& head) {
  Fields fields;
  Status const status(head.status);
  fields.add(":status", status.view());
  add_fields(head.headers, fields);
  return nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, stream, nullptr, fields.data(),
                                fields.size(), nullptr) == 0;
}

bool H2Session::Frames::submit_trailers(nghttp2_session* session, StreamId stream,
                                        Headers const& trailers) {
  Fields fields;
  add_fields(trailers, fields);
  return fields.size() != 0 &&
         nghttp2_submit_trailer(session, stream, fields.data(), fields.size()) == 0;
}

StreamId H2Session::Frames::submit_request(nghttp2_session* session, RequestHead const& head,
                                           std::string_view protocol, Body body) {
  Fields fields;
  fields.add(":method", protocol.empty() ? head.method : "CONNECT");
  fields.add(":scheme", head.scheme);
  fields.add(":authority", head.headers.find(FieldId::host).value_or(head.authority));
  fields.add(":path", head.target);
  if (!protocol.empty()) fields.add(":protocol", protocol);
  // A tunnel's handshake has no key (RFC 8441 §5).
  add_fields(head.headers, fields, protocol.empty() ? "" : "sec-websocket-key");
  if (head.headers.find(FieldId::te)) fields.add("te", "trailers");  // all that may be left of it
  if (head.framing.kind == Framing::Kind::length) {
    fields.add_number("content-length", head.framing.length);
  }
  auto const* const provider =
      static_cast<nghttp2_data_provider const*>(body == Body::follows ? body_provider() : nullptr);
  return nghttp2_submit_request(session, nullptr, fields.data(), fields.size(), provider, nullptr);
}

void H2Session::Frames::submit_settings(nghttp2_session* session, Role role,
                                        H2Limits const& limits) {
  auto const header_bytes = static_cast<std::uint32_t>(limits.header_bytes);
  std::vector<nghttp2_settings_entry> entries{
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, header_bytes}};
  if (role == Role::server) {
    entries.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.concurrent_streams});
    // Spares us the dependency tree and its attacks: RFC 9218 instead of RFC 7540.
    entries.push_back({NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1});
    if (limits.accepts_connect_protocol) {
      entries.push_back({NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1});
    }
  } else {
    entries.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  }
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries.data(), entries.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(limits.connection_window));
}

}  // namespace tidegate::http
