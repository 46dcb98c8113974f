#pragma once

#include <string_view>

namespace tidegate::http {

/// Is this `host[:port]`, as Host and a target's authority may be written? A name of letters,
/// digits, `-._~`, or an IPv6 address in brackets; a port from 1 to 65535 without leading zeros.
/// Far narrower than RFC 3986: user names, lists, escapes and empty ports serve attackers only.
[[nodiscard]] bool is_valid_authority(std::string_view text);

/// A valid authority without its port; an IPv6 address keeps its brackets.
[[nodiscard]] std::string_view host_of(std::string_view authority);

}  // namespace tidegate::http
