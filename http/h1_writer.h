#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/head.h"
#include "http/persistence.h"
#include "http/stream.h"

/// Writing HTTP/1.1. Everything is appended to `out`, whose capacity the caller recycles. The
/// writer alone decides about framing and connection fields: those among the headers are left out.
/// Names and values go out as they are; the readers let no CR, LF or NUL into them.
namespace tidegate::http {

/// `head.target` is sent as the target and `head.framing` becomes Content-Length or
/// Transfer-Encoding, `head.protocol` an Upgrade. Without a Host field one is made of
/// `head.authority` (RFC 9112 §3.2: possibly empty).
void write_request_head(RequestHead const& head, std::string& out);

/// Adds `Connection: close` or, towards HTTP/1.0, `keep-alive`. Says `close` whatever `persistence`
/// asks for where only the connection's end ends the body. `Framing::none` belongs to answers
/// without body only (HEAD, 304, 204, 1xx): a Content-Length among the headers then describes the
/// body that is not sent and is kept, except with 204 and 1xx. For an empty body use
/// `of_length(0)`. A 101 has its Upgrade among the headers.
void write_response_head(ResponseHead const& head, Version client, Persistence persistence,
                         std::string& out);

/// The size line of a chunk; `size` bytes of data and `chunk_end` must follow. Never with 0, which
/// would end the body.
void write_chunk_header(std::size_t size, std::string& out);
inline constexpr std::string_view chunk_end = "\r\n";

/// A piece of a chunked body, possibly empty: appends what stands before it to `out` and returns
/// what must follow it, the body's end included.
[[nodiscard]] std::string_view frame_chunk(Chunk piece, End end, std::string& out);

/// Ends a chunked body; `trailers` may be null.
void write_last_chunk(Headers const* trailers, std::string& out);

/// The usual phrase of RFC 9110 §15 and its registry; `Unknown` if there is none.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace tidegate::http
