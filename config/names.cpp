#include "config/names.h"

#include <arpa/inet.h>

#include <algorithm>

#include "config/scalars.h"

namespace tidegate::config {
namespace {

bool is_label_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_label(std::string_view text, bool (*accept)(char)) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), accept);
}

/// Bits of an address of this text's family; 0 when it is no address.
int address_bits(std::string_view text) {
  unsigned char bytes[16];
  std::string const address(text);
  if (address.find('\0') != address.npos) return 0;
  if (inet_pton(AF_INET, address.c_str(), bytes) == 1) return 32;
  if (inet_pton(AF_INET6, address.c_str(), bytes) == 1) return 128;
  return 0;
}

bool is_wildcard(std::string_view host) { return host.starts_with('*'); }

/// `*.foo.com` covers every name below foo.com, however deep; `*` covers all.
bool covers(std::string_view pattern, std::string_view host) {
  if (!is_wildcard(pattern)) return pattern == host;
  auto const suffix = pattern.substr(1);
  return host.ends_with(suffix) && (suffix.empty() || host.size() > suffix.size());
}

}  // namespace

bool is_dns_label(std::string_view text) {
  return is_label(text, [](char c) { return is_label_character(c) || c == '-'; });
}

bool is_dns_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    auto const dot = text.find('.');
    auto const label = text.substr(0, dot);
    if (!is_label(label, [](char c) { return is_label_character(c) || c == '-' || c == '_'; })) {
      return false;
    }
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_host_pattern(std::string_view text) {
  if (text == "*") return true;
  if (text.starts_with("*.")) return is_dns_name(text.substr(2));
  return is_dns_name(text) || is_ip_address(text);
}

bool is_ip_address(std::string_view text) { return address_bits(text) != 0; }

bool is_cidr(std::string_view text) {
  auto const slash = text.find('/');
  int const bits = address_bits(text.substr(0, slash));
  if (bits == 0 || slash == text.npos) return bits != 0;
  auto const prefix = parse_integer(text.substr(slash + 1));
  return prefix && *prefix >= 0 && *prefix <= bits;
}

bool is_unix_socket(std::string_view text) {
  constexpr std::size_t longest = 107;  // sun_path, with its NUL
  if (!text.starts_with(unix_scheme)) return false;
  text.remove_prefix(unix_scheme.size());
  bool const is_path = text.starts_with('/') || text.starts_with('@');
  return is_path && text.size() > 1 && text.size() <= longest && text.find('\0') == text.npos;
}

bool is_loopback(std::string_view address) {
  return address_bits(address) == 32 ? address.starts_with("127.") : address == "::1";
}

bool is_locality(std::string_view text) {
  if (std::count(text.begin(), text.end(), '/') > 2) return false;
  return !text.empty() && !text.starts_with('/') && !text.ends_with('/') &&
         text.find("//") == text.npos;
}

bool is_header_name(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    bool const is_upper = c >= 'A' && c <= 'Z';
    return is_upper || is_label_character(c) || marks.find(c) != marks.npos;
  });
}

bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    auto const byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

std::optional<SocketAddress> parse_socket_address(std::string_view text) {
  auto const colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  auto address = text.substr(0, colon);
  auto const port = parse_integer(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return std::nullopt;
  bool const is_bracketed = address.starts_with('[') && address.ends_with(']');
  if (is_bracketed) address = address.substr(1, address.size() - 2);
  if (address_bits(address) != (is_bracketed ? 128 : 32)) return std::nullopt;
  return SocketAddress{std::string(address), static_cast<std::uint16_t>(*port)};
}

bool is_subset_of(std::string_view host, std::string_view pattern) {
  if (host == pattern) return true;
  return covers(pattern, is_wildcard(host) ? host.substr(1) : host);
}

bool do_hosts_overlap(std::string_view a, std::string_view b) {
  if (is_wildcard(a) && is_wildcard(b))
    return covers(a, b.substr(1)) || covers(b, a.substr(1)) || a == b;
  return covers(a, b) || covers(b, a);
}

}  // namespace tidegate::config
