#include "gateway/upstream/upstream.h"

#include <algorithm>
#include <tuple>

namespace tidegate::gateway {
namespace {

constexpr int kRedraws = 5;  // Istio: hostSelectionRetryMaxAttempts

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
  std::map<std::string, HostPtr> old;
  bool const keeps_hosts = is_spoken_to_alike(cluster);
  for (auto& host : hosts_) {
    if (keeps_hosts) {
      old.emplace(host->text(), std::move(host));
    } else {
      host->retire();
    }
  }
  hosts_.clear();
  origin_ = std::make_shared<Origin const>(
      Origin{cluster.protocol, cluster.pool, std::move(tls), cluster.tls});
  cumulative_weights_.clear();
  for (auto const& endpoint : cluster.endpoints) {
    adopt(endpoint, addresses_of(cluster, endpoint, dns), old);
  }
  for (auto const& [text, host] : old) host->retire();
  std::uint64_t total = 0;
  for (auto const& host : hosts_) cumulative_weights_.push_back(total += host->endpoint().weight);
}

void Upstream::adopt(routing::Endpoint const& endpoint, std::vector<SocketAddress> const& addresses,
                     std::map<std::string, HostPtr>& old) {
  for (auto const& address : addresses) {
    if (auto* const twin = find(address)) {  // named twice: one host with the weight of both
      auto both = twin->endpoint();
      both.weight += endpoint.weight;
      twin->update(both);
      continue;
    }
    HostPtr host;
    if (auto known = old.find(address.text()); known != old.end()) {
      host = std::move(known->second);
      old.erase(known);
      host->update(endpoint);
      host->update(origin_);
    } else {
      host = HostPtr(new Host(context_, address, endpoint, origin_));
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

Host& Upstream::draw(routing::Random& random) const {
  auto const total = cumulative_weights_.back();
  if (total == 0) return *hosts_[random.below(hosts_.size())];
  auto const at =
      std::upper_bound(cumulative_weights_.begin(), cumulative_weights_.end(), random.below(total));
  return *hosts_[static_cast<std::size_t>(at - cumulative_weights_.begin())];
}

HostPtr Upstream::pick(routing::Random& random, std::span<HostPtr const> avoid) const {
  if (hosts_.empty()) return nullptr;
  if (hosts_.size() == 1) return hosts_.front();
  auto const is_new = [&](Host const& host) {
    return std::ranges::find(avoid, &host, &HostPtr::get) == avoid.end();
  };
  for (int draws = 0; draws <= kRedraws; ++draws) {
    Host& one = draw(random);
    Host& other = draw(random);
    Host& choice = other.active_requests() < one.active_requests() ? other : one;
    if (is_new(choice)) return HostPtr(&choice);
  }
  // A dead host fails fast, so it has few requests under way and would be drawn again and again.
  auto const fresh = std::ranges::find_if(hosts_, [&](auto const& host) { return is_new(*host); });
  return fresh != hosts_.end() ? *fresh : HostPtr(&draw(random));
}

}  // namespace tidegate::gateway
