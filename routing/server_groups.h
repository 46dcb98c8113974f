#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/istio/gateway.h"
#include "config/settings.h"
#include "routing/report.h"

namespace tidegate::routing {

/// The Gateway servers that share an address and a port: all of one kind.
struct ServerGroup {
  enum class Kind : std::uint8_t { http, tls, tcp };
  struct Member {
    config::istio::Gateway const* gateway;
    config::istio::Server const* server;
  };
  std::string address;
  std::uint16_t declared_port = 0;
  std::uint16_t port = 0;       ///< after `gateway.port_map`
  std::vector<Member> members;  ///< never empty

  [[nodiscard]] Kind kind() const;
};

/// In the order in which their first servers appear. Reports servers of different kinds on one
/// port, and different ports that `gateway.port_map` would make one.
[[nodiscard]] std::vector<ServerGroup> group_servers(
    std::vector<config::istio::Gateway const*> const& gateways,
    config::GatewaySettings const& settings, Report& report);

}  // namespace tidegate::routing
