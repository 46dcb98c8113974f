#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/h1_head.h"

namespace tidegate::http {

/// Takes the framing off a body, piece by piece; knows exactly where the message ends.
///
/// Strict (RFC 9112 §7.1): 1 to 16 hexadecimal digits, then `;extension` or CRLF, nothing between;
/// CRLF after every chunk. Extensions are dropped, at most 256 bytes a chunk and 16 KiB a message;
/// trailers at most 8 KiB and 32 fields.
class BodyDecoder {
 public:
  struct Step {
    enum class Status : std::uint8_t {
      need_more,  ///< the input is used up
      data,       ///< `data` are body bytes; call again with what is behind `consumed`
      done,       ///< the message ended; what is behind `consumed` belongs to the next one
      malformed,  ///< for good
    };
    Status status = Status::need_more;
    std::string_view data;     ///< a view into the input
    std::size_t consumed = 0;  ///< bytes of the input that are dealt with, framing included
  };

  BodyDecoder() = default;
  BodyDecoder(BodyDecoder const&) = delete;  // trailers() are views into the object
  BodyDecoder& operator=(BodyDecoder const&) = delete;

  /// Begins a body. `underscores` is the rule for trailer names: the one of the request's head.
  void start(Framing framing, Underscores underscores = Underscores::allow);

  /// Never returns more than one run of data; the largest that is in one piece.
  [[nodiscard]] Step next(std::string_view input);

  /// Nothing more belongs to the message. May be true together with the last data.
  [[nodiscard]] bool is_done() const { return state_ == State::done; }
  /// The end is the connection's: `next` never says done.
  [[nodiscard]] bool ends_at_close() const { return state_ == State::until_close; }

  /// The trailer section as received, its empty line included; empty if there was none. Both are
  /// valid once done, until the next `start`.
  [[nodiscard]] std::string_view trailer_block() const { return trailer_block_; }
  /// Without the fields that may not come late (RFC 9110 §6.5.1). A late Content-Length,
  /// Transfer-Encoding or Host makes the body malformed.
  [[nodiscard]] Headers const& trailers() const { return trailers_; }

 private:
  enum class State : std::uint8_t {
    fixed,           // `remaining_` bytes to come
    until_close,     //
    size_begin,      // before the first digit of a chunk's size
    size,            // behind a digit
    extension,       //
    size_line_feed,  // behind the CR of a size line
    chunk,           // `remaining_` bytes to come
    chunk_return,    // before the CR behind a chunk
    chunk_line_feed,
    trailers,
    done,
    failed,
  };

  Step take_data(std::string_view input, std::size_t at);
  Step take_trailers(std::string_view input, std::size_t at);
  Step fail();
  [[nodiscard]] State after_framing_byte(char c);
  [[nodiscard]] State after_size_digit(char c);
  [[nodiscard]] State after_extension_byte(char c);
  [[nodiscard]] bool parse_trailers();

  State state_ = State::done;
  Underscores underscores_ = Underscores::allow;
  std::uint8_t size_digits_ = 0;
  std::uint64_t remaining_ = 0;
  std::size_t chunk_extension_bytes_ = 0;
  std::size_t message_extension_bytes_ = 0;
  HeadScanner trailer_scanner_;
  std::string trailer_block_;
  Headers trailers_;
};

}  // namespace tidegate::http
