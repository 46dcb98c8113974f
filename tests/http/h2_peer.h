#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/h2_session.h"
#include "tests/http/h2_wire.h"

namespace tidegate::http {

/// One side of a connection in memory, that notes what it is told.
class H2Peer final : public H2Events {
 public:
  struct Stream {
    Arena arena;
    RequestHead request;
    ResponseHead response;
    std::string protocol;
    std::string body;
    std::vector<std::pair<std::string, std::string>> trailers;
    std::vector<int> interim;
    ParseError rejected;
    std::optional<Failure> failure;
    int heads = 0;
    int rooms = 0;
    bool is_ended = false;
    bool is_closed = false;
  };

  explicit H2Peer(H2Session::Role role, H2Limits const& limits = {})
      : session(role, limits, *this) {}

  Stream& operator[](StreamId id);
  [[nodiscard]] std::size_t count_closed(Failure::Kind kind) const;

  /// Answers every request with this status and an empty body, as soon as it is complete. 0: not.
  int answer_with = 0;
  bool answers_rejections = true;
  /// Gives credit back at once.
  bool consumes = true;
  std::function<void(StreamId)> on_room_do = [](StreamId) {};
  StreamId last_accepted = -1;
  int settings = 0;
  int pongs = 0;
  std::map<StreamId, std::unique_ptr<Stream>> streams;
  H2Session session;

 private:
  H2HeadStorage storage(StreamId id) override;
  void on_request(StreamId id, End end, std::string_view protocol) override;
  void on_request_rejected(StreamId id, ParseError error) override;
  void on_response(StreamId id, End end) override;
  void on_informational(StreamId id) override;
  void on_data(StreamId id, Chunk chunk) override;
  void on_trailers(StreamId id, Headers const& trailers) override;
  void on_end(StreamId id) override;
  void on_room(StreamId id) override;
  void on_stream_closed(StreamId id, std::optional<Failure> failure) override;
  void on_going_away(StreamId last) override { last_accepted = last; }
  void on_settings() override { ++settings; }
  void on_pong() override { ++pongs; }
  void answer(StreamId id, int status);
};

/// Two peers and the bytes between them.
struct H2Link {
  explicit H2Link(H2Limits const& server_limits = {}, H2Limits const& client_limits = {})
      : client(H2Session::Role::client, client_limits),
        server(H2Session::Role::server, server_limits) {}

  /// Until neither has anything to say.
  void run();
  /// A request of `client`, not yet on its way.
  StreamId ask(std::string_view method, std::string_view path, End end = End::yes,
               Framing framing = Framing::none(), std::string_view protocol = {});
  void answer(StreamId id, int status, End end, Framing framing = Framing::none());

  H2Peer client;
  H2Peer server;
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
};

/// A server, and a client that is written by hand.
struct H2Victim {
  explicit H2Victim(H2Limits const& limits = {});

  /// False once the connection is over. What the server says is appended to `output`.
  bool send(std::string_view bytes);
  bool request(StreamId id, wire::Fields const& fields, End end = End::yes) {
    return send(deflater.request(id, fields, end));
  }
  [[nodiscard]] std::optional<H2Error> goaway() const {
    return wire::error_of(wire::goaway, output);
  }
  [[nodiscard]] std::optional<H2Error> reset() const {
    return wire::error_of(wire::rst_stream, output);
  }

  wire::Deflater deflater;
  H2Peer server;
  std::string output;
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
};

}  // namespace tidegate::http
