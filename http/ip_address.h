#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tidegate::http {

/// An IPv4 or IPv6 address as bytes. IPv4 inside IPv6 (`::ffff:192.0.2.1`) counts as IPv4.
struct IpAddress {
  enum class Family : std::uint8_t { v4, v6 };
  Family family = Family::v4;
  std::array<std::uint8_t, 16> bytes{};  ///< network order; the first 4 with v4

  /// The text of an address without brackets, port or zone; nothing if it is none.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
  /// 4 or 16 bytes in network order; nothing for any other number.
  [[nodiscard]] static std::optional<IpAddress> from_bytes(std::span<std::uint8_t const> raw);

  /// 32 or 128.
  [[nodiscard]] unsigned bits() const { return family == Family::v4 ? 32 : 128; }
};

}  // namespace tidegate::http
