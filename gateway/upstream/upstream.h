#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/upstream/host.h"
#include "routing/cluster.h"
#include "routing/random.h"

namespace tidegate::gateway {

/// Name → numeric addresses, as the resolver last knew them. Replaced whole.
using DnsTable = std::unordered_map<std::string, std::vector<std::string>>;

/// A cluster as one worker sees it: the hosts that it has now. Survives reloads; its hosts keep
/// their connections as long as their address stays.
class Upstream {
 public:
  explicit Upstream(UpstreamContext& context) : context_(context) {}
  ~Upstream();
  Upstream(Upstream const&) = delete;
  Upstream& operator=(Upstream const&) = delete;

  /// The cluster's endpoints, or what DNS knows of them, are these from now on. Hosts are kept
  /// where address, protocol and TLS stay the same. `tls` is null for clusters in clear.
  void update(routing::Cluster const& cluster, std::shared_ptr<tls::ClientContext const> tls,
              DnsTable const& dns);

  /// The host with fewer active requests of two drawn by weight (Envoy: least request). One that
  /// stands in `avoid` is taken only when there is no other (Istio's previous-hosts predicate gives
  /// up after five draws; this one does not). Null when the cluster has no host.
  [[nodiscard]] HostPtr pick(routing::Random& random, std::span<HostPtr const> avoid) const;
  [[nodiscard]] std::vector<HostPtr> const& hosts() const { return hosts_; }

 private:
  [[nodiscard]] Host* find(SocketAddress const& address) const;
  [[nodiscard]] Host& draw(routing::Random& random) const;
  void adopt(routing::Endpoint const& endpoint, std::vector<SocketAddress> const& addresses,
             std::map<std::string, HostPtr>& old);

  [[nodiscard]] bool is_spoken_to_alike(routing::Cluster const& cluster) const;

  UpstreamContext& context_;
  OriginPtr origin_ = std::make_shared<Origin const>();
  std::vector<HostPtr> hosts_;
  std::vector<std::uint64_t> cumulative_weights_;
};

}  // namespace tidegate::gateway
