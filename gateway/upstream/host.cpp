#include "gateway/upstream/host.h"

#include <algorithm>
#include <utility>

#include "gateway/observe/metrics.h"
#include "gateway/upstream/h1_client.h"

namespace tidegate::gateway {

Host::Host(UpstreamContext& context, SocketAddress const& address,
           routing::Endpoint const& endpoint)
    : context_(context), address_(address), text_(address.text()), endpoint_(endpoint) {}

Host::~Host() {
  while (!connections_.empty()) connections_.back()->close();
}

http::ClientStreamPtr Host::open(http::ResponseHandler& handler, Reuse reuse) {
  while (reuse != Reuse::never && !idle_.empty()) {
    H1Client& connection = *idle_.back();
    if (connection.begin(handler, reuse)) return http::ClientStreamPtr(&connection);
  }
  std::vector<SocketAddress> addresses{address_};
  addresses.insert(addresses.end(), alternatives_.begin(), alternatives_.end());
  connections_.push_back(std::make_unique<H1Client>(context_, *this, std::move(addresses)));
  H1Client& connection = *connections_.back();
  connection.index_in_host = connections_.size() - 1;
  [[maybe_unused]] bool const is_fresh = connection.begin(handler, reuse);
  return http::ClientStreamPtr(&connection);
}

void Host::retire() {
  is_retired_ = true;
  while (!idle_.empty()) idle_.back()->close();
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

}  // namespace tidegate::gateway
