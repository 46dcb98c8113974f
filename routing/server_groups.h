#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/istio/gateway.h"
#include "config/settings.h"
#include "routing/report.h"

namespace tidegate::routing {

/// The Gateway servers that share an address and a port: either all plain text or all HTTPS.
struct ServerGroup {
  struct Member {
    config::istio::Gateway const* gateway;
    config::istio::Server const* server;
  };
  std::string address;
  std::uint16_t declared_port = 0;
  std::uint16_t port = 0;       ///< after `gateway.port_map`
  std::vector<Member> members;  ///< never empty

  [[nodiscard]] bool is_tls() const;
};

/// In the order in which their first servers appear. Reports servers that are not served, HTTP and
/// HTTPS on one port, and different ports that `gateway.port_map` would make one.
[[nodiscard]] std::vector<ServerGroup> group_servers(
    std::vector<config::istio::Gateway const*> const& gateways,
    config::GatewaySettings const& settings, Report& report);

}  // namespace tidegate::routing
