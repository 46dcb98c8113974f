#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/h2_pump.h"
#include "gateway/h2_streams.h"
#include "gateway/upstream/dialer.h"
#include "gateway/upstream/h2_client_stream.h"
#include "gateway/upstream/host.h"

namespace tidegate::gateway {

/// An HTTP/2 connection to an origin and the requests that share it.
///
/// Life: connecting → open (from then on requests leave) → retired (no new ones) → closed, when the
/// last request has let go. Requests may be given to it before it is connected.
class H2Client final : public EventHandler, public TimerHandler, public http::H2Events {
 public:
  /// `claim` is what the cluster counts it by.
  H2Client(UpstreamContext& context, Host& host, OriginPtr origin, std::string server_name,
           Claim claim);
  ~H2Client() override;

  /// Can it carry one more request now? With `Reuse::checked` it is asked whether the origin has
  /// closed it; it closes itself then.
  [[nodiscard]] bool takes_one_more(Reuse reuse);
  /// The same, as far as it is known without looking.
  [[nodiscard]] bool has_room() const;
  [[nodiscard]] http::ClientStreamPtr begin(http::ResponseHandler& handler);
  /// No new requests; closes when those under way are done.
  void retire();
  /// Now; requests under way fail.
  void close(http::Failure::Kind kind);

  [[nodiscard]] std::string const& server_name() const { return server_name_; }

  void on_ready(std::uint32_t events) override;
  void on_timer(Timer& timer) override;

  // For the streams
  [[nodiscard]] http::H2Session& session() { return pump_.session(); }
  [[nodiscard]] bool is_connected() const { return pump_.is_attached(); }
  [[nodiscard]] std::string_view local_address() const { return local_address_; }
  [[nodiscard]] std::string_view remote_address() const { return remote_address_; }
  /// Sends the head. Not positive: the connection takes no request any more.
  [[nodiscard]] http::StreamId request(H2ClientStream& stream, http::RequestHead const& head,
                                       http::End end);
  /// `H2ClientStream::open_tunnel` once it is known whether the origin takes an extended CONNECT.
  void await_settings(H2ClientStream& stream);
  void forget(H2ClientStream& stream) { std::erase(undecided_, &stream); }
  /// A step soon: there is something to send or to deliver.
  void wake() { context_.loop.schedule(*this); }
  void deliver_later(H2ClientStream& stream);
  /// Nobody uses it any more.
  void done_with(H2ClientStream& stream);
  void request_ended();

  // http::H2Events
  http::H2HeadStorage storage(http::StreamId stream) override;
  void on_request(http::StreamId, http::End, std::string_view) override {}
  void on_request_rejected(http::StreamId, http::ParseError) override {}
  void on_response(http::StreamId stream, http::End end) override;
  void on_informational(http::StreamId stream) override;
  void on_data(http::StreamId stream, http::Chunk chunk) override;
  void on_trailers(http::StreamId stream, http::Headers const& trailers) override;
  void on_end(http::StreamId stream) override;
  void on_room(http::StreamId stream) override;
  void on_stream_closed(http::StreamId stream, std::optional<http::Failure> failure) override;
  void on_going_away(http::StreamId) override;
  void on_settings() override;
  void on_pong() override;

 private:
  enum class Phase : std::uint8_t { connecting, open, closed };

  void connect();
  void step(std::span<char> scratch);
  [[nodiscard]] H2Pump::Broken exchange_bytes(std::span<char> scratch);
  void deliver_waiting();
  [[nodiscard]] std::uint32_t stream_limit() const;
  [[nodiscard]] bool is_late() const;
  void keep_alive();
  void leave_if_idle();
  void arm_timer();
  [[nodiscard]] milliseconds idle_wait() const;

  UpstreamContext& context_;
  Host& host_;
  OriginPtr origin_;
  std::string server_name_;
  Claim claim_;
  std::string local_address_;
  std::string remote_address_;
  std::unique_ptr<Dialer> dialer_;
  H2Pump pump_;
  Timer timer_;
  H2Streams<H2ClientStream> streams_;
  std::vector<H2ClientStream*> waiting_;  ///< with something to deliver
  std::vector<H2ClientStream*> delivering_;
  std::vector<H2ClientStream*> undecided_;  ///< wait for the origin's SETTINGS
  TimePoint opened_{};
  TimePoint idle_since_{};
  TimePoint pinged_{};          ///< a PING is out since then; zero: none is
  TimePoint heard_{};           ///< when the origin was last known to live
  std::uint32_t active_ = 0;    ///< requests that have not let go
  std::uint64_t requests_ = 0;  ///< ever
  Phase phase_ = Phase::connecting;
  bool is_retired_ = false;
  bool has_settings_ = false;
  bool has_left_ = false;  ///< the host has disposed of it
};

}  // namespace tidegate::gateway
