#include "gateway/pinned.h"

namespace tidegate::gateway {

routing::RouteTable const* Pinned::table(ConnectionInfo const& connection) const {
  auto const& listeners = snapshot().listeners;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    if (listener_ids[i] != connection.listener) continue;
    auto const& tables = listeners[i].tables;
    if (!listeners[i].is_tls) return tables.empty() ? nullptr : &tables.front();
    auto const server = server_names[i].find(connection.server_name);
    return server ? &tables[*server] : nullptr;
  }
  return nullptr;
}

}  // namespace tidegate::gateway
