#include "gateway/upstream/host.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "gateway/observe/metrics.h"
#include "gateway/upstream/dialer.h"
#include "gateway/upstream/h1_client.h"
#include "gateway/upstream/h2_client.h"
#include "http/authority.h"
#include "tls/client_context.h"

namespace tidegate::gateway {

Host::Host(UpstreamContext& context, SocketAddress const& address,
           routing::Endpoint const& endpoint, OriginPtr origin)
    : context_(context),
      address_(address),
      text_(address.text()),
      endpoint_(endpoint),
      sessions_(std::make_unique<tls::ClientSessions>()) {
  update(std::move(origin));
}

Host::~Host() {
  while (!connections_.empty()) connections_.back()->close();
  while (!shared_.empty()) shared_.back()->close(http::Failure::Kind::cancelled);
  if (queue_) context_.loop.dispose(std::move(queue_));
}

void Host::update(OriginPtr origin) {
  origin_ = std::move(origin);
  if (!origin_->outliers) {
    health_.reset();
  } else if (!health_) {
    health_ = origin_->state->outliers.host(text_);
  }
}

void Host::report(AttemptResult result) {
  if (!health_) return;
  auto const ejection =
      origin_->state->outliers.report(*origin_->outliers, *health_, result, context_.loop.now());
  if (!ejection) return;
  auto const reason = OutlierDetector::reason_names[static_cast<std::size_t>(ejection->reason)];
  spdlog::warn("{}: {} is ejected for {} ms: {}", origin_->cluster, text_,
               ejection->duration.count(), reason);
}

bool Host::look_at_health(TimePoint now) {
  bool const is_healthy = !health_ || !health_->is_ejected();
  if (is_healthy && !was_healthy_) used_since_ = now;
  was_healthy_ = is_healthy;
  return is_healthy;
}

http::ClientStreamPtr Host::open(http::ResponseHandler& handler, Reuse reuse,
                                 http::RequestHead const& request) {
  return speaks_http2(origin_->protocol, request.version) ? open_http2(handler, reuse, request)
                                                          : open_http1(handler, reuse, request);
}

/// The name that the connection is made for: part of its identity, since the origin's certificate
/// was checked against it. The same for all when the policy says it, or in clear.
std::string_view Host::server_name(http::RequestHead const& request) const {
  if (!origin_->tls) return {};
  auto const& fixed = origin_->tls_settings->sni;
  return fixed.empty() ? http::host_of(request.authority) : std::string_view(fixed);
}

http::ClientStreamPtr Host::open_http1(http::ResponseHandler& handler, Reuse reuse,
                                       http::RequestHead const& request) {
  auto const name = server_name(request);
  while (reuse != Reuse::never) {
    auto const found = std::find_if(idle_.rbegin(), idle_.rend(), [&](H1Client const* idle) {
      return idle->server_name() == name;
    });
    if (found == idle_.rend()) break;
    H1Client& connection = **found;
    if (connection.begin(handler, reuse)) return http::ClientStreamPtr(&connection);
  }
  auto claim = claim_connection(connections_.empty());
  if (!claim) return nullptr;
  connections_.push_back(
      std::make_unique<H1Client>(context_, *this, *origin_, std::string(name), std::move(claim)));
  H1Client& connection = *connections_.back();
  connection.index_in_host = connections_.size() - 1;
  [[maybe_unused]] bool const is_fresh = connection.begin(handler, reuse);
  return http::ClientStreamPtr(&connection);
}

http::ClientStreamPtr Host::open_http2(http::ResponseHandler& handler, Reuse reuse,
                                       http::RequestHead const& request) {
  auto const name = server_name(request);
  for (std::size_t i = 0; i < shared_.size();) {
    H2Client& connection = *shared_[i];
    bool const fits = connection.server_name() == name && connection.takes_one_more(reuse);
    if (fits) return connection.begin(handler);
    bool const is_still_there = i < shared_.size() && shared_[i].get() == &connection;
    if (is_still_there) ++i;  // else it found out that it is dead
  }
  auto claim = claim_connection(shared_.empty());
  if (!claim && reuse == Reuse::never) return open_http2(handler, Reuse::checked, request);
  if (!claim) return nullptr;
  shared_.push_back(
      std::make_unique<H2Client>(context_, *this, origin_, std::string(name), std::move(claim)));
  return shared_.back()->begin(handler);
}

/// Leave for one more connection. An idle one that does not serve makes room; and a host may always
/// have one of a protocol, or its requests might wait for ever for what others hold (as in Envoy).
Claim Host::claim_connection(bool is_first) {
  auto& used = origin_->state->connections;
  auto const limit = origin_->pool.max_connections.value_or(Origin::unlimited);
  auto claim = Claim::take(used, limit);
  if (!claim && !idle_.empty()) {
    idle_.front()->close();
    claim = Claim::take(used, limit);
  }
  if (!claim && is_first) claim = Claim::take(used, Origin::unlimited);
  return claim;
}

bool Host::is_full(http::RequestHead const& request) const {
  auto const limit = origin_->pool.max_connections.value_or(Origin::unlimited);
  if (origin_->state->connections.load(std::memory_order_relaxed) < limit) return false;
  if (!speaks_http2(origin_->protocol, request.version))
    return !connections_.empty() && idle_.empty();
  return !shared_.empty() &&
         std::ranges::none_of(shared_, [](auto const& each) { return each->has_room(); });
}

bool Host::wait(WaitingRequest& request) {
  if (!queue_) queue_ = std::make_unique<RequestQueue>(context_.loop);
  auto const limit = origin_->pool.http1_max_pending_requests.value_or(Origin::unlimited);
  return queue_->join(request, origin_->state->pending, limit);
}

Claim Host::claim_request() const {
  return Claim::take(origin_->state->requests,
                     origin_->pool.http2_max_requests.value_or(Origin::unlimited));
}

Claim Host::claim_retry() const {
  return Claim::take(origin_->state->retries, origin_->retry_limit());
}

void Host::on_room() {
  if (queue_) queue_->wake();
}

void Host::note_failure(std::string const& error) {
  connect_error_ = error;
  if (queue_) queue_->give_up();
}

std::unique_ptr<Dialer> Host::dial(EventHandler& owner, Origin const& origin,
                                   std::string_view server_name) {
  std::vector<SocketAddress> addresses{address_};
  addresses.insert(addresses.end(), alternatives_.begin(), alternatives_.end());
  return std::make_unique<Dialer>(
      context_.loop, owner, Dialer::Target{std::move(addresses), origin, server_name, *sessions_},
      origin.pool.connect_timeout.value_or(context_.limits.connect_timeout));
}

void Host::retire() {
  is_retired_ = true;
  health_.reset();
  while (!idle_.empty()) idle_.back()->close();
  for (std::size_t i = shared_.size(); i-- > 0;) shared_[i]->retire();
}

bool Host::wants_idle() const {
  return !is_retired_ && context_.limits.upstream_idle_connections > 0;
}

void Host::on_idle(H1Client& connection) {
  if (idle_.size() >= context_.limits.upstream_idle_connections) idle_.front()->close();
  idle_.push_back(&connection);
  context_.metrics.upstream_connection_idle();
  on_room();
}

void Host::on_left_idle(H1Client& connection) {
  if (idle_.back() == &connection) {
    idle_.pop_back();  // the usual case: the one that `open` takes
  } else {
    std::erase(idle_, &connection);
  }
  context_.metrics.upstream_connection_taken();
}

void Host::on_closed(H1Client& connection) {
  auto const index = connection.index_in_host;
  auto dead = std::move(connections_[index]);
  if (index + 1 != connections_.size()) {
    connections_[index] = std::move(connections_.back());
    connections_[index]->index_in_host = index;
  }
  connections_.pop_back();
  context_.loop.dispose(std::move(dead));
  on_room();
}

void Host::on_closed(H2Client& connection) {
  auto const found = std::ranges::find(shared_, &connection, &std::unique_ptr<H2Client>::get);
  context_.loop.dispose(std::move(*found));
  shared_.erase(found);
  on_room();
}

}  // namespace tidegate::gateway
