#include "http/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

namespace tidegate::http {

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  if (text.find('\0') != std::string_view::npos) return std::nullopt;

  std::array<std::uint8_t, 16> raw{};
  if (inet_pton(AF_INET, terminated.data(), raw.data()) == 1) {
    return from_bytes(std::span(raw).first(4));
  }
  if (inet_pton(AF_INET6, terminated.data(), raw.data()) == 1) return from_bytes(raw);
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::from_bytes(std::span<std::uint8_t const> raw) {
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (raw.size() != 4 && raw.size() != 16) return std::nullopt;
  bool const is_mapped = raw.size() == 16 && std::equal(mapped.begin(), mapped.end(), raw.begin());
  if (is_mapped) raw = raw.last(4);

  IpAddress address;
  address.family = raw.size() == 4 ? Family::v4 : Family::v6;
  std::copy(raw.begin(), raw.end(), address.bytes.begin());
  return address;
}

}  // namespace tidegate::http
