#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/head.h"

namespace tidegate::http {

/// What becomes of a connection after the message.
enum class Persistence : std::uint8_t { keep_alive, close };

/// What the sender of a head asks for: HTTP/1.1 keeps the connection unless it says `close`,
/// HTTP/1.0 closes it unless it says `keep-alive` (RFC 9112 §9.3). `close` wins over both.
[[nodiscard]] Persistence persistence_of(Version version, Headers const& headers);

/// Do its Connection fields list `option`?
[[nodiscard]] bool has_connection_option(Headers const& headers, std::string_view option);

/// Options that a message's Connection fields may list in all; more is an attack on whoever
/// compares every field with every option.
inline constexpr std::size_t max_connection_options = 32;

}  // namespace tidegate::http
