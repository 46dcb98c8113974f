#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "http/failure.h"
#include "http/head.h"
#include "routing/random.h"

namespace tidegate::routing {

using std::chrono::milliseconds;

/// Envoy's retry policies (router_filter.rst, x-envoy-retry-on and x-envoy-retry-grpc-on), as bits.
enum class RetryOn : std::uint32_t {
  server_error = 1U << 0,          ///< 5xx
  gateway_error = 1U << 1,         ///< gateway-error
  reset = 1U << 2,                 ///< reset
  reset_before_request = 1U << 3,  ///< reset-before-request
  connect_failure = 1U << 4,       ///< connect-failure
  refused_stream = 1U << 5,        ///< refused-stream
  retriable_4xx = 1U << 6,         ///< retriable-4xx
  retriable_status_codes = 1U << 7,
  retriable_headers = 1U << 8,
  envoy_ratelimited = 1U << 9,
  grpc_cancelled = 1U << 10,
  grpc_deadline_exceeded = 1U << 11,
  grpc_internal = 1U << 12,
  grpc_resource_exhausted = 1U << 13,
  grpc_unavailable = 1U << 14,
  http3_post_connect_failure = 1U << 15,
  /// Not Envoy's: the connection broke without an answer and the method is idempotent, so that
  /// sending it again is safe (RFC 9110 §9.2.2). Part of the default; no word of `retryOn` names
  /// it. The caller knows the method.
  reset_when_idempotent = 1U << 16,
};

struct RetryConditions {
  std::uint32_t bits = 0;         ///< of RetryOn
  std::vector<int> status_codes;  ///< with retriable_status_codes

  [[nodiscard]] bool has(RetryOn on) const { return (bits & static_cast<std::uint32_t>(on)) != 0; }
};

/// Istio's `retryOn`: comma-separated policies and HTTP status codes, blanks around them ignored.
/// Nothing when a word is unknown; `unknown` then names it, as a part of `text`.
[[nodiscard]] std::optional<RetryConditions> parse_retry_on(std::string_view text,
                                                            std::string_view& unknown);

/// What holds where `retryOn` says nothing: Istio's list (`connect-failure, refused-stream,
/// unavailable, cancelled, retriable-status-codes`; pilot/pkg/networking/core/route/retry/retry.go)
/// and `reset-before-request`, which is safe for every method and spares clients the 503 of a
/// broken keep-alive connection; for idempotent methods every broken connection.
[[nodiscard]] RetryConditions default_retry_conditions();

/// How often, when and how fast a request is sent again (Istio HTTPRetry).
struct RetryPolicy {
  std::uint32_t attempts = 0;       ///< after the first; 0 = never
  milliseconds per_try_timeout{0};  ///< from the moment an attempt begins; 0 = none
  RetryConditions conditions;
  /// Absent: unless the same key shall lead to the same host.
  std::optional<bool> avoid_previous_hosts;
  milliseconds base_interval{25};
  milliseconds max_interval{250};

  /// Does an answer with this head call for another attempt?
  [[nodiscard]] bool retries(http::ResponseHead const& response) const;
  /// Does this failure? A per-try timeout is `Kind::timeout` (Envoy: a local reset: `5xx`,
  /// `gateway-error`, `reset`; and `reset-before-request` when it passed before anything was sent).
  /// Overflow, what the client caused, and what happened after the answer began: never. Whether a
  /// body can be sent again is for the caller to know.
  [[nodiscard]] bool retries(http::Failure const& failure) const;
  /// Full jitter: uniform in [0, (2^n − 1) · base), capped at `max_interval`; n = 1 for the first
  /// retry.
  [[nodiscard]] milliseconds backoff(std::uint32_t n, Random& random) const;
};

}  // namespace tidegate::routing
