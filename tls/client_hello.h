#pragma once

#include <cstdint>
#include <string_view>

#include "tls/server_names.h"

namespace tidegate::tls {

/// What can be told of a TLS connection from its first bytes, without being part of it.
struct ClientHello {
  enum class Status : std::uint8_t { incomplete, complete, malformed };
  Status status = Status::incomplete;
  ServerName name;  ///< once complete

  /// `bytes` are all that the client has sent so far; it may be anything.
  [[nodiscard]] static ClientHello read(std::string_view bytes);
};

}  // namespace tidegate::tls
