#pragma once

#include <memory>
#include <optional>

#include "config/istio/traffic_policy.h"
#include "config/tls_client.h"
#include "http/head.h"
#include "routing/cluster.h"

namespace tidegate::tls {
class ClientContext;
class ClientSessions;
}  // namespace tidegate::tls

namespace tidegate::gateway {

/// How all hosts of a cluster are spoken to. Shared by them; a new one when a reload changed it.
struct Origin {
  routing::UpstreamProtocol protocol = routing::UpstreamProtocol::http1;
  config::istio::ConnectionPool pool;
  std::shared_ptr<tls::ClientContext const> tls;  ///< null: in clear
  std::optional<config::TlsClient> tls_settings;  ///< what `tls` was made of
};

/// Whether a request that came by `version` goes to an origin of this protocol by HTTP/2.
[[nodiscard]] constexpr bool speaks_http2(routing::UpstreamProtocol protocol,
                                          http::Version version) {
  using routing::UpstreamProtocol;
  if (protocol == UpstreamProtocol::as_client) return version == http::Version::http2;
  return protocol == UpstreamProtocol::http2;
}

using OriginPtr = std::shared_ptr<Origin const>;

}  // namespace tidegate::gateway
