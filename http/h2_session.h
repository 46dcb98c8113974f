#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/h2_events.h"
#include "http/h2_guard.h"
#include "http/h2_head_reader.h"
#include "http/h2_limits.h"
#include "http/h2_stream.h"

struct nghttp2_session;
struct nghttp2_session_callbacks;

namespace tidegate::http {

/// One HTTP/2 connection, either side, as a state machine: bytes in, bytes out. No socket, no
/// clock.
///
/// After every call that may have queued something (`receive` and all that sends), the owner calls
/// `produce` until it has nothing more, and sends that. While it holds much unsent output (64 KiB),
/// it must not call `receive`: a peer that does not read gets no work done. Once `is_over`, what
/// `produce` still gives is sent, then the connection is closed.
class H2Session {
 public:
  using TimePoint = H2Bucket::TimePoint;
  enum class Role : std::uint8_t { server, client };

  /// Queues our SETTINGS (after the preface, in the client role). `events` must outlive the
  /// session.
  H2Session(Role role, H2Limits const& limits, H2Events& events);
  ~H2Session();
  H2Session(H2Session const&) = delete;
  H2Session& operator=(H2Session const&) = delete;

  /// Bytes from the peer, in pieces of any size. False: the connection is over.
  [[nodiscard]] bool receive(std::string_view bytes, TimePoint now);
  /// Appends frames until about `limit` bytes were added (one frame more at most: 16 KiB). True:
  /// there is more.
  [[nodiscard]] bool produce(std::string& out, std::size_t limit);
  [[nodiscard]] bool wants_output() const;
  /// The transport is gone: every stream is closed with `kind`, on the peer's side.
  void end(Failure::Kind kind);

  /// Server. An interim answer (100..199 without 101), any number of times before `respond`.
  void inform(StreamId stream, ResponseHead const& head);
  /// Server. The head of the answer, once. Names are written in lower case, fields about one
  /// connection are left out; `framing` becomes content-length as in h1_writer.h. Once the whole
  /// answer is out, a request that is not complete is reset with NO_ERROR (RFC 9113 §8.1). A 101
  /// accepts an extended CONNECT: it goes out as 200, and either direction ends for itself.
  void respond(StreamId stream, ResponseHead const& head, End end);
  /// Client; only while `can_request`. `protocol` makes an extended CONNECT of it (RFC 8441): the
  /// method is CONNECT then, whatever `head` says.
  [[nodiscard]] StreamId request(RequestHead const& head, End end, std::string_view protocol = {});
  /// Bytes of the body, copied into the stream's queue. All of them are taken even with `Room::no`,
  /// after which `on_room` comes.
  [[nodiscard]] Room write(StreamId stream, Chunk chunk, End end);
  /// Ends the body with trailer fields (copied).
  void finish(StreamId stream, Headers const& trailers);
  /// Gives the stream up. From now on only `on_stream_closed` comes, out of a later `produce`.
  void reset(StreamId stream, H2Error error);
  /// Server: no more of a tunnel's input is wanted; the stream is over with what we send.
  void end_tunnel(StreamId stream);
  /// So many bytes of `on_data` were used: the peer may send as many more.
  void consume(StreamId stream, std::size_t bytes);

  /// Server, first step of a drain: asks the peer to open no more streams; those under way to us
  /// are still accepted. The second step, a round trip (say, a second) later, is `accept_no_more`.
  void announce_end();
  /// Server, second step: later streams are ignored, accepted ones finish; then the session is
  /// over.
  void accept_no_more();
  /// Ends the connection with the next `produce`; all streams are closed as cancelled by us.
  void go_away(H2Error error, std::string_view reason);
  /// `on_pong` answers, if the peer lives.
  void ping();

  /// No stream, nothing to send.
  [[nodiscard]] bool is_idle() const { return streams_.empty() && !wants_output(); }
  /// Nothing more is received: send what there is, then close.
  [[nodiscard]] bool is_over() const;
  /// Why it is over; nothing if it came to its end in good order.
  [[nodiscard]] H2Verdict why() const { return verdict_; }
  /// Client: the peer takes one more stream now.
  [[nodiscard]] bool can_request() const;
  /// Client: the peer accepts extended CONNECT. Not known before `on_settings`.
  [[nodiscard]] bool knows_connect_protocol() const;
  [[nodiscard]] std::size_t open_streams() const { return streams_.size(); }
  /// Has the peer sent its SETTINGS and acknowledged ours? If not after some seconds: no HTTP/2.
  [[nodiscard]] bool is_settled() const { return has_settings_ && has_settings_ack_; }
  /// The number of the block of fields that is not complete, 0 if there is none. The same for some
  /// seconds: an attack.
  [[nodiscard]] std::uint64_t head_under_way() const { return guard_.head_under_way(); }
  /// Bytes of bodies that wait for the peer's windows, on one stream or on all.
  [[nodiscard]] std::size_t queued(StreamId stream) const;
  [[nodiscard]] std::size_t queued() const { return queued_; }
  /// Bytes of the body that were produced so far: one that does not grow while `queued` is not zero
  /// is stalled by the peer.
  [[nodiscard]] std::uint64_t produced(StreamId stream) const;

 private:
  struct Receiving;
  struct Sending;
  struct Frames;
  struct Delete {
    void operator()(nghttp2_session* session) const;
  };

  static void listen_to_receiving(nghttp2_session_callbacks* callbacks);
  static void listen_to_sending(nghttp2_session_callbacks* callbacks);
  void make_library_session();

  void resume(H2Stream& stream);
  void reset_for_fault(H2Stream& stream);
  void submit_reset(StreamId stream, H2Error error);

  void cut(H2Verdict verdict, Failure::Kind kind = Failure::Kind::overflow);
  void carry_out_cut();
  void break_off(int library_error);
  void send_frames(std::string& out);
  void deliver_room();
  void close(H2Stream& stream, std::optional<Failure> failure);
  void close_all(Failure::Kind kind);
  [[nodiscard]] Failure::Side peer() const;
  [[nodiscard]] std::size_t high_water() const;

  Role role_;
  H2Limits limits_;
  H2Events& events_;
  H2Guard guard_;
  H2HeadReader reader_;
  H2StreamTable streams_;
  std::unique_ptr<nghttp2_session, Delete> session_;
  std::string* out_ = nullptr;  // while producing: where DATA frames go
  std::size_t out_end_ = 0;     // and the size that is enough
  std::vector<StreamId> roomy_;
  std::size_t queued_ = 0;
  StreamId last_peer_stream_ = 0;
  StreamId last_welcome_ = std::numeric_limits<StreamId>::max();  // after a final GOAWAY
  TimePoint now_{};
  H2Verdict verdict_;
  Failure::Kind cut_kind_ = Failure::Kind::overflow;
  enum class Ending : std::uint8_t {
    none,
    decided,  ///< a verdict was found inside the library; carried out when it has returned
    told,     ///< GOAWAY is queued
    broken,   ///< the library refuses to go on; the last frame is ours
    over,
  };
  Ending ending_ = Ending::none;
  bool has_settings_ = false;
  bool has_settings_ack_ = false;
};

}  // namespace tidegate::http
