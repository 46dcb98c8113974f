#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/arena.h"

/// What a proxy has to know of WebSocket (RFC 6455): the handshake's proof, and where frames end.
/// Pure.
namespace tidegate::http {

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 §4.2.2), in the arena.
[[nodiscard]] std::string_view websocket_accept(std::string_view key, Arena& arena);
/// A Sec-WebSocket-Key out of 128 random bits (RFC 6455 §4.1), in the arena.
[[nodiscard]] std::string_view make_websocket_key(std::uint64_t a, std::uint64_t b, Arena& arena);

/// Status of a Close frame: the endpoint is going away (RFC 6455 §7.4.1).
inline constexpr std::uint16_t websocket_going_away = 1001;

/// A Close frame with a status. What goes to a server has to be masked, with bits that nobody can
/// foresee; what goes to a client must not (RFC 6455 §5.1).
[[nodiscard]] std::string websocket_close_frame(std::uint16_t status,
                                                std::optional<std::uint32_t> mask);

/// Follows the frames of one direction as their bytes go by, to know where a frame of our own may
/// be put between them. Judges nothing: whatever comes is a frame of some length.
class WebSocketFrames {
 public:
  /// So many bytes at the beginning of `bytes`, which are not empty, belong to the frame that is
  /// under way or begins; they are counted as gone by.
  [[nodiscard]] std::size_t take_one(std::string_view bytes);
  /// All of `bytes` go by.
  void take(std::string_view bytes);

  [[nodiscard]] bool is_between_frames() const { return header_size_ == 0; }
  /// A whole Close frame went by: nothing may follow it.
  [[nodiscard]] bool has_closed() const { return has_closed_; }

 private:
  static constexpr std::size_t longest_header = 14;

  [[nodiscard]] std::size_t header_length() const;
  [[nodiscard]] std::uint64_t payload_length() const;

  std::array<std::uint8_t, longest_header> header_{};
  std::size_t header_size_ = 0;  ///< bytes of it seen
  std::uint64_t payload_ = 0;    ///< bytes still to come, once the header is complete
  bool has_closed_ = false;
};

}  // namespace tidegate::http
