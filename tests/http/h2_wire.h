#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/h2_events.h"

struct nghttp2_hd_deflater;

/// HTTP/2 by hand: what no well-behaved library would send.
namespace tidegate::http::wire {

enum Type : std::uint8_t {
  data,
  headers,
  priority,
  rst_stream,
  settings,
  push_promise,
  ping,
  goaway,
  window_update,
  continuation,
  unknown = 0xbe,
};

constexpr std::uint8_t end_stream = 0x1, ack = 0x1, end_headers = 0x4, padded = 0x8;

inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

[[nodiscard]] std::string word(std::uint32_t number);
[[nodiscard]] std::string frame(Type type, std::uint8_t flags, StreamId stream,
                                std::string_view payload);
[[nodiscard]] std::string setting(std::uint16_t id, std::uint32_t value);
[[nodiscard]] std::string reset(StreamId stream, H2Error error);
[[nodiscard]] std::string window(StreamId stream, std::uint32_t bytes);

using Fields = std::vector<std::pair<std::string, std::string>>;

/// GET / over https for example.com.
[[nodiscard]] Fields get();
/// The same with `more` behind it.
[[nodiscard]] Fields get(Fields const& more);
[[nodiscard]] Fields post(Fields const& more = {});

/// A client's compression state.
class Deflater {
 public:
  Deflater();
  [[nodiscard]] std::string block(Fields const& fields);
  /// HEADERS with all of the block.
  [[nodiscard]] std::string request(StreamId stream, Fields const& fields, End end);

 private:
  struct Delete {
    void operator()(nghttp2_hd_deflater* deflater) const;
  };
  std::unique_ptr<nghttp2_hd_deflater, Delete> deflater_;
};

struct Frame {
  Type type;
  std::uint8_t flags;
  StreamId stream;
  std::string payload;

  /// Of RST_STREAM and GOAWAY.
  [[nodiscard]] H2Error error() const;
};

/// All whole frames in `bytes`.
[[nodiscard]] std::vector<Frame> frames(std::string_view bytes);
/// The error of the last frame of this type; nothing if there is none.
[[nodiscard]] std::optional<H2Error> error_of(Type type, std::string_view bytes);
[[nodiscard]] std::size_t count(Type type, std::string_view bytes);

}  // namespace tidegate::http::wire
