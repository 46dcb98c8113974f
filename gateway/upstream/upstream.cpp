#include "gateway/upstream/upstream.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>

namespace tidegate::gateway {
namespace {

std::vector<SocketAddress> addresses_of(routing::Cluster const& cluster,
                                        routing::Endpoint const& endpoint, DnsTable const& dns) {
  std::vector<SocketAddress> found;
  auto const add = [&](std::string const& ip) {
    if (auto address = SocketAddress::parse(ip, endpoint.port)) found.push_back(*address);
  };
  add(endpoint.address);  // already numeric, whatever the discovery
  if (!found.empty() || cluster.discovery == routing::Cluster::Discovery::fixed) return found;
  std::vector<std::string> names{endpoint.address};
  names.insert(names.end(), cluster.fallback_names.begin(), cluster.fallback_names.end());
  for (auto const& name : names) {
    auto const entry = dns.find(name);
    if (entry == dns.end()) continue;
    for (auto const& ip : entry->second) add(ip);
    if (!found.empty()) break;
  }
  return found;
}

/// Apart from where it was written.
bool are_alike(std::optional<config::TlsClient> const& a,
               std::optional<config::TlsClient> const& b) {
  auto const identity = [](config::TlsClient const& tls) {
    auto const& pair = tls.certificate;
    return std::tuple(pair ? pair->certificate : "", pair ? pair->key : "", tls.ca_certificates,
                      tls.crl, tls.subject_alt_names, tls.sni, tls.skips_verification,
                      tls.offers_http2);
  };
  if (!a || !b) return a.has_value() == b.has_value();
  return identity(*a) == identity(*b);
}

/// The others, those of the other family first (RFC 8305 §4).
std::vector<SocketAddress> alternatives(std::vector<SocketAddress> all,
                                        SocketAddress const& first) {
  std::erase_if(all, [&](auto const& address) { return address.text() == first.text(); });
  std::stable_partition(all.begin(), all.end(),
                        [&](auto const& address) { return address.family() != first.family(); });
  return all;
}

}  // namespace

Upstream::Upstream(UpstreamContext& context, ClusterStatePtr state)
    : context_(context), state_(std::move(state)), sweep_timer_(context.loop.timers(), *this) {}

Upstream::~Upstream() {
  for (auto const& host : hosts_) host->retire();
}

/// Connections of another protocol, or that were checked against another certificate, are of no
/// use any more.
bool Upstream::is_spoken_to_alike(routing::Cluster const& cluster) const {
  return origin_->protocol == cluster.protocol && are_alike(origin_->tls_settings, cluster.tls);
}

void Upstream::update(routing::Cluster const& cluster,
                      std::shared_ptr<tls::ClientContext const> tls, DnsTable const& dns) {
  Old old;
  bool const keeps_hosts = is_spoken_to_alike(cluster);
  old.had_any = keeps_hosts && !hosts_.empty();
  for (auto& host : hosts_) {
    if (keeps_hosts) {
      old.hosts.emplace(host->text(), std::move(host));
    } else {
      host->retire();
    }
  }
  hosts_.clear();
  auto const before = origin_->outliers;
  origin_ = std::make_shared<Origin const>(Origin{cluster.name, cluster.protocol, cluster.pool,
                                                  cluster.retry_budget, cluster.outliers, state_,
                                                  std::move(tls), cluster.tls});
  for (auto const& endpoint : cluster.endpoints) {
    adopt(endpoint, addresses_of(cluster, endpoint, dns), old);
  }
  for (auto const& [text, host] : old.hosts) host->retire();
  picker_.update(hosts_, cluster, state_->outliers);
  watch_outliers(before);
}

void Upstream::watch_outliers(std::optional<routing::OutlierPolicy> const& before) {
  auto const& policy = origin_->outliers;
  if (policy && (!before || before->interval != policy->interval)) {
    sweep_timer_.arm_in(policy->interval);
  } else if (!policy && before) {
    sweep_timer_.disarm();
    state_->outliers.forgive();
  }
}

void Upstream::on_timer(Timer& /*timer*/) {
  auto const& policy = *origin_->outliers;
  for (auto const& address : state_->outliers.sweep(policy, context_.loop.now())) {
    spdlog::info("{}: {} is used again", origin_->cluster, address);
  }
  sweep_timer_.arm_in(policy.interval);
}

void Upstream::adopt(routing::Endpoint const& endpoint, std::vector<SocketAddress> const& addresses,
                     Old& old) {
  for (auto const& address : addresses) {
    if (auto* const twin = find(address)) {  // named twice: one host with the weight of both
      auto both = twin->endpoint();
      both.weight += endpoint.weight;
      twin->update(both);
      continue;
    }
    HostPtr host;
    if (auto known = old.hosts.find(address.text()); known != old.hosts.end()) {
      host = std::move(known->second);
      old.hosts.erase(known);
      host->update(endpoint);
      host->update(origin_);
    } else {
      host = HostPtr(new Host(context_, address, endpoint, origin_));
      if (old.had_any) host->begin_to_warm_up(context_.loop.now());
    }
    host->set_alternatives(alternatives(addresses, address));
    hosts_.push_back(std::move(host));
  }
}

Host* Upstream::find(SocketAddress const& address) const {
  auto const text = address.text();
  auto const found = std::ranges::find(hosts_, text, [](auto const& host) { return host->text(); });
  return found != hosts_.end() ? found->get() : nullptr;
}

}  // namespace tidegate::gateway
