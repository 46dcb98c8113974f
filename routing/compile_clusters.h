#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "config/load.h"
#include "routing/cluster.h"
#include "routing/report.h"
#include "routing/services.h"

namespace tidegate::routing {

/// Makes one cluster of every (service, port, subset) that a route leads to.
class ClusterCatalog {
 public:
  /// `documents` and `report` must outlive this.
  ClusterCatalog(config::Documents const& documents, Report& report);

  /// Where a VirtualService in `name_space` means to send requests that came in by `gateway_port`
  /// (the port of a destination that names none). Null when that cannot be told; it was reported.
  [[nodiscard]] Cluster const* find(config::istio::Destination const& destination,
                                    std::string const& name_space, std::uint16_t gateway_port);

  /// How many of the calls of `find` so far depended on `gateway_port`.
  [[nodiscard]] std::size_t found_by_gateway_port() const { return found_by_gateway_port_; }

  /// All clusters, in the order in which they were first asked for. Their addresses stay.
  [[nodiscard]] std::vector<std::unique_ptr<Cluster>> take() { return std::move(clusters_); }

 private:
  struct Key {
    std::string host;
    config::istio::ServiceEntry const* entry;
    std::uint16_t port;
    std::string subset;
    auto operator<=>(Key const&) const = default;
  };

  /// What `find` found.
  struct Found {
    Cluster const* cluster = nullptr;
    bool by_gateway_port = false;
  };

  [[nodiscard]] Found look_up(config::istio::Destination const& destination,
                              std::string const& name_space, std::uint16_t gateway_port);
  Cluster const* add(Key key, Service const& service, config::istio::Subset const* subset);
  void fill_from_entry(Cluster& cluster, Service const& service);
  void fill_by_dns(Cluster& cluster, Service const& service, config::istio::Subset const* subset);
  void apply_rules(Cluster& cluster, Service const& service, config::istio::Subset const* subset);
  void keep_subset(Cluster& cluster, config::istio::Subset const& subset);
  [[nodiscard]] bool is_usable(Cluster const& cluster, Service const& service);
  [[nodiscard]] bool has_valid_address(config::istio::WorkloadEntry const& workload,
                                       Cluster::Discovery discovery);

  Services services_;
  std::vector<config::Secret> const& secrets_;
  Report& report_;
  std::vector<std::unique_ptr<Cluster>> clusters_;
  std::map<Key, Cluster const*> by_key_;
  std::unordered_set<std::string> names_;         ///< of the clusters
  std::unordered_map<std::string, Found> found_;  ///< by all arguments of `find`
  std::size_t found_by_gateway_port_ = 0;
};

}  // namespace tidegate::routing
