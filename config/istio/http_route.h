#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/istio/destination.h"
#include "config/istio/http_actions.h"
#include "config/resource.h"

/// An http route of a VirtualService (virtual_service.proto): conditions, and where they lead.
namespace tidegate::config::istio {

struct WeightedDestination {
  Destination destination;
  std::uint32_t weight = 0;  ///< a share among its siblings; ignored when alone
  Origin origin;
  Headers headers;  ///< done before the route's own
};

struct HttpMatch {
  std::string name;
  std::optional<StringMatch> uri;     ///< on the normalised path without the query
  std::optional<StringMatch> scheme;  ///< `http`, `https`
  std::optional<StringMatch> method;
  std::optional<StringMatch> authority;  ///< with the port
  std::vector<std::pair<std::string, StringMatch>> headers;
  std::vector<std::pair<std::string, StringMatch>> without_headers;
  std::vector<std::pair<std::string, StringMatch>> query_params;
  bool ignore_uri_case = false;
  std::optional<std::uint32_t> port;           ///< of the Gateway's server
  std::vector<Sourced<std::string>> gateways;  ///< empty = all of the VirtualService
  Labels source_labels;                        ///< of this gateway, in an edge's case
  Sourced<std::string> source_namespace;       ///< of this gateway; empty = any
  Origin origin;
};

/// Exactly one of `route`, `redirect`, `direct_response` and `delegate` is given.
struct HttpRoute {
  std::string name;
  std::vector<HttpMatch> match;  ///< any of them; empty = every request
  std::vector<WeightedDestination> route;
  std::optional<Redirect> redirect;
  std::optional<DirectResponse> direct_response;
  std::optional<Delegate> delegate;
  std::optional<Rewrite> rewrite;
  std::optional<milliseconds> timeout;  ///< of all attempts together; 0 or absent = none
  std::optional<Retries> retries;       ///< absent = Istio's default of two
  std::optional<Fault> fault;
  std::vector<Mirror> mirrors;  ///< of `mirror` or `mirrors`
  std::optional<CorsPolicy> cors;
  Headers headers;
  Origin origin;
};

}  // namespace tidegate::config::istio
