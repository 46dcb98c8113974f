#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/istio/destination.h"
#include "config/resource.h"

/// What an http route of a VirtualService does besides choosing an origin (virtual_service.proto).
namespace tidegate::config::istio {

using std::chrono::milliseconds;

/// Percentages are in millionths: 0.1 % is 1000. Truncated, as in Istio.
using Millionths = std::uint32_t;
inline constexpr Millionths all_millionths = 1'000'000;

struct Redirect {
  enum class Port : std::uint8_t {
    as_requested,      ///< nothing said: the Host keeps its own
    given,             ///< `port`
    protocol_default,  ///< none in the Location
    of_listener        ///< left out where it is the scheme's own
  };
  std::optional<std::string> uri;             ///< of the whole path
  std::optional<std::string> prefix_rewrite;  ///< of what the match's prefix covers; not with `uri`
  std::string authority;                      ///< host[:port]; empty = the request's
  Port port_from = Port::as_requested;
  std::uint32_t port = 0;  ///< with Port::given
  std::string scheme;      ///< `http`, `https`; empty = the request's
  int code = 301;
  Origin origin;
};

struct DirectResponse {
  int status = 200;  ///< 200..599
  std::string body;  ///< any bytes, at most 1 MiB
  Origin origin;
};

struct RegexRewrite {
  Sourced<std::string> match;  ///< RE2, every occurrence in the path
  std::string rewrite;         ///< `\1` is a group
};

struct Rewrite {
  std::string uri;        ///< for what the match's prefix or exact path covers; empty = none
  std::string authority;  ///< empty = the request's
  std::optional<RegexRewrite> uri_regex;  ///< not with `uri`
  Origin origin;
};

struct HeaderValue {
  std::string name;   ///< lower-case; in a request also `host` and `:authority`, for Host
  std::string value;  ///< with Envoy's `%…%`
  Origin origin;
};

struct HeaderOperations {
  std::vector<HeaderValue> set;
  std::vector<HeaderValue> add;
  std::vector<std::string> remove;  ///< lower-case
};

struct Headers {
  HeaderOperations request;
  HeaderOperations response;
};

struct CorsPolicy {
  enum class UnmatchedPreflights : std::uint8_t { forward, ignore };
  std::vector<StringMatch> allow_origins;  ///< presence = every origin
  std::vector<std::string> allow_methods;
  std::vector<std::string> allow_headers;
  std::vector<std::string> expose_headers;
  std::optional<std::chrono::seconds> max_age;
  bool allow_credentials = false;
  UnmatchedPreflights unmatched_preflights = UnmatchedPreflights::forward;
  Origin origin;
};

struct Mirror {
  Destination destination;
  Millionths percentage = all_millionths;  ///< 0 = off
  Origin origin;
};

/// Another VirtualService, which has no hosts, that has the routes.
struct Delegate {
  std::string name;
  std::string name_space;  ///< empty = that of the VirtualService
  Origin origin;
};

struct Retries {
  std::uint32_t attempts = 0;  ///< retries after the first try; 0 = off
  std::optional<milliseconds> per_try_timeout;
  std::string retry_on;  ///< comma-separated policies and status codes; empty = Istio's default
  std::optional<bool> retry_ignore_previous_hosts;
  bool retry_remote_localities = false;
  std::optional<milliseconds> backoff;
  Origin origin;
};

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

}  // namespace tidegate::config::istio
