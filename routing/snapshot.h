#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "config/tls_server.h"
#include "routing/cluster.h"
#include "routing/host_table.h"
#include "routing/route_list.h"

namespace tidegate::routing {

/// The routes of one host name.
struct VirtualHost {
  std::string name;             ///< the host pattern it stands for
  bool https_redirect = false;  ///< 301 to HTTPS before any route is looked at
  std::uint16_t https_port =
      443;  ///< where the redirect leads: the port at which the HTTPS server is reachable
  RouteList routes;

  /// The first route that matches; null when there is none.
  [[nodiscard]] Route const* find(http::RequestHead const& request) const;
};

/// The virtual hosts that one kind of connection sees: all plain-text servers of a port together,
/// or one TLS server.
struct RouteTable {
  std::vector<VirtualHost> hosts;
  HostTable index;  ///< host pattern → position in `hosts`
  /// Of a server that passes on bytes instead of requests: where to; empty = nowhere.
  std::optional<Targets> tcp;

  /// By the request's authority; case and port are ignored. Null when no host fits.
  [[nodiscard]] VirtualHost const* find(std::string_view authority) const;
};

/// Connections that are passed on as they are, without being decrypted.
struct Passthrough {
  std::vector<std::string> names;  ///< SNI patterns, lower-case
  Targets targets;
};

/// One address and port that is listened on.
struct Listener {
  std::string address;              ///< IP address
  std::uint16_t port = 0;           ///< really bound, after port_map; 0 = any free one (tests)
  std::uint16_t declared_port = 0;  ///< as written in the Gateway
  bool is_tls = false;
  std::vector<RouteTable>
      tables;  ///< plain: exactly one; TLS: `tables[i]` belongs to `tls_servers[i]`
  std::vector<config::TlsServer> tls_servers;
  std::vector<Passthrough> passthrough;

  /// Does only the SNI say whether a connection speaks HTTP to us?
  [[nodiscard]] bool reads_hello() const;
};

/// A whole configuration, compiled. Immutable: shared by all workers, pinned by each request.
struct Snapshot {
  std::uint64_t version = 0;  ///< counts up with every successful load
  config::Settings settings;
  std::vector<std::unique_ptr<Cluster>> clusters;
  std::vector<Listener> listeners;
};

}  // namespace tidegate::routing
