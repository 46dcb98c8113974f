#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::gateway {

/// `text` with so many blanks before each line, for YAML block scalars.
[[nodiscard]] std::string indented(std::string_view text, int blanks);

/// A Secret document that holds a certificate made on the spot, for localhost and the demo's host.
/// Its PEM also lands in `certificate`.
[[nodiscard]] std::string self_signed_secret(std::string_view name, std::string_view name_space,
                                             std::string& certificate);

/// `wanted` if nobody listens there on loopback, else any free port.
[[nodiscard]] std::uint16_t free_port(std::uint16_t wanted);

}  // namespace tidegate::gateway
