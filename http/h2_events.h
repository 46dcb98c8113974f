#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/arena.h"
#include "http/failure.h"
#include "http/h1_head.h"
#include "http/head.h"
#include "http/stream.h"

namespace tidegate::http {

using StreamId = std::int32_t;

/// RFC 9113 §7.
enum class H2Error : std::uint32_t {
  none = 0,
  protocol = 1,
  internal = 2,
  flow_control = 3,
  settings_timeout = 4,
  stream_closed = 5,
  frame_size = 6,
  refused_stream = 7,
  cancel = 8,
  compression = 9,
  connect = 10,
  enhance_your_calm = 11,
  inadequate_security = 12,
  http11_required = 13,
};

/// Where a block of fields goes. Lives until the stream is closed, or, in the client role, at least
/// until the event that hands the head over has returned. Null: nobody wants it.
struct H2HeadStorage {
  Arena* arena = nullptr;
  RequestHead* request = nullptr;    ///< server role; cleared when the block begins
  ResponseHead* response = nullptr;  ///< client role; cleared when the block begins
};

/// What a session tells the connection that owns it, from inside `receive`, `produce` and `end`.
///
/// Every function of the session may be called from inside an event, except `receive`, `produce`,
/// `end` and the destructor. Events of a stream: one head, data, trailers or end; then, exactly
/// once and last, `on_stream_closed`.
class H2Events {
 public:
  /// A block of fields begins: a head, an interim head, trailers.
  virtual H2HeadStorage storage(StreamId stream) = 0;

  /// Server: a request whose head is sound, in the storage; `scheme`, `path` and `query` as the h1
  /// reader leaves them (see uri.h), `scheme` as the client said. `Expect` is among the headers:
  /// who wants the body answers it. `protocol` is that of an extended CONNECT (RFC 8441), else
  /// empty.
  virtual void on_request(StreamId stream, End end, std::string_view protocol) = 0;
  /// Server: a request that must not be forwarded, but can be answered: 400, 405, 431 or 501, as
  /// `error` says. What is left of its body is swallowed. The head is not to be looked at.
  virtual void on_request_rejected(StreamId stream, ParseError error) = 0;

  /// Client: the answer's head, or one with a status below 200.
  virtual void on_response(StreamId stream, End end) = 0;
  virtual void on_informational(StreamId stream) = 0;

  /// Bytes of the body, valid during the call. The peer may send as many again only after
  /// `consume`.
  virtual void on_data(StreamId stream, Chunk chunk) = 0;
  /// The input ended with these fields, valid until the event returns (their strings live in the
  /// storage's arena), or without.
  virtual void on_trailers(StreamId stream, Headers const& trailers) = 0;
  virtual void on_end(StreamId stream) = 0;

  /// After `Room::no`: the stream's queue fell below its low-water mark.
  virtual void on_room(StreamId stream) = 0;
  /// The last word on a stream; its id means nothing afterwards. Nothing: both directions came to
  /// their end, or ours did and the rest was not wanted.
  virtual void on_stream_closed(StreamId stream, std::optional<Failure> failure) = 0;

  /// The peer accepts no new stream; those above `last_accepted` were not looked at and are closed
  /// with `Failure::Kind::refused` and `sent_nothing`.
  virtual void on_going_away(StreamId last_accepted) = 0;
  /// The peer's SETTINGS came: `can_request` may have changed.
  virtual void on_settings() = 0;
  /// An answer to `ping`.
  virtual void on_pong() = 0;

 protected:
  ~H2Events() = default;
};

}  // namespace tidegate::http
