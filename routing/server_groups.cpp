#include "routing/server_groups.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace tidegate::routing {

namespace {

using config::istio::Gateway;
using config::istio::Protocol;
using config::istio::Server;

ServerGroup::Kind kind_of(Server const& server) {
  switch (server.port.protocol) {
    case Protocol::https:
    case Protocol::tls: return ServerGroup::Kind::tls;
    case Protocol::tcp:
    case Protocol::other: return ServerGroup::Kind::tcp;
    default: return ServerGroup::Kind::http;
  }
}

std::string_view name_of(ServerGroup::Kind kind) {
  switch (kind) {
    case ServerGroup::Kind::http: return "HTTP";
    case ServerGroup::Kind::tls: return "HTTPS";
    case ServerGroup::Kind::tcp: break;
  }
  return "TCP";
}

class Grouping {
 public:
  Grouping(config::GatewaySettings const& settings, Report& report)
      : settings_(settings), report_(report) {}

  void add(Gateway const& gateway, Server const& server) {
    ServerGroup& group = group_of(server);
    if (!group.members.empty() && group.kind() != kind_of(server)) {
      auto const [first, second] = std::minmax({group.kind(), kind_of(server)});
      report_.error(below(server.origin, "port.protocol"),
                    std::string(name_of(first)) + " and " + std::string(name_of(second)) +
                        " cannot share port " + std::to_string(group.declared_port) +
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

ServerGroup::Kind ServerGroup::kind() const { return kind_of(*members.front().server); }

std::vector<ServerGroup> group_servers(std::vector<Gateway const*> const& gateways,
                                       config::GatewaySettings const& settings, Report& report) {
  Grouping grouping(settings, report);
  for (Gateway const* gateway : gateways)
    for (Server const& server : gateway->servers) grouping.add(*gateway, server);
  grouping.check_bound_ports();
  return grouping.take();
}

}  // namespace tidegate::routing
