#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Names and addresses as Kubernetes, Istio and DNS write them.
namespace tidegate::config {

/// RFC 1123 label: `a-z 0-9 -`, 1 to 63 characters, no `-` at either end.
[[nodiscard]] bool is_dns_label(std::string_view text);

/// A DNS name in lower case, one label or more. `_` is let through: Docker's names have it.
[[nodiscard]] bool is_dns_name(std::string_view text);

/// `*`, `*.suffix`, a DNS name or an IP address, in lower case.
[[nodiscard]] bool is_host_pattern(std::string_view text);

[[nodiscard]] bool is_ip_address(std::string_view text);

/// An IP address, or one with `/prefix length`.
[[nodiscard]] bool is_cidr(std::string_view text);

inline constexpr std::string_view unix_scheme = "unix://";

/// `unix:///path`, or `unix://@name` for an abstract one; short enough for the kernel.
[[nodiscard]] bool is_unix_socket(std::string_view text);

/// 127.0.0.0/8 or ::1.
[[nodiscard]] bool is_loopback(std::string_view address);

/// `region[/zone[/subzone]]`
[[nodiscard]] bool is_locality(std::string_view text);

/// RFC 9110 §5.6.2: a token.
[[nodiscard]] bool is_header_name(std::string_view text);

/// No control characters but tabs (RFC 9110 §5.5).
[[nodiscard]] bool is_header_value(std::string_view text);

struct SocketAddress {
  std::string address;  ///< without the brackets of IPv6
  std::uint16_t port = 0;
};

/// `127.0.0.1:9901` or `[::1]:9901`; port 0 = any free one.
[[nodiscard]] std::optional<SocketAddress> parse_socket_address(std::string_view text);

/// Whether every name that `host` matches is matched by `pattern`, too.
[[nodiscard]] bool is_subset_of(std::string_view host, std::string_view pattern);

/// Whether some host name matches both patterns.
[[nodiscard]] bool do_hosts_overlap(std::string_view a, std::string_view b);

}  // namespace tidegate::config
