#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/h2_session.h"

namespace tidegate::http {

/// Frames of ours into the library's queue. Heads are copied, names written in lower case, fields
/// about one connection left out (RFC 9113 §8.2.2). Private to the session.
struct H2Session::Frames {
  enum class Body : std::uint8_t { none, follows };

  /// False: the library takes no more frames for this stream.
  [[nodiscard]] static bool submit_response(nghttp2_session* session, StreamId stream,
                                            ResponseHead const& head, Body body);
  [[nodiscard]] static bool submit_informational(nghttp2_session* session, StreamId stream,
                                                 ResponseHead const& head);
  [[nodiscard]] static bool submit_trailers(nghttp2_session* session, StreamId stream,
                                            Headers const& trailers);
  /// The new stream's id; not positive if there can be none.
  [[nodiscard]] static StreamId submit_request(nghttp2_session* session, RequestHead const& head,
                                               std::string_view protocol, Body body);

  /// SETTINGS, and the connection's window.
  static void submit_settings(nghttp2_session* session, Role role, H2Limits const& limits);

 private:
  /// The library's `nghttp2_data_provider` for every stream.
  [[nodiscard]] static void const* body_provider();
  /// How much of a stream's queue the next DATA frame carries.
  [[nodiscard]] static std::ptrdiff_t next_body_part(H2Session& self, StreamId id,
                                                     std::size_t limit, std::uint32_t& flags);
};

}  // namespace tidegate::http
