#include <algorithm>
#include <optional>

#include "http/characters.h"
#include "http/forwarding.h"

namespace tidegate::http {
namespace {

/// Do the first `bits` bits agree?
bool shares_prefix(IpAddress const& a, IpAddress const& b, unsigned bits) {
  auto const whole = bits / 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, b.bytes.begin())) return false;
  auto const rest = bits % 8;
  return rest == 0 || ((a.bytes[whole] ^ b.bytes[whole]) >> (8 - rest)) == 0;
}

/// Up to three digits, no sign, no blank.
std::optional<unsigned> parse_prefix(std::string_view text) {
  if (text.empty() || text.size() > 3 || !is_all(CharClass::digit, text)) return std::nullopt;
  unsigned bits = 0;
  for (char c : text) bits = bits * 10 + static_cast<unsigned>(c - '0');
  return bits;
}

}  // namespace

bool TrustedProxies::add(std::string_view cidr) {
  auto const slash = std::min(cidr.find('/'), cidr.size());
  auto const address = IpAddress::parse(cidr.substr(0, slash));
  if (!address) return false;
  auto bits = address->bits();
  if (slash < cidr.size()) {
    auto const prefix = parse_prefix(cidr.substr(slash + 1));
    // Bits of an IPv4 network in IPv6 form can be counted in two ways.
    bool const is_mapped = bits == 32 && cidr.find(':') != std::string_view::npos;
    if (!prefix || *prefix > bits || is_mapped) return false;
    bits = *prefix;
  }
  networks_.push_back({*address, bits});
  return true;
}

bool TrustedProxies::contains(std::string_view ip_text) const {
  auto const address = IpAddress::parse(ip_text);
  return address && contains(*address);
}

bool TrustedProxies::contains(std::span<std::uint8_t const> raw) const {
  auto const address = IpAddress::from_bytes(raw);
  return address && contains(*address);
}

bool TrustedProxies::contains(IpAddress const& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](Network const& network) {
    return network.address.family == address.family &&
           shares_prefix(network.address, address, network.prefix_bits);
  });
}

}  // namespace tidegate::http
