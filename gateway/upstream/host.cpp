#include "gateway/upstream/host.h"

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
      origin_(std::move(origin)),
      sessions_(std::make_unique<tls::ClientSessions>()) {}

Host::~Host() {
  while (!connections_.empty()) connections_.back()->close();
  while (!shared_.empty()) shared_.back()->close(http::Failure::Kind::cancelled);
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
  connections_.push_back(std::make_unique<H1Client>(context_, *this, *origin_, std::string(name)));
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
  shared_.push_back(std::make_unique<H2Client>(context_, *this, origin_, std::string(name)));
  return shared_.back()->begin(handler);
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
}

void Host::on_closed(H2Client& connection) {
  auto const found = std::ranges::find(shared_, &connection, &std::unique_ptr<H2Client>::get);
  context_.loop.dispose(std::move(*found));
  shared_.erase(found);
}

}  // namespace tidegate::gateway
