#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/head.h"
#include "http/response_flags.h"
#include "routing/random.h"

namespace tidegate::routing {

/// What policies found out about a request and need again for its answer. The views live as long as
/// the request.
struct Findings {
  std::string_view allowed_origin;     ///< the client's Origin, where CORS allows it
  std::string_view requested_headers;  ///< of a preflight: which headers it asks for
  bool is_preflight = false;           ///< answered by the gateway (Fetch §3.2.2)
};

/// What a policy may look at. Lives as long as the request.
struct Context {
  http::RequestHead const& request;
  Random& random;
  Findings findings = {};
};

/// An answer of the gateway's own, never sent upstream, never retried.
struct Reply {
  int status = 0;
  std::string_view body =
      {};  ///< text/plain; must outlive the request (a literal, or owned by the snapshot)
  std::string_view location = {};  ///< of redirects; likewise
  http::Flags flags = {};
  std::string_view details = {};  ///< response_code_details of the access log
  int grpc_status = -1;           ///< ≥ 0: tell a gRPC client this, with HTTP 200
};

struct Pass {};
struct Delay {
  std::chrono::milliseconds duration;
  http::Flags flags;
};
using Verdict = std::variant<Pass, Reply, Delay>;

/// A rule on a route. Immutable and shared by all workers. Decides; never waits, never writes.
///
/// Ordered rules are policies (fault, CORS, header operations, rate limit). What a route has
/// exactly one of is a plain field of `Route` (targets, retry, timeouts).
class Policy {
 public:
  virtual ~Policy() = default;
  /// Before the first attempt, once per request, outside of the route's timeout. Policies run in
  /// the route's order; a `Reply` ends the row, a `Delay` is waited for and the row goes on.
  [[nodiscard]] virtual Verdict on_request(Context& context) const = 0;
};

/// A policy that has something to say in answers as well, once its `on_request` has run. A route
/// without such policies does not look for any.
class AnswerPolicy : public Policy {
 public:
  /// Before the head of an answer, the gateway's own included, goes to the client.
  virtual void on_answer(Findings const& findings, http::ResponseHead& head) const = 0;
};

}  // namespace tidegate::routing
