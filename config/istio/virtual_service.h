#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/resource.h"

/// Istio VirtualService (networking.istio.io, virtual_service.proto): which request goes where.
namespace tidegate::config::istio {

using std::chrono::milliseconds;

struct Destination {
  Sourced<std::string> host;
  Sourced<std::string> subset;        ///< empty = none
  std::optional<std::uint32_t> port;  ///< 1..65535
};

struct WeightedDestination {
  Destination destination;
  std::uint32_t weight = 0;  ///< a share among its siblings; ignored when alone
  Origin origin;
};

struct HttpMatch {
  std::string name;
  std::optional<StringMatch> uri;  ///< on the normalised path without the query
  std::optional<StringMatch> method;
  std::optional<StringMatch> authority;  ///< with the port
  std::vector<std::pair<std::string, StringMatch>> headers;
  std::vector<std::pair<std::string, StringMatch>> without_headers;
  std::vector<std::pair<std::string, StringMatch>> query_params;
  bool ignore_uri_case = false;
  Origin origin;
};

struct Retries {
  std::uint32_t attempts = 0;  ///< retries after the first try; 0 = off
  std::optional<milliseconds> per_try_timeout;
  std::string retry_on;  ///< comma-separated policies and status codes; empty = Istio's default
  std::optional<bool> retry_ignore_previous_hosts;
  std::optional<milliseconds> backoff;
  Origin origin;
};

/// Percentages are in millionths: 0.1 % is 1000. Truncated, as in Istio.
using Millionths = std::uint32_t;

struct FaultDelay {
  Millionths percentage = 0;
  milliseconds fixed_delay{0};
};

struct FaultAbort {
  Millionths percentage = 0;
  int http_status = 0;      ///< 200..599; 0 when `grpc_status` is meant
  std::string grpc_status;  ///< e.g. UNAVAILABLE
};

struct Fault {
  std::optional<FaultDelay> delay;
  std::optional<FaultAbort> abort;
};

struct HttpRoute {
  std::string name;
  std::vector<HttpMatch> match;  ///< any of them; empty = every request
  std::vector<WeightedDestination> route;
  std::optional<milliseconds> timeout;  ///< of all attempts together; 0 or absent = none
  std::optional<Retries> retries;       ///< absent = Istio's default of two
  std::optional<Fault> fault;
  Origin origin;
};

struct VirtualService {
  Metadata metadata;
  std::vector<Sourced<std::string>> hosts;     ///< lower-cased
  std::vector<Sourced<std::string>> gateways;  ///< empty = mesh only: accepted, not served
  std::vector<HttpRoute> http;
  std::vector<std::string> export_to;  ///< namespaces, `.` and `*`; empty = everywhere
};

}  // namespace tidegate::config::istio
