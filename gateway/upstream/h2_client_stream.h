#pragma once

#include <cstdint>
#include <optional>

#include "gateway/h2_inflow.h"
#include "gateway/upstream/host.h"
#include "http/arena.h"
#include "http/h2_events.h"
#include "http/stream.h"

namespace tidegate::gateway {

class H2Client;

/// One request on an HTTP/2 connection to an origin. Recycled by the connection, once the request
/// has let go of it and the session has closed it.
class H2ClientStream final : public http::ClientStream {
 public:
  explicit H2ClientStream(H2Client& connection) : connection_(connection) {}

  void begin(http::ResponseHandler& handler, HostPtr host);
  [[nodiscard]] http::StreamId id() const { return id_; }

  // From the session
  [[nodiscard]] http::H2HeadStorage storage();
  void on_response(http::End end);
  void on_informational();
  void on_data(http::Chunk chunk);
  void on_trailers(http::Headers const& trailers);
  void on_end();
  void on_room();
  void on_closed(std::optional<http::Failure> failure);
  /// The connection is there: what waited for it may go on.
  void on_connected();
  /// The origin has said whether it takes an extended CONNECT.
  void open_tunnel();
  /// Hands on what waits; reports a request that could not even begin.
  void deliver();

  // http::ClientStream
  void request(http::RequestHead const& head, http::End end) override;
  [[nodiscard]] std::string_view local_address() const override;
  [[nodiscard]] std::string_view remote_address() const override;
  void release() override;
  void flow_to(http::BodySink& sink) override;
  void pull() override;
  void stop(http::Failure failure) override;
  http::Room write(http::Chunk chunk, http::End end) override;
  void finish(http::Headers const& trailers) override;
  void fail(http::Failure failure) override;
  void fed_by(http::BodySource* source) override { source_ = source; }

 private:
  /// Of the stream in the session.
  enum class Life : std::uint8_t { none, open, closed };

  void begin_request(http::RequestHead const& head, http::End end);
  void frame_answer(http::End end);
  [[nodiscard]] bool ends_by_itself() const;
  void break_off(http::Failure failure);

  H2Client& connection_;
  HostPtr host_;  ///< while lent: the request needs it even when the cluster dropped it
  http::Arena arena_;
  http::ResponseHead response_;
  H2Inflow inflow_;
  http::ResponseHandler* handler_ = nullptr;
  http::BodySource* source_ = nullptr;
  http::RequestHead const* asked_ = nullptr;  ///< for a tunnel; lives as long as the stream is lent
  http::StreamId id_ = 0;
  Life life_ = Life::none;
  bool is_lent_ = false;
  bool is_head_request_ = false;
  bool is_tunnel_ = false;  ///< an extended CONNECT
  bool is_request_done_ = false;
  bool has_answer_ = false;
  bool is_answer_over_ = false;  ///< by its head already, whatever the origin still sends
  bool waits_for_connection_ = false;
};

}  // namespace tidegate::gateway
