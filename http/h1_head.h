#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/head.h"

/// Reading the heads of HTTP/1 messages: first find where a head ends, then parse it in one go.
///
/// Strict on purpose: what two readers could understand differently is refused, because the other
/// reader is an origin behind us (RFC 9112 §11.2). Nothing is repaired, nothing dropped silently.
namespace tidegate::http {

struct HeadLimits {
  std::size_t bytes = 60 * 1024;  ///< of a whole head, the empty line included
  std::size_t count = 100;        ///< of fields
};

/// What becomes of request fields whose name contains '_', which some origins take for '-'
/// (`Transfer_Encoding`).
enum class Underscores : std::uint8_t { allow, reject, drop };

/// Finds the end of a head as bytes arrive, without reading any byte twice.
class HeadScanner {
 public:
  struct Result {
    enum class Status : std::uint8_t { complete, need_more, malformed, too_long };
    Status status = Status::need_more;
    std::size_t size = 0;  ///< with `complete`: bytes of the head, its empty line included
  };

  /// `all_bytes_so_far` begins with the first byte of the message and only grows between calls.
  /// Line ends other than CRLF and control bytes are found here, at once: a head that never ends
  /// because of them must not wait for a timeout.
  [[nodiscard]] Result scan(std::string_view all_bytes_so_far, std::size_t limit);
  /// The next call begins a new head.
  void reset() { position_ = line_begin_ = 0; }

 private:
  std::size_t position_ = 0;    // everything before has been read
  std::size_t line_begin_ = 0;  // of the line under way
};

/// Bytes of the one empty line that may come before a request line (RFC 9112 §2.2): 0 or 2. To be
/// skipped before `HeadScanner` sees them, and once for a message: a second one is an error.
[[nodiscard]] std::size_t leading_blank(std::string_view bytes);

/// Why a head was refused.
struct ParseError {
  int status = 0;            ///< 400, 431, 501, 505; for responses 502; 0 = no error
  std::string_view details;  ///< Envoy's response code details; static storage

  explicit operator bool() const { return status != 0; }
};

/// Parses exactly the bytes that `HeadScanner` delimited. `out` must be cleared; its views point
/// into `head`. Fills everything but scheme, path and query (see uri.h). After an error `out` is
/// unspecified. An authority in the target replaces Host (RFC 9112 §3.2.2), and is refused if it
/// differs.
[[nodiscard]] ParseError parse_request_head(std::string_view head, HeadLimits limits,
                                            Underscores underscores, RequestHead& out);

/// The same for an answer to a request with `request_method`; framing per RFC 9112 §6.3. Errors
/// have status 502. An unasked 101 is for the caller to refuse.
[[nodiscard]] ParseError parse_response_head(std::string_view head, HeadLimits limits,
                                             std::string_view request_method, ResponseHead& out);

}  // namespace tidegate::http
