#include "routing/snapshot.h"

#include <algorithm>

#include <array>

namespace tidegate::routing {

namespace {

/// A DNS name has at most 253 characters; with the last dot, a port and some to spare.
constexpr std::size_t longest_authority = 272;

}  // namespace

Route const* VirtualHost::find(http::RequestHead const& request) const {
  return routes.find(request);
}

VirtualHost const* RouteTable::find(std::string_view authority) const {
  std::array<char, longest_authority> buffer;
  // What is longer cannot be anybody's name; only `*` is left for it.
  std::string_view const host =
      authority.size() <= buffer.size() ? host_of(authority, buffer.data()) : std::string_view{};
  auto const position = index.find(host);
  return position ? &hosts[*position] : nullptr;
}

bool Listener::reads_hello() const {
  if (!is_tls) return false;
  return !passthrough.empty() || tls_servers.empty() ||
         std::any_of(tables.begin(), tables.end(),
                     [](RouteTable const& table) { return table.tcp.has_value(); });
}

}  // namespace tidegate::routing
