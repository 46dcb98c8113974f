#include "routing/services.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "config/scalars.h"
#include "routing/config_order.h"

namespace tidegate::routing {

namespace {

using config::istio::DestinationRule;
using config::istio::ServiceEntry;
using config::istio::Subset;
using config::istio::WorkloadEntry;

bool has_port(ServiceEntry const& entry, std::uint32_t number) {
  return std::any_of(entry.ports.begin(), entry.ports.end(),
                     [&](auto const& port) { return port.number == number; });
}

}  // namespace

Services::Services(config::Documents const& documents)
    : domain_suffix_(".svc." + documents.settings.gateway.cluster_domain) {
  std::size_t rank = 0;
  for (DestinationRule const* rule : in_config_order(documents.destination_rules))
    rules_[expand(config::to_lower(rule->host.value), rule->metadata.name_space)].emplace(rank++,
                                                                                          rule);
  for (WorkloadEntry const* workload : in_config_order(documents.workload_entries))
    for (auto const& [key, value] : workload->labels)
      workloads_[{workload->metadata.name_space, key, value}].push_back(workload);
  for (ServiceEntry const* entry : in_config_order(documents.service_entries))
    for (auto const& host : entry->hosts)
      if (!host.value.starts_with('*')) entries_[host.value].push_back(entry);
}

std::string Services::expand(std::string_view host, std::string const& name_space) const {
  std::string result(host);
  // A name with a dot, a colon (IPv6) or a star is whole already.
  if (host.find_first_of(".:*") != std::string_view::npos) return result;
  return result + '.' + name_space + domain_suffix_;
}

ServiceEntry const* Services::entry_for(std::string const& host, std::string const& name_space,
                                        std::optional<std::uint32_t> port) const {
  auto const found = entries_.find(host);
  if (found == entries_.end()) return nullptr;
  auto const rank = [&](ServiceEntry const* entry) {
    return (port && has_port(*entry, *port) ? 2 : 0) +
           (entry->metadata.name_space == name_space ? 1 : 0);
  };
  auto const& candidates = found->second;
  return *std::max_element(candidates.begin(), candidates.end(),
                           [&](auto const* a, auto const* b) { return rank(a) < rank(b); });
}

Service Services::find(std::string_view host, std::string const& name_space,
                       std::optional<std::uint32_t> port) const {
  Service service;
  service.as_written = config::to_lower(host);
  if (service.as_written.ends_with('.')) service.as_written.pop_back();
  service.fqdn = expand(service.as_written, name_space);

  // In-cluster names that the one written may be short for: `name` and `name.namespace`.
  auto const dots = std::count(service.as_written.begin(), service.as_written.end(), '.');
  std::string full_name;
  if (dots == 0 && service.fqdn != service.as_written) full_name = service.fqdn;
  if (dots == 1) full_name = service.as_written + domain_suffix_;

  service.host = service.as_written;
  service.entry = entry_for(service.as_written, name_space, port);
  if (!service.entry && !full_name.empty()) {
    service.entry = entry_for(full_name, name_space, port);
    if (service.entry || dots == 0) service.host = full_name;
  }
  service.identities = {service.fqdn};
  if (!full_name.empty()) service.identities.push_back(full_name);
  if (service.entry) {
    service.fqdn = expand(service.host, service.entry->metadata.name_space);
    service.identities.push_back(service.fqdn);
  } else if (!full_name.empty()) {
    service.fallback_names.push_back(full_name);
  }

  service.name = service.host;
  service.name_space = service.entry ? service.entry->metadata.name_space : name_space;
  if (service.host.ends_with(domain_suffix_)) {
    std::size_t const first = service.host.find('.');
    std::size_t const second = service.host.find('.', first + 1);
    service.name = service.host.substr(0, first);
    service.name_space = service.host.substr(first + 1, second - first - 1);
  }
  return service;
}

std::vector<DestinationRule const*> Services::rules(Service const& service) const {
  // What may be written for the service, what names it best first.
  constexpr std::size_t exact = std::string::npos;
  std::map<std::size_t, std::set<std::string>, std::greater<>> patterns;
  for (std::string const& identity : service.identities) {
    patterns[exact].insert(identity);
    for (auto dot = identity.find('.', 1); dot != identity.npos;
         dot = identity.find('.', dot + 1)) {
      std::string pattern = '*' + identity.substr(dot);
      patterns[pattern.size()].insert(std::move(pattern));
    }
  }
  patterns[1].insert("*");

  for (auto const& [length, same] : patterns) {
    std::map<std::size_t, DestinationRule const*> found;
    for (std::string const& pattern : same)
      if (auto const known = rules_.find(pattern); known != rules_.end())
        found.insert(known->second.begin(), known->second.end());
    if (found.empty()) continue;
    std::vector<DestinationRule const*> rules;
    for (auto const& [rank, rule] : found) rules.push_back(rule);
    return rules;
  }
  return {};
}

std::vector<Subset const*> Services::subsets(Service const& service) const {
  std::vector<Subset const*> result;
  for (DestinationRule const* rule : rules(service))
    for (Subset const& subset : rule->subsets)
      if (std::none_of(result.begin(), result.end(),
                       [&](Subset const* other) { return other->name == subset.name; }))
        result.push_back(&subset);
  return result;
}

std::vector<WorkloadEntry const*> Services::workloads(ServiceEntry const& entry) const {
  std::vector<WorkloadEntry const*> result;
  for (WorkloadEntry const& endpoint : entry.endpoints) result.push_back(&endpoint);
  if (entry.workload_selector.empty()) return result;
  std::vector<WorkloadEntry const*> const* rarest = nullptr;
  for (auto const& [key, value] : entry.workload_selector) {
    auto const known = workloads_.find({entry.metadata.name_space, key, value});
    if (known == workloads_.end()) return result;
    if (!rarest || known->second.size() < rarest->size()) rarest = &known->second;
  }
  for (WorkloadEntry const* workload : *rarest)
    if (carries(workload->labels, entry.workload_selector)) result.push_back(workload);
  return result;
}

}  // namespace tidegate::routing
