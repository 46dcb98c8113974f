#pragma once

#include <cstdint>

namespace tidegate::http {

/// Why a message did not come to its end. Passed as a value: the data path throws nothing.
struct Failure {
  enum class Kind : std::uint8_t {
    closed,        ///< the peer closed in good order, but too early
    reset,         ///< the connection broke
    connect,       ///< no connection could be made
    timeout,       ///< a deadline passed
    protocol,      ///< the peer broke the protocol
    stream_reset,  ///< the peer gave up this stream alone (HTTP/2 RST_STREAM)
    refused,       ///< the peer refused this stream (HTTP/2 REFUSED_STREAM)
    overflow,      ///< a limit of ours was reached
    cancelled,     ///< our own side lost interest
  };
  enum class Side : std::uint8_t { client, upstream, gateway };

  Kind kind = Kind::closed;
  Side side = Side::upstream;
  bool sent_nothing =
      true;  ///< no byte of the request left for the peer: sending it again is always safe
  bool on_reused = false;         ///< it happened on a connection that had served a request before
  bool response_started = false;  ///< bytes of an answer had arrived
};

}  // namespace tidegate::http
