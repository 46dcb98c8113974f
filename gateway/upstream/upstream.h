#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/upstream/cluster_state.h"
#include "gateway/upstream/host.h"
#include "gateway/upstream/host_picker.h"
#include "routing/cluster.h"
#include "routing/random.h"

namespace tidegate::gateway {

/// Name → numeric addresses, as the resolver last knew them. Replaced whole.
using DnsTable = std::unordered_map<std::string, std::vector<std::string>>;

/// A cluster as one worker sees it: the hosts that it has now. Survives reloads; its hosts keep
/// their connections as long as their address stays.
class Upstream final : public TimerHandler {
 public:
  /// `state` is shared with the other workers.
  Upstream(UpstreamContext& context, ClusterStatePtr state);
  ~Upstream();
  Upstream(Upstream const&) = delete;
  Upstream& operator=(Upstream const&) = delete;

  /// The cluster's endpoints, or what DNS knows of them, are these from now on. Hosts are kept
  /// where address, protocol and TLS stay the same. `tls` is null for clusters in clear.
  void update(routing::Cluster const& cluster, std::shared_ptr<tls::ClientContext const> tls,
              DnsTable const& dns);

  /// For the next attempt; null when no host may be used.
  [[nodiscard]] HostPtr pick(routing::Random& random, HostWish const& wish) {
    return picker_.pick(random, wish, context_.loop.now());
  }
  [[nodiscard]] std::vector<HostPtr> const& hosts() const { return hosts_; }

  void on_timer(Timer& timer) override;  ///< may an ejected host come back?

 private:
  [[nodiscard]] Host* find(SocketAddress const& address) const;
  /// The hosts before an update that may be kept.
  struct Old {
    std::map<std::string, HostPtr> hosts;
    bool had_any = false;
  };
  void adopt(routing::Endpoint const& endpoint, std::vector<SocketAddress> const& addresses,
             Old& old);
  void watch_outliers(std::optional<routing::OutlierPolicy> const& before);

  [[nodiscard]] bool is_spoken_to_alike(routing::Cluster const& cluster) const;

  UpstreamContext& context_;
  ClusterStatePtr state_;
  OriginPtr origin_ = std::make_shared<Origin const>();
  std::vector<HostPtr> hosts_;
  HostPicker picker_;
  Timer sweep_timer_;
};

}  // namespace tidegate::gateway
