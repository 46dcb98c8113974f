#pragma once

#include <cstdint>
#include <string>

#include "http/stream.h"
#include "http/websocket.h"

namespace tidegate::gateway {

enum class TunnelContent : std::uint8_t { opaque, websocket };

/// One direction of a tunnel. Passes bytes on as they are, and can put an end to them where the
/// protocol inside allows one.
class TunnelFlow final : public http::BodySink, public http::BodySource {
 public:
  TunnelFlow(TunnelContent content, TunnelFlow& opposite)
      : opposite_(opposite), content_(content) {}

  void join(http::BodySource& from, http::BodySink& to);
  /// As soon as no frame is cut by it: `farewell` goes out, unless the peer has said its own, and
  /// what still comes is thrown away. With `End::yes` that is the end, else it waits for the
  /// source's.
  void leave(std::string farewell, http::End end);
  /// Ends now, whatever was under way.
  void finish();

  /// The end was passed on.
  [[nodiscard]] bool is_over() const { return is_over_; }
  [[nodiscard]] std::uint64_t passed() const { return passed_; }  ///< bytes

  // http::BodySink
  http::Room write(http::Chunk chunk, http::End end) override;
  void finish(http::Headers const& trailers) override;
  void fail(http::Failure failure) override;
  void fed_by(http::BodySource* source) override { source_ = source; }

  // http::BodySource
  void flow_to(http::BodySink& sink) override;
  void pull() override;
  void stop(http::Failure failure) override;

 private:
  [[nodiscard]] bool may_leave() const;
  [[nodiscard]] http::Chunk take(http::Chunk chunk);
  void depart();

  TunnelFlow& opposite_;
  http::BodySource* source_ = nullptr;
  http::BodySink* sink_ = nullptr;
  http::WebSocketFrames frames_;
  std::string farewell_;
  std::uint64_t passed_ = 0;
  TunnelContent content_;
  http::End end_ = http::End::no;  ///< whether the farewell is the end
  enum class State : std::uint8_t {
    open,
    leaving,  ///< until the frame under way is complete
    left,
  };
  State state_ = State::open;
  bool is_over_ = false;
};

/// What flows between a client and an origin after a 101. Each direction ends for itself; what
/// breaks one breaks the other.
class Tunnel {
 public:
  explicit Tunnel(TunnelContent content)
      : content_(content), up_(content, down_), down_(content, up_) {}
  Tunnel(Tunnel const&) = delete;
  Tunnel& operator=(Tunnel const&) = delete;

  /// `answer` passes on to the client what the origin sends.
  void connect(http::ServerStream& client, http::ClientStream& origin, http::BodySink& answer);
  /// Says goodbye to both sides; over once the origin has ended too. `mask`: 32 random bits.
  void leave(std::uint32_t mask);
  /// Ends both directions now.
  void finish();

  [[nodiscard]] bool is_leaving() const { return is_leaving_; }
  [[nodiscard]] bool is_over() const { return up_.is_over() && down_.is_over(); }
  [[nodiscard]] std::uint64_t bytes_up() const { return up_.passed(); }
  [[nodiscard]] TunnelContent content() const { return content_; }

 private:
  TunnelContent content_;
  TunnelFlow up_;
  TunnelFlow down_;
  bool is_leaving_ = false;
};

}  // namespace tidegate::gateway
