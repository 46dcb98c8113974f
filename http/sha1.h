#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tidegate::http {

/// SHA-1 (FIPS 180-4 §6.1). Not for anything that has to be secure: RFC 6455 uses it as a checksum.
/// Our own because OpenSSL belongs to `tls/`, and Boost's is private to its UUIDs and has changed
/// its type of digest.
[[nodiscard]] std::array<std::uint8_t, 20> sha1(std::string_view text);

}  // namespace tidegate::http
