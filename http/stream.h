#pragma once

#include <memory>
#include <string_view>

#include "http/failure.h"
#include "http/head.h"

/// The two small interfaces that everything with a body goes through: HTTP/1 and HTTP/2, client and
/// server, replay, mirror and byte counting. See docs/life-of-a-request.md.
///
/// Three rules: one function of a connection queues output, and it arms the write; nobody destroys
/// a stream inside its own callback; destroying an unfinished `ClientStream` cancels it, a finished
/// one gives its connection back.
namespace tidegate::http {

/// Bytes of a body. Valid only during the call that passes them: a sink writes or copies.
using Chunk = std::string_view;

enum class End : bool { no, yes };

/// Whether a sink wants more. After `no`, its source writes nothing until it is pulled.
enum class Room : bool { no, yes };

class BodySource;

class BodySink {
 public:
  /// Bytes of the body; with `End::yes` the last ones (possibly none). Takes all of the chunk even
  /// when it answers no.
  [[nodiscard]] virtual Room write(Chunk chunk, End end) = 0;
  /// Ends the body with trailer fields. Called instead of a `write` with `End::yes`.
  virtual void finish(Headers const& trailers) = 0;
  /// The source broke: what was written so far is all there will be.
  virtual void fail(Failure failure) = 0;
  /// Whom to `pull()` when there is room again. Null: nobody any more.
  virtual void fed_by(BodySource* source) = 0;

 protected:
  ~BodySink() = default;
};

class BodySource {
 public:
  /// Where the body goes from now on. Writing begins in a later turn of the loop or at the next
  /// byte received, never inside this call. Calls `sink.fed_by(this)`.
  virtual void flow_to(BodySink& sink) = 0;
  /// There is room again. Never writes from inside this call.
  virtual void pull() = 0;
  /// The sink broke or lost interest: nothing is written to it any more.
  virtual void stop(Failure failure) = 0;

 protected:
  ~BodySource() = default;
};

/// One request as the server sees it: its body is the source, the answer's body the sink.
class ServerStream : public BodySource, public BodySink {
 public:
  /// An interim answer (100..199 without 101); any number of times before `respond`.
  virtual void inform(ResponseHead const& head) = 0;
  /// The answer's head, once; its framing may be changed to what the client understands. With
  /// `End::yes` nothing follows; else `write`, `finish` or `fail`.
  virtual void respond(ResponseHead& head, End end) = 0;

 protected:
  ~ServerStream() = default;
};

/// Hears of the answer to one upstream request.
class ResponseHandler {
 public:
  virtual void on_informational(ResponseHead& head) = 0;
  /// The head of the answer; views into the read buffer, valid only during the call. With `End::no`
  /// the body follows once `flow_to` was called.
  virtual void on_response(ResponseHead& head, End end) = 0;
  /// No answer will come. Called at most once, and never after `on_response`.
  virtual void on_failure(Failure failure) = 0;

 protected:
  ~ResponseHandler() = default;
};

/// One request as the client sees it: the request's body is the sink, the answer's body the source.
class ClientStream : public BodySource, public BodySink {
 public:
  /// Sends the head, once. With `End::yes` there is no body.
  virtual void request(RequestHead const& head, End end) = 0;
  /// `address:port` of our end, once connected; else empty. Valid until `release`.
  [[nodiscard]] virtual std::string_view local_address() const = 0;
  /// Of the other end, likewise.
  [[nodiscard]] virtual std::string_view remote_address() const = 0;
  /// The caller's interest ends: no callback comes after this, and the stream must not be used any
  /// more.
  virtual void release() = 0;

 protected:
  ~ClientStream() = default;
};

struct ReleaseStream {
  void operator()(ClientStream* stream) const { stream->release(); }
};
using ClientStreamPtr = std::unique_ptr<ClientStream, ReleaseStream>;

}  // namespace tidegate::http
