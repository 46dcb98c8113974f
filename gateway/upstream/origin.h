#pragma once

#include <memory>
#include <optional>

#include "config/istio/traffic_policy.h"
#include "config/tls_client.h"
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

using OriginPtr = std::shared_ptr<Origin const>;

}  // namespace tidegate::gateway
