#include "gateway/pinned.h"

namespace tidegate::gateway {

routing::Listener const* Pinned::listener_of(ConnectionInfo const& connection,
                                             std::size_t& index) const {
  auto const& listeners = snapshot().listeners;
  for (index = 0; index < listeners.size(); ++index) {
    if (listener_ids[index] == connection.listener) return &listeners[index];
  }
  // A reload moved the listener to another address: who is connected already is served by its
  // successor.
  for (index = 0; index < listeners.size(); ++index) {
    auto const& listener = listeners[index];
    if (listener.port == connection.port && listener.is_tls == connection.is_tls) return &listener;
  }
  return nullptr;
}

routing::RouteTable const* Pinned::table(ConnectionInfo const& connection) const {
  std::size_t index = 0;
  auto const* listener = listener_of(connection, index);
  if (listener == nullptr) return nullptr;
  if (!listener->is_tls) return listener->tables.empty() ? nullptr : &listener->tables.front();
  auto const server = server_names[index].find(connection.server_name);
  bool const is_decrypted = server && *server < listener->tables.size();  // not passed on by now
  return is_decrypted ? &listener->tables[*server] : nullptr;
}

bool Pinned::is_misdirected(ConnectionInfo const& connection, std::string_view authority) const {
  std::size_t index = 0;
  auto const* listener = connection.is_tls ? listener_of(connection, index) : nullptr;
  if (listener == nullptr) return false;
  for (auto const& table : listener->tables) {
    if (table.find(authority) != nullptr) return true;
  }
  return false;
}

}  // namespace tidegate::gateway
