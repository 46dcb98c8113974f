#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/istio/destination.h"
#include "config/istio/http_route.h"
#include "config/resource.h"

/// Istio VirtualService (networking.istio.io, virtual_service.proto): which request goes where.
namespace tidegate::config::istio {

/// Which connections, of those that are not looked into.
struct L4Match {
  std::vector<Sourced<std::string>> sni_hosts;  ///< lower-cased; only of a tls route
  std::optional<std::uint32_t> port;            ///< of the Gateway's server
  std::vector<Sourced<std::string>> gateways;   ///< empty = all of the VirtualService
  Labels source_labels;                         ///< as in HttpMatch
  Sourced<std::string> source_namespace;
  Origin origin;
};

/// A route of `tls` (by SNI, without decrypting) or of `tcp`.
struct L4Route {
  std::vector<L4Match> match;  ///< any of them; empty, only in `tcp`, = every connection
  std::vector<WeightedDestination> route;
  Origin origin;
};

struct VirtualService {
  Metadata metadata;
  std::vector<Sourced<std::string>> hosts;     ///< lower-cased; empty = a delegate of others
  std::vector<Sourced<std::string>> gateways;  ///< empty = mesh only: accepted, not served
  std::vector<HttpRoute> http;
  std::vector<L4Route> tls;
  std::vector<L4Route> tcp;
  std::vector<std::string> export_to;  ///< namespaces, `.` and `*`; empty = everywhere
};

}  // namespace tidegate::config::istio
