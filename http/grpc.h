#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/arena.h"

/// gRPC as far as a proxy looks at it (grpc: doc/PROTOCOL-HTTP2.md). Pure.
namespace tidegate::http {

/// What a Content-Type says about the messages in a body.
enum class GrpcKind : std::uint8_t {
  none,
  grpc,      ///< `application/grpc`, with any `+suffix`
  web,       ///< `application/grpc-web`, likewise: trailers are the last part of the body
  web_text,  ///< `application/grpc-web-text`, likewise: the same in base64
};

[[nodiscard]] GrpcKind grpc_kind(std::string_view content_type);
/// Its `+proto`, `+json`, … with the plus sign; empty if there is none.
[[nodiscard]] std::string_view grpc_suffix(std::string_view content_type);

/// The statuses that a proxy gives or asks for (grpc: doc/statuscodes.md).
namespace grpc_status {
inline constexpr int deadline_exceeded = 4;
inline constexpr int unavailable = 14;
}  // namespace grpc_status

/// What an HTTP status means to a gRPC client that was told nothing else (grpc:
/// doc/http-grpc-status-mapping.md).
[[nodiscard]] int grpc_status_of(int http_status);

/// The value of `grpc-timeout`, rounded up to milliseconds and bounded by what
/// `grpc_timeout_text` can say. Nothing when it is malformed. Zero is what clients send whose
/// deadline is over.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_grpc_timeout(std::string_view text);
/// The reverse, in `arena`; at least one millisecond, because zero would be no number to some.
[[nodiscard]] std::string_view grpc_timeout_text(std::chrono::milliseconds timeout, Arena& arena);

/// `text` as a value of `grpc-message`: percent-encoded where it is no visible ASCII.
[[nodiscard]] std::string_view grpc_message_text(std::string_view text, Arena& arena);

/// Counts the messages that pass in a body: each begins with a flag and its length in four bytes.
class GrpcMessageCounter {
 public:
  void count(std::string_view chunk);
  /// How many have begun.
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  /// What began is complete.
  [[nodiscard]] bool is_between_messages() const { return left_ == 0 && prefix_read_ == 0; }

 private:
  static constexpr unsigned prefix_size = 5;

  std::uint64_t messages_ = 0;
  std::uint32_t length_ = 0;  ///< of the message whose prefix is being read
  std::uint32_t left_ = 0;    ///< bytes of the present message
  unsigned prefix_read_ = 0;
};

}  // namespace tidegate::http
