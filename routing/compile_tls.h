#pragma once

#include <optional>
#include <vector>

#include "config/load.h"
#include "config/tls_server.h"
#include "routing/report.h"

namespace tidegate::routing {

/// Finds the credentials of a Gateway's HTTPS server. `hosts` are the SNI patterns that it gets.
/// Nothing when a Secret is missing or holds too little, or when the mode terminates nothing; all
/// of it is reported.
[[nodiscard]] std::optional<config::TlsServer> compile_tls_server(
    config::istio::Gateway const& gateway, config::istio::Server const& server,
    std::vector<std::string> hosts, std::vector<config::Secret> const& secrets, Report& report);

}  // namespace tidegate::routing
