#include <utility>

#include "gateway/exchange.h"
#include "gateway/worker.h"
#include "routing/policies/fault_abort.h"

// Which host a request goes to, and what is learnt of it.
namespace tidegate::gateway {

using http::Failure;

/// Who sent the request, as far as that can be believed: the nearest address of `x-forwarded-for`
/// that is no proxy of ours.
std::string_view Exchange::client_address() const {
  if (!connection_->is_trusted) return connection_->remote_ip;
  return http::client_of(request_.headers, pinned_->configuration->trusted_proxies,
                         connection_->remote_ip);
}

/// The hash of the request's key. A client without the cookie that is the key gets one, and the
/// host that it is going to lead to.
void Exchange::find_hash() {
  auto const& key = cluster_->balancing.key;
  hash_ = key.of(request_, client_address());
  if (hash_ || !key.makes_cookies()) return;
  auto const cookie = key.make_cookie(connection_->remote, connection_->local, arena_);
  hash_ = cookie.hash;
  set_cookie_ = cookie.field;
}

/// A host for the next attempt; null when the cluster has none that may be used. Where the same key
/// shall lead to the same host, also a retry goes there unless the route says otherwise, as in
/// Istio.
HostPtr Exchange::pick_host() {
  auto& upstream = *pinned_->upstreams[cluster_->id];
  bool const avoids =
      route_->retry.avoid_previous_hosts.value_or(!cluster_->balancing.is_consistent());
  auto const avoid = avoids ? std::span<HostPtr const>(tried_) : std::span<HostPtr const>();
  return upstream.pick(worker_.random(), {.avoid = avoid, .hash = hash_});
}

/// Over a connection of the host, within the limits of its cluster.
Exchange::Opened Exchange::open_stream() {
  if (host_->counts_requests()) {
    request_claim_ = host_->claim_request();
    if (!request_claim_) return host_->is_full(request_) ? Opened::no_room : Opened::overflow;
  }
  auto const reuse = has_resent_                            ? Reuse::never
                     : http::is_idempotent(request_.method) ? Reuse::freely
                                                            : Reuse::checked;
  stream_ = host_->open(*this, reuse, request_);
  if (stream_) return Opened::yes;
  request_claim_.release();
  return Opened::no_room;
}

bool Exchange::on_turn() {
  auto const opened = open_stream();
  if (opened == Opened::no_room) return false;
  leave_queue();
  if (opened == Opened::yes) {
    send_request();
  } else {
    on_failure(overflow());
  }
  return true;
}

void Exchange::on_unreachable() {
  on_failure({.kind = Failure::Kind::connect, .side = Failure::Side::upstream});
}

/// May there be one more retry in the cluster? If not, the client gets the answer that there is.
bool Exchange::claim_retry() {
  if (!host_->limits_retries()) return true;
  retry_claim_ = host_->claim_retry();
  if (retry_claim_) return true;
  flags_ |= http::Flag::upstream_overflow;
  worker_.metrics().upstream_overflow(UpstreamLimit::retries);
  return false;
}

/// A limit of the cluster's is reached.
Failure Exchange::overflow() {
  worker_.metrics().upstream_overflow(UpstreamLimit::requests);
  return {.kind = Failure::Kind::overflow, .side = Failure::Side::gateway};
}

/// A gRPC answer without messages has its real status in the head (Envoy: grpcToHttpStatus).
int Exchange::status_for_host(http::ResponseHead const& head) {
  if (!grpc_) return head.status;
  grpc_status_ = -1;
  note_grpc_status(head.headers);
  auto const grpc = routing::grpc_status_of(std::exchange(grpc_status_, -1));
  return grpc ? grpc->http_status : head.status;
}

/// Tells the host what its attempt came to. What our own limits or the client ended says nothing
/// about it.
void Exchange::report_attempt() {
  using Kind = AttemptResult::Kind;
  if (outcome_.response != nullptr) {
    return host_->report({Kind::answered, status_for_host(*outcome_.response)});
  }
  switch (outcome_.failure.kind) {
    case Failure::Kind::overflow:
    case Failure::Kind::cancelled: return;
    case Failure::Kind::timeout: return host_->report({Kind::timed_out});
    case Failure::Kind::closed:
    case Failure::Kind::reset:
    case Failure::Kind::stream_reset:
    case Failure::Kind::connect:
    case Failure::Kind::protocol:
    case Failure::Kind::refused: break;
  }
  host_->report({Kind::broken});
}

}  // namespace tidegate::gateway
