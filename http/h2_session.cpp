#include "http/h2_session.h"

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>

#include "http/h2_frames.h"

// The connection: bytes in and out, and its end. Streams stand in h2_session_streams.cpp.
namespace tidegate::http {
namespace {

/// Heads that we send were bounded when they were received. The library would swallow longer ones.
constexpr std::size_t max_sent_head = 32 * 1024 * 1024;

/// Of the library itself, beside those of `H2Limits`: its defaults, or what the guard makes
/// needless.
void set_options(nghttp2_option* options, H2Limits const& limits) {
  nghttp2_option_set_no_auto_window_update(options, 1);
  // It counts reads, not frames, and would cut a legal CONTINUATION that comes byte by byte.
  nghttp2_option_set_max_continuations(options, std::numeric_limits<std::size_t>::max());
  nghttp2_option_set_max_send_header_block_length(options, max_sent_head);
  // By its own clock, so wide that the guard finds out first.
  nghttp2_option_set_stream_reset_rate_limit(options, 10ULL * limits.resets_received.burst + 1000,
                                             10ULL * limits.resets_received.per_second + 1000);
  nghttp2_option_set_max_outbound_ack(options, limits.outbound_frames);
}

[[noreturn]] void out_of_memory() {
  std::fputs("h2_session: out of memory\n", stderr);
  std::abort();
}

}  // namespace

H2Session::H2Session(Role role, H2Limits const& limits, H2Events& events)
    : role_(role),
      limits_(limits),
      events_(events),
      guard_(limits_, role == Role::server ? H2Guard::Preface::expected : H2Guard::Preface::none),
      reader_(limits_) {
  make_library_session();
  Frames::submit_settings(session_.get(), role_, limits_);
}

H2Session::~H2Session() = default;

void H2Session::Delete::operator()(nghttp2_session* session) const { nghttp2_session_del(session); }

void H2Session::make_library_session() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* options = nullptr;
  nghttp2_session* session = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) out_of_memory();
  if (nghttp2_option_new(&options) != 0) out_of_memory();
  listen_to_receiving(callbacks);
  listen_to_sending(callbacks);
  set_options(options, limits_);
  auto* const make =
      role_ == Role::server ? nghttp2_session_server_new2 : nghttp2_session_client_new2;
  if (make(&session, callbacks, this, options) != 0) out_of_memory();
  session_.reset(session);
  nghttp2_option_del(options);
  nghttp2_session_callbacks_del(callbacks);
}

bool H2Session::receive(std::string_view bytes, TimePoint now) {
  if (is_over()) return false;
  now_ = now;
  if (auto verdict = guard_.watch(bytes, now)) cut(verdict);
  if (ending_ == Ending::none) {
    auto const* const data = reinterpret_cast<std::uint8_t const*>(bytes.data());
    auto const used = nghttp2_session_mem_recv(session_.get(), data, bytes.size());
    if (used < 0) break_off(static_cast<int>(used));
  }
  if (nghttp2_session_get_outbound_queue_size(session_.get()) > limits_.outbound_frames) {
    cut({H2Error::enhance_your_calm, "http2.outbound_flood"});
  }
  carry_out_cut();
  return !is_over();
}

bool H2Session::produce(std::string& out, std::size_t limit) {
  out_end_ = out.size() + limit;
  if (ending_ != Ending::broken) send_frames(out);
  carry_out_cut();  // found while sending: its GOAWAY follows at once
  if (ending_ == Ending::told) {
    send_frames(out);
    close_all(Failure::Kind::protocol);
  }
  if (ending_ == Ending::broken) {
    ending_ = Ending::over;
    auto const last = static_cast<std::uint32_t>(last_peer_stream_);
    auto const error = static_cast<std::uint32_t>(verdict_.error);
    out.append({0, 0, 8, NGHTTP2_GOAWAY, 0, 0, 0, 0, 0});
    for (auto word : {last, error}) {
      for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(word >> shift));
    }
  }
  deliver_room();
  return wants_output();
}

