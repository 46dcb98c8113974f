#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "gateway/downstream/client_connection.h"
#include "gateway/downstream/h2_server_stream.h"
#include "gateway/downstream/service.h"
#include "gateway/h2_pump.h"
#include "gateway/h2_streams.h"

namespace tidegate::gateway {

/// A client's HTTP/2 connection: an `http::H2Session`'s streams and clocks. Requests go to the same
/// handlers as those of HTTP/1.
class H2Server final : public ClientConnection, public TimerHandler, public http::H2Events {
 public:
  /// `received` are bytes that were read before the protocol was known.
  H2Server(Service& service, Transport transport, ConnectionInfo info, std::string_view received);
  ~H2Server() override = default;

  void open() override;
  void drain() override;
  void cut() override;
  void on_ready(std::uint32_t events) override;
  void on_timer(Timer& timer) override;

  // For the streams
  [[nodiscard]] http::H2Session& session() { return pump_.session(); }
  [[nodiscard]] config::Settings const& settings() const { return service_.settings(); }
  [[nodiscard]] WorkerMetrics& metrics() { return service_.metrics(); }
  [[nodiscard]] TimePoint now() const { return service_.loop().now(); }
  /// There is something to send: a step soon.
  void wake() { service_.loop().schedule(*this); }
  void deliver_later(H2ServerStream& stream);

  // http::H2Events
  http::H2HeadStorage storage(http::StreamId stream) override;
  void on_request(http::StreamId stream, http::End end, std::string_view protocol) override;
  void on_request_rejected(http::StreamId stream, http::ParseError error) override;
  void on_response(http::StreamId, http::End) override {}
  void on_informational(http::StreamId) override {}
  void on_data(http::StreamId stream, http::Chunk chunk) override;
  void on_trailers(http::StreamId stream, http::Headers const& trailers) override;
  void on_end(http::StreamId stream) override;
  void on_room(http::StreamId stream) override;
  void on_stream_closed(http::StreamId stream, std::optional<http::Failure> failure) override;
  void on_going_away(http::StreamId) override {}
  void on_settings() override {}
  void on_pong() override {}

 private:
  enum class Drain : std::uint8_t { none, announced, final };

  void step();
  [[nodiscard]] H2Pump::Broken exchange_bytes();
  void deliver_waiting();
  [[nodiscard]] bool is_stuck();
  void end_if_late();
  [[nodiscard]] bool is_watching();
  void arm_timer();
  void linger();
  void abort(http::Failure::Kind kind);
  void close();

  Service& service_;
  ConnectionInfo info_;
  H2Pump pump_;
  Transport transport_;  ///< until `open`
  Timer timer_;
  std::string received_;  ///< before the protocol was known; used in the first step
  H2Streams<H2ServerStream> streams_;
  std::vector<http::StreamId> waiting_;  ///< streams with something to deliver
  TimePoint opened_{};
  TimePoint idle_since_{};
  std::uint32_t requests_ = 0;
  Drain drain_ = Drain::none;
  bool is_checking_ = false;  ///< the timer comes soon, and looks at every clock
  bool is_lingering_ = false;
  bool is_closed_ = false;
};

}  // namespace tidegate::gateway
