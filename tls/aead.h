#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tls/traffic_keys.h"

namespace tidegate::tls {

inline constexpr std::size_t tag_size = 16;  // of all three suites

/// The AEADs of TLS 1.3 over OpenSSL's ciphers. A cipher with its key schedule takes 1.2 KiB, so
/// each thread has a limited number of them, which its connections take from one another: the
/// active ones find theirs ready, idle ones hold none.

/// Encrypts `parts` one behind the other to `to`, then the tag: as many bytes as the parts have,
/// and tag_size. `header` is authenticated with them. Uses up one sequence number.
void seal(TrafficKeys& keys, std::span<unsigned char const> header,
          std::span<std::string_view const> parts, unsigned char* to);

/// Decrypts `sealed`, which ends with the tag, in place. False when it is not what was sealed; its
/// bytes are wiped then. Uses up one sequence number.
[[nodiscard]] bool open(TrafficKeys& keys, std::span<unsigned char const> header,
                        std::span<unsigned char> sealed);

/// Wipes what this thread holds ready for the key.
void forget_key(std::uint64_t id);

}  // namespace tidegate::tls