void H2Session::send_frames(std::string& out) {
  out_ = &out;
  while (out.size() < out_end_) {
    std::uint8_t const* frame = nullptr;
    auto const size = nghttp2_session_mem_send(session_.get(), &frame);
    if (size < 0) {
      break_off(static_cast<int>(size));
      break;
    }
    if (size == 0) break;
    out.append(reinterpret_cast<char const*>(frame), static_cast<std::size_t>(size));
  }
  out_ = nullptr;
}

void H2Session::deliver_room() {
  for (std::size_t i = 0; i < roomy_.size(); ++i) {  // an event may not add, but may close
    auto const* const stream = streams_.find(roomy_[i]);
    if (stream != nullptr && stream->reset == H2Stream::Reset::none) events_.on_room(roomy_[i]);
  }
  roomy_.clear();
}

bool H2Session::wants_output() const {
  switch (ending_) {
    case Ending::decided:
    case Ending::broken: return true;
    case Ending::over: return false;
    case Ending::none:
    case Ending::told: break;
  }
  return nghttp2_session_want_write(session_.get()) != 0;
}

bool H2Session::is_over() const {
  if (ending_ != Ending::none) return true;
  return nghttp2_session_want_read(session_.get()) == 0 &&
         nghttp2_session_want_write(session_.get()) == 0;
}

/// The library may be at work: it is told when it has returned.
void H2Session::cut(H2Verdict verdict, Failure::Kind kind) {
  if (ending_ != Ending::none) return;
  verdict_ = verdict;
  cut_kind_ = kind;
  ending_ = Ending::decided;
}

void H2Session::carry_out_cut() {
  if (ending_ != Ending::decided) return;
  ending_ = Ending::told;
  nghttp2_session_terminate_session2(session_.get(), last_peer_stream_,
                                     static_cast<std::uint32_t>(verdict_.error));
  close_all(cut_kind_);
}

/// After an error of the library nothing of its may be sent any more.
void H2Session::break_off(int library_error) {
  bool const is_flood = library_error == NGHTTP2_ERR_FLOODED;
  if (!verdict_) {
    verdict_ = is_flood ? H2Verdict{H2Error::enhance_your_calm, "http2.outbound_flood"}
                        : H2Verdict{H2Error::protocol, "http2.protocol_error"};
  }
  ending_ = Ending::broken;
  close_all(is_flood ? Failure::Kind::overflow : Failure::Kind::protocol);
}

void H2Session::go_away(H2Error error, std::string_view reason) {
  cut({error, reason}, Failure::Kind::cancelled);
}

void H2Session::announce_end() { nghttp2_submit_shutdown_notice(session_.get()); }

void H2Session::accept_no_more() {
  last_welcome_ = nghttp2_session_get_last_proc_stream_id(session_.get());
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last_welcome_, NGHTTP2_NO_ERROR, nullptr,
                        0);
}

void H2Session::ping() { nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr); }

void H2Session::end(Failure::Kind kind) {
  ending_ = Ending::over;
  close_all(kind);
}

void H2Session::close_all(Failure::Kind kind) {
  auto const side = kind == Failure::Kind::cancelled ? Failure::Side::gateway : peer();
  while (!streams_.empty()) {
    auto& stream = streams_.last();
    bool const is_client = role_ == Role::client;
    close(stream, Failure{.kind = kind,
                          .side = side,
                          .sent_nothing = is_client && !stream.head_produced,
                          .on_reused = stream.id > 1,
                          .response_started = is_client && stream.has_head});
  }
}

void H2Session::close(H2Stream& stream, std::optional<Failure> failure) {
  auto const id = stream.id;
  if (reader_.stream() == id) reader_.abandon();
  queued_ -= stream.queued();
  if (stream.unconsumed != 0) nghttp2_session_consume_connection(session_.get(), stream.unconsumed);
  streams_.remove(id);
  events_.on_stream_closed(id, failure);
}

Failure::Side H2Session::peer() const {
  return role_ == Role::server ? Failure::Side::client : Failure::Side::upstream;
}

bool H2Session::can_request() const {
  auto const limit =
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return ending_ == Ending::none && streams_.size() < limit &&
         nghttp2_session_check_request_allowed(session_.get()) != 0;
}

bool H2Session::knows_connect_protocol() const {
  return nghttp2_session_get_remote_settings(session_.get(),
                                             NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

}  // namespace tidegate::http
