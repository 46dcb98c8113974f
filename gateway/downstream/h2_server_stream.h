#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "gateway/downstream/service.h"
#include "gateway/h2_inflow.h"
#include "gateway/io/timer_wheel.h"
#include "http/h2_events.h"
#include "http/stream.h"

namespace tidegate::gateway {

class H2Server;

/// One request on a client's HTTP/2 connection. Recycled by the connection.
class H2ServerStream final : public http::ServerStream {
 public:
  explicit H2ServerStream(H2Server& connection) : connection_(connection) {}

  void begin(http::StreamId id, RequestHandler& handler, TimePoint request_deadline);
  /// The head is complete; `protocol` is that of an extended CONNECT.
  void start(http::End end, std::string_view protocol);
  void reject(http::ParseError error);
  void on_data(http::Chunk chunk);
  void on_trailers(http::Headers const& trailers);
  void on_end();
  void on_room();
  void on_closed(std::optional<http::Failure> failure);
  /// Hands on what waits, as far as the sink has room.
  void deliver();
  /// Ends a request whose body does not come, or whose answer is not taken, in time.
  void check_deadlines(TimePoint now);

  [[nodiscard]] http::StreamId id() const { return id_; }
  [[nodiscard]] RequestHandler& handler() const { return *handler_; }

  // http::ServerStream
  void flow_to(http::BodySink& sink) override;
  void pull() override;
  void stop(http::Failure failure) override;
  void inform(http::ResponseHead const& head) override;
  void respond(http::ResponseHead& head, http::End end) override;
  http::Room write(http::Chunk chunk, http::End end) override;
  void finish(http::Headers const& trailers) override;
  void fail(http::Failure failure) override;
  void fed_by(http::BodySource* source) override { source_ = source; }

 private:
  void begin_connect(std::string_view protocol, http::End end);
  void fail_request(http::Failure::Kind kind);

  H2Server& connection_;
  http::StreamId id_ = 0;
  RequestHandler* handler_ = nullptr;
  H2Inflow inflow_;
  http::BodySource* source_ = nullptr;
  TimePoint request_deadline_{};
  TimePoint last_progress_{};
  std::uint64_t produced_ = 0;  ///< of the answer, when `last_progress_` was noted
  std::uint64_t received_ = 0;
  bool awaits_continue_ = false;
  bool is_tunnel_ = false;  ///< or is going to be one, if the origin accepts
};

}  // namespace tidegate::gateway
