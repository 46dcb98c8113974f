#include "routing/server_groups.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tidegate::routing {

namespace {

using config::istio::Gateway;
using config::istio::Protocol;
using config::istio::Server;

bool is_served(Server const& server, Report& report) {
  Protocol const protocol = server.port.protocol;
  if (protocol != Protocol::tls && protocol != Protocol::tcp && protocol != Protocol::other)
    return true;
  config::Origin const place = below(server.origin, "port.protocol");
  report.warning(place, "not supported yet: " + place.path + ": this server is left out");
  return false;
}

class Grouping {
 public:
  Grouping(config::GatewaySettings const& settings, Report& report)
      : settings_(settings), report_(report) {}

  void add(Gateway const& gateway, Server const& server) {
    ServerGroup& group = group_of(server);
    if (!group.members.empty() && group.is_tls() != (server.port.protocol == Protocol::https)) {
      report_.error(below(server.origin, "port.protocol"),
                    "HTTP and HTTPS cannot share port " + std::to_string(group.declared_port) +
                        "; the other server is at " +
                        text_of(group.members.front().server->origin.where));
      return;
    }
    group.members.push_back({&gateway, &server});
  }

  /// Different ports of the Gateways must not become one by `gateway.port_map`.
  void check_bound_ports() {
    std::map<std::pair<std::string, std::uint16_t>, ServerGroup const*> bound;
    for (ServerGroup const& group : groups_) {
      if (group.port == 0) continue;
      auto const [other, is_new] = bound.try_emplace({group.address, group.port}, &group);
      if (is_new) continue;
      ServerGroup const& first = *other->second;
      report_.error(below(group.members.front().server->origin, "port.number"),
                    "port " + std::to_string(group.declared_port) + " would be bound as " +
                        std::to_string(group.port) + " like port " +
                        std::to_string(first.declared_port) + " at " +
                        text_of(first.members.front().server->origin.where) +
                        "; give it another port in gateway.port_map");
    }
  }

  [[nodiscard]] std::vector<ServerGroup> take() { return std::move(groups_); }

 private:
  ServerGroup& group_of(Server const& server) {
    auto const number = static_cast<std::uint16_t>(server.port.number);
    std::string const& address = server.bind.empty() ? settings_.bind : server.bind;
    auto const found = std::find_if(groups_.begin(), groups_.end(), [&](ServerGroup const& group) {
      return group.declared_port == number && group.address == address;
    });
    if (found != groups_.end()) return *found;
    auto const mapped = settings_.port_map.find(number);
    groups_.push_back({.address = address,
                       .declared_port = number,
                       .port = mapped == settings_.port_map.end() ? number : mapped->second,
                       .members = {}});
    return groups_.back();
  }

  config::GatewaySettings const& settings_;
  Report& report_;
  std::vector<ServerGroup> groups_;
};

}  // namespace

bool ServerGroup::is_tls() const {
  return members.front().server->port.protocol == Protocol::https;
}

std::vector<ServerGroup> group_servers(std::vector<Gateway const*> const& gateways,
                                       config::GatewaySettings const& settings, Report& report) {
  Grouping grouping(settings, report);
  for (Gateway const* gateway : gateways)
    for (Server const& server : gateway->servers)
      if (is_served(server, report)) grouping.add(*gateway, server);
  grouping.check_bound_ports();
  return grouping.take();
}

}  // namespace tidegate::routing
