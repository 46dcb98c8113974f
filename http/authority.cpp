#include "http/authority.h"

#include "http/characters.h"
#include "http/ip_address.h"

namespace tidegate::http {
namespace {

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.front() == '0') return false;
  if (!is_all(CharClass::digit, text)) return false;
  unsigned port = 0;
  for (char c : text) port = port * 10 + static_cast<unsigned>(c - '0');
  return port <= 65535;
}

/// Nothing, or a colon and a port.
bool is_port_suffix(std::string_view text) {
  return text.empty() || (text.front() == ':' && is_port(text.substr(1)));
}

}  // namespace

bool is_valid_authority(std::string_view text) {
  if (text.starts_with('[')) {
    auto const close = text.find(']');
    if (close == std::string_view::npos || !is_port_suffix(text.substr(close + 1))) return false;
    auto const literal = text.substr(1, close - 1);
    return literal.find(':') != std::string_view::npos && IpAddress::parse(literal).has_value();
  }
  auto const colon = text.find(':');
  auto const name = text.substr(0, colon);
  if (name.empty() || !is_all(CharClass::host, name)) return false;
  return colon == std::string_view::npos || is_port(text.substr(colon + 1));
}

std::string_view host_of(std::string_view authority) {
  auto const bracket = authority.rfind(']');
  auto const colon = authority.rfind(':');
  bool const has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  return has_port ? authority.substr(0, colon) : authority;
}

}  // namespace tidegate::http
