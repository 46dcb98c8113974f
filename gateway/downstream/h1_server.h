#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/downstream/client_connection.h"
#include "gateway/downstream/service.h"
#include "gateway/io/event_loop.h"
#include "gateway/io/input.h"
#include "gateway/io/output.h"
#include "gateway/io/transport.h"
#include "http/h1_body.h"
#include "http/h1_head.h"
#include "http/stream.h"

namespace tidegate::gateway {

/// A client's HTTP/1 connection: turns bytes into requests, one at a time, and answers into bytes.
/// Has no opinion about what it carries. See docs/life-of-a-request.md for the states.
class H1Server final : public ClientConnection, public TimerHandler, public http::ServerStream {
 public:
  H1Server(Service& service, Transport transport, ConnectionInfo info);
  ~H1Server() override = default;

  void open() override;
  void drain() override;
  void cut() override;
  void on_ready(std::uint32_t events) override;
  void on_timer(Timer& timer) override;

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
  enum class Phase : std::uint8_t {
    handshake,
    head,     ///< waits for a request, or has part of its head
    request,  ///< a handler is at work
    linger,   ///< the last answer is out; what the client still sends is thrown away
    closed,
  };
  enum class Answer : std::uint8_t { none, streaming, complete, broken };

  void step();
  [[nodiscard]] bool shake_hands();
  [[nodiscard]] bool flush();

  void read_input();
  [[nodiscard]] bool wants_input() const;
  [[nodiscard]] bool receive();
  [[nodiscard]] std::size_t consume(std::string_view bytes);
  [[nodiscard]] std::size_t consume_head(std::string_view bytes);
  [[nodiscard]] std::size_t consume_body(std::string_view bytes);
  void on_end_of_input();

  void switch_to_http2(std::string_view received);
  void begin_request(std::string_view head);
  void reject(int status, std::string_view details);
  void request_failed(http::Failure::Kind kind);
  void complete_request();
  void await_next_request();

  void begin_tunnel(http::ResponseHead& head);
  void end_tunnel_input();
  [[nodiscard]] bool is_half_closed();

  void arm_request_timer();
  void abort(http::Failure::Kind kind);
  void linger_or_close();
  enum class Farewell : bool { none, polite };
  void close(Farewell farewell = Farewell::polite);

  Service& service_;
  Transport transport_;
  ConnectionInfo info_;
  Output output_;
  Input input_;
  Timer timer_;

  http::HeadScanner scanner_;
  http::BodyDecoder decoder_;
  RequestHandler* handler_ = nullptr;
  http::BodySink* sink_ = nullptr;      ///< where the request's body goes
  http::BodySource* source_ = nullptr;  ///< where the answer's body comes from
  TimePoint request_deadline_{};
  TimePoint last_progress_{};  ///< of the answer's way out
  std::uint64_t body_received_ = 0;
  std::uint32_t requests_ = 0;
  http::Version client_version_ = http::Version::http11;
  Phase phase_ = Phase::handshake;
  Answer answer_ = Answer::none;
  bool readable_ = true;           ///< the socket may hold bytes
  bool has_hung_up_ = false;       ///< the client will send no more than is there already
  bool is_blank_skipped_ = false;  ///< the one empty line that may stand before a request
  bool is_body_done_ = true;
  bool has_room_ = false;         ///< the sink takes more
  bool awaits_continue_ = false;  ///< the client holds its body back until it hears 100
  bool is_chunked_ = false;       ///< the answer's framing
  bool keeps_alive_ = true;
  bool is_starved_ = false;  ///< the source was told to wait
  bool is_tunnel_ = false;
  bool has_shut_write_ = false;
};

}  // namespace tidegate::gateway
