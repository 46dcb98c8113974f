#pragma once

#include <cstdint>

namespace tidegate::tls {

inline constexpr char const* flood_complaint = "too many messages without data";

/// Whether a peer has sent too many messages that carry no data (KeyUpdates, alerts, empty
/// records), measured by what it has sent besides: each costs us a key derivation or a decryption
/// and the peer some 27 bytes.
[[nodiscard]] constexpr bool is_flood(std::uint32_t events, std::uint64_t bytes_read) {
  constexpr std::uint32_t allowance = 128;
  constexpr std::uint64_t bytes_per_event = 16 * std::uint64_t{1024};
  return events > allowance + bytes_read / bytes_per_event;
}

}  // namespace tidegate::tls
