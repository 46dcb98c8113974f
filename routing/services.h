#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "config/load.h"

namespace tidegate::routing {

/// What a destination's host stands for. Borrows from the documents.
struct Service {
  std::string host;  ///< of the ServiceEntry; else the FQDN, or the name as written
  std::string name;  ///< first label of an in-cluster service, else the host
  std::string name_space;
  config::istio::ServiceEntry const* entry = nullptr;  ///< null: the name is resolved by DNS
  std::string as_written;
  std::string fqdn;                         ///< unique across namespaces
  std::vector<std::string> identities;      ///< full names by which a DestinationRule may mean it
  std::vector<std::string> fallback_names;  ///< DNS names to try after `as_written`
};

/// Knows every service of the documents by its name, and the subsets that DestinationRules define.
class Services {
 public:
  /// `documents` must outlive this.
  explicit Services(config::Documents const& documents);

  /// `host` as a document in `name_space` means it. Of several ServiceEntries one in the same
  /// namespace that has `port` is preferred, then one that has it, then one in the namespace.
  [[nodiscard]] Service find(std::string_view host, std::string const& name_space,
                             std::optional<std::uint32_t> port) const;

  /// The DestinationRules of a service: every one for its very name; where there is none, those
  /// with the longest wildcard. The first one's policy counts.
  [[nodiscard]] std::vector<config::istio::DestinationRule const*> rules(
      Service const& service) const;

  /// All subsets of its rules. The first of a name counts.
  [[nodiscard]] std::vector<config::istio::Subset const*> subsets(Service const& service) const;

  /// The endpoints of a ServiceEntry: its own, or the WorkloadEntries that its selector picks.
  [[nodiscard]] std::vector<config::istio::WorkloadEntry const*> workloads(
      config::istio::ServiceEntry const& entry) const;

 private:
  /// By place in Istio's order.
  using RankedRules = std::map<std::size_t, config::istio::DestinationRule const*>;

  [[nodiscard]] std::string expand(std::string_view host, std::string const& name_space) const;
  [[nodiscard]] config::istio::ServiceEntry const* entry_for(
      std::string const& host, std::string const& name_space,
      std::optional<std::uint32_t> port) const;

  std::string domain_suffix_;  ///< `.svc.cluster.local`
  std::map<std::string, std::vector<config::istio::ServiceEntry const*>, std::less<>> entries_;
  /// By the full host that they are for, which may be a wildcard.
  std::unordered_map<std::string, RankedRules> rules_;
  /// By namespace and one label, so that a selector looks at few; each list in Istio's order.
  std::map<std::tuple<std::string, std::string, std::string>,
           std::vector<config::istio::WorkloadEntry const*>>
      workloads_;
};

}  // namespace tidegate::routing
