#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/io/input.h"
#include "gateway/io/output.h"
#include "gateway/io/transport.h"
#include "gateway/upstream/dialer.h"
#include "gateway/upstream/host.h"
#include "http/h1_body.h"
#include "http/h1_head.h"

namespace tidegate::gateway {

/// An HTTP/1 connection to an origin, and the one request that it carries at a time.
///
/// Life: connecting → (busy → idle)* → [leaving] → closed. While busy it is somebody's
/// `ClientStream`; `release` gives it back to its host's pool if the exchange came to a clean end
/// in both directions, and closes it otherwise.
class H1Client final : public EventHandler, public TimerHandler, public http::ClientStream {
 public:
  /// `claim` is what the cluster counts it by.
  H1Client(UpstreamContext& context, Host& host, Origin const& origin, std::string server_name,
           Claim claim);
  ~H1Client() override;

  /// Lends the connection to one request. False when it turns out to be dead: it has closed itself
  /// then.
  [[nodiscard]] bool begin(http::ResponseHandler& handler, Reuse reuse);
  void close();
  /// For which name its TLS was made; empty when that does not matter.
  [[nodiscard]] std::string const& server_name() const { return server_name_; }

  void on_ready(std::uint32_t events) override;
  void on_timer(Timer& timer) override;

  // http::ClientStream
  void request(http::RequestHead const& head, http::End end) override;
  [[nodiscard]] std::string_view local_address() const override { return local_address_; }
  [[nodiscard]] std::string_view remote_address() const override { return remote_address_; }
  void release() override;
  void flow_to(http::BodySink& sink) override;
  void pull() override;
  void stop(http::Failure failure) override;
  http::Room write(http::Chunk chunk, http::End end) override;
  void finish(http::Headers const& trailers) override;
  void fail(http::Failure failure) override;
  void fed_by(http::BodySource* source) override { source_ = source; }

  std::size_t index_in_host = 0;  ///< kept by the host

 private:
  enum class Phase : std::uint8_t {
    connecting,
    idle,
    busy,
    leaving,  ///< a tunnel's last bytes are on their way out
    closed,
  };
  enum class Request : std::uint8_t { none, streaming, complete, broken };
  enum class Answer : std::uint8_t { none, streaming, complete };

  void connect();
  void flush();
  void note_written(std::size_t before);
  void read_input();
  [[nodiscard]] bool wants_input() const;
  [[nodiscard]] bool receive();
  [[nodiscard]] std::size_t consume(std::string_view bytes);
  [[nodiscard]] std::size_t consume_head(std::string_view bytes);
  [[nodiscard]] std::size_t consume_body(std::string_view bytes);
  [[nodiscard]] bool begin_answer(http::ResponseHead& head);
  [[nodiscard]] bool begin_tunnel(http::ResponseHead& head);
  void step_tunnel();
  void release_tunnel(bool was_stopped);
  void on_end_of_input();
  void end_answer();
  /// Tells whoever waits, once, and leaves the rest to `release`.
  void broke(http::Failure::Kind kind);
  [[nodiscard]] bool is_reusable() const;
  [[nodiscard]] bool is_old() const;
  void arm_idle_timer();
  [[nodiscard]] bool is_alive();
  void request_broke();

  UpstreamContext& context_;
  Host& host_;
  HostPtr keep_host_;  ///< while busy: the request needs it even when the cluster dropped it
  std::string server_name_;
  Claim claim_;
  std::unique_ptr<Dialer> dialer_;
  Transport transport_{Socket{}};
  std::string local_address_;
  std::string remote_address_;
  Output output_;
  Input input_;
  Timer timer_;

  http::HeadScanner scanner_;
  http::BodyDecoder decoder_;
  http::ResponseHead response_;
  http::ResponseHandler* handler_ = nullptr;
  http::BodySink* sink_ = nullptr;            ///< where the answer's body goes
  http::BodySource* source_ = nullptr;        ///< where the request's body comes from
  http::RequestHead const* asked_ = nullptr;  ///< the request; lives as long as it is busy
  std::uint64_t written_ = 0;                 ///< bytes of this request that the socket took
  TimePoint opened_{};
  std::uint32_t requests_ = 0;
  Phase phase_ = Phase::connecting;
  Request request_ = Request::none;
  Answer answer_ = Answer::none;
  bool readable_ = false;          ///< the socket may hold bytes
  bool has_hung_up_ = false;       ///< the origin will send no more than is there already
  bool has_unused_input_ = false;  ///< while a head is handed on: there are bytes behind it
  bool has_room_ = false;
  bool is_chunked_ = false;  ///< the request's framing
  bool keeps_alive_ = true;
  bool is_starved_ = false;
  bool response_started_ = false;
  bool is_tunnel_ = false;
  bool has_shut_write_ = false;
  std::uint8_t interim_ = 0;  ///< 1xx heads seen
};

}  // namespace tidegate::gateway
