#include "routing/compile_clusters.h"

#include <algorithm>
#include <optional>

#include "config/names.h"
#include "routing/compile_origin.h"
#include "routing/config_order.h"
#include "routing/traffic_policy.h"

namespace tidegate::routing {

namespace {

using config::istio::Destination;
using config::istio::Resolution;
using config::istio::ServiceEntry;
using config::istio::ServicePort;
using config::istio::Subset;
using config::istio::WorkloadEntry;

ServicePort const* port_of(ServiceEntry const& entry, std::uint32_t number) {
  auto const found = std::find_if(entry.ports.begin(), entry.ports.end(),
                                  [&](ServicePort const& port) { return port.number == number; });
  return found == entry.ports.end() ? nullptr : &*found;
}

template <class Items, class Text>
std::string list_of(Items const& items, Text text) {
  std::string list;
  for (auto const& item : items) list += (list.empty() ? "" : ", ") + text(item);
  return list;
}

/// Istio: destination.port, else the service's only port. Nothing: the port of the listener.
std::optional<std::uint32_t> named_port(Destination const& destination, Service const& service) {
  if (destination.port) return destination.port;
  if (service.entry && service.entry->ports.size() == 1) return service.entry->ports.front().number;
  return std::nullopt;
}

/// Nothing when the service has no such port, which is reported.
std::optional<std::uint16_t> check_port(std::uint32_t number, Destination const& destination,
                                        Service const& service, Report& report) {
  if (service.entry && !service.entry->ports.empty() && !port_of(*service.entry, number)) {
    report.error(beside(destination.host.origin, "port"),
                 "ServiceEntry " + full_name(service.entry->metadata) + " has no port " +
                     std::to_string(number) + "; it has " +
                     list_of(service.entry->ports,
                             [](ServicePort const& port) { return std::to_string(port.number); }));
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(number);
}

/// Istio: endpoint.ports[port name] before targetPort before the port itself.
std::uint16_t endpoint_port(WorkloadEntry const& workload, ServicePort const* port,
                            std::uint16_t number) {
  if (!port) return number;
  auto const own = workload.ports.find(port->name);
  if (own != workload.ports.end()) return static_cast<std::uint16_t>(own->second);
  return static_cast<std::uint16_t>(port->target_port != 0 ? port->target_port : port->number);
}

Subset const* choose_subset(Destination const& destination, Service const& service,
                            Services const& services, Report& report) {
  auto const subsets = services.subsets(service);
  auto const found = std::find_if(subsets.begin(), subsets.end(), [&](Subset const* subset) {
    return subset->name == destination.subset.value;
  });
  if (found != subsets.end()) return *found;
  report.error(destination.subset.origin,
               subsets.empty()
                   ? "no DestinationRule defines subsets of " + service.host +
                         "; add one with a subset " + destination.subset.value
                   : "no DestinationRule defines a subset " + destination.subset.value + " of " +
                         service.host + "; there is " +
                         list_of(subsets, [](Subset const* subset) { return subset->name; }));
  return nullptr;
}

}  // namespace

ClusterCatalog::ClusterCatalog(config::Documents const& documents, Report& report)
    : services_(documents), secrets_(documents.secrets), report_(report) {
  for (ServiceEntry const& entry : documents.service_entries)
    for (auto const& host : entry.hosts)
      if (host.value.starts_with('*'))
        report_.warning(host.origin,
                        "not supported yet: " + host.origin.path + ": a wildcard host is ignored");
}

Cluster const* ClusterCatalog::find(Destination const& destination, std::string const& name_space,
                                    std::uint16_t gateway_port) {
  std::string arguments = destination.host.value + '|' + name_space + '|' +
                          destination.subset.value + '|' + std::to_string(gateway_port);
  if (destination.port) arguments += '|' + std::to_string(*destination.port);
  auto found = found_.find(arguments);
  if (found == found_.end()) {
    Found const result = look_up(destination, name_space, gateway_port);
    if (!result.cluster) return nullptr;  // to be reported wherever it is written
    found = found_.emplace(std::move(arguments), result).first;
  }
  if (found->second.by_gateway_port) ++found_by_gateway_port_;
  return found->second.cluster;
}

ClusterCatalog::Found ClusterCatalog::look_up(Destination const& destination,
                                              std::string const& name_space,
                                              std::uint16_t gateway_port) {
  Service const service = services_.find(destination.host.value, name_space, destination.port);
  auto const named = named_port(destination, service);
  auto const port = check_port(named.value_or(gateway_port), destination, service, report_);
  if (!port) return {};

  Subset const* subset = nullptr;
  if (!destination.subset.value.empty()) {
    subset = choose_subset(destination, service, services_, report_);
    if (!subset) return {};
  }

  Key key{service.host, service.entry, *port, destination.subset.value};
  auto const known = by_key_.find(key);
  return {known != by_key_.end() ? known->second : add(std::move(key), service, subset), !named};
}

Cluster const* ClusterCatalog::add(Key key, Service const& service, Subset const* subset) {
  auto cluster = std::make_unique<Cluster>();
  auto const name_with = [&](std::string const& host) {
    return "outbound|" + std::to_string(key.port) + '|' + key.subset + '|' + host;
  };
  cluster->name = name_with(service.host);
  // Two namespaces may have a ServiceEntry of the same short name each.
  if (names_.contains(cluster->name)) cluster->name = name_with(service.fqdn);
  names_.insert(cluster->name);
  cluster->service = service.host;
  cluster->service_name = service.name;
  cluster->name_space = service.name_space;
  cluster->subset = key.subset;
  cluster->port = key.port;
  cluster->id = static_cast<std::uint32_t>(clusters_.size());

  if (!service.entry) {
    fill_by_dns(*cluster, service, subset);
  } else if (is_usable(*cluster, service)) {
    fill_from_entry(*cluster, service);
    if (subset) keep_subset(*cluster, *subset);
  }
  apply_rules(*cluster, service, subset);
  clusters_.push_back(std::move(cluster));
  return by_key_.emplace(std::move(key), clusters_.back().get()).first->second;
}

void ClusterCatalog::apply_rules(Cluster& cluster, Service const& service, Subset const* subset) {
  auto const rules = services_.rules(service);
  auto const policy_of = [](auto const& written) { return written ? &*written : nullptr; };
  auto const* const own = subset ? policy_of(subset->traffic_policy) : nullptr;
  auto const* const common = rules.empty() ? nullptr : policy_of(rules.front()->traffic_policy);
  apply_policy(cluster, service.entry ? port_of(*service.entry, cluster.port) : nullptr,
               effective_policy(common, own, cluster.port),
               rules.empty() ? std::string() : rules.front()->metadata.name_space, secrets_,
               report_);
  if (service.entry && cluster.tls && cluster.tls->subject_alt_names.empty())
    cluster.tls->subject_alt_names = service.entry->subject_alt_names;
}

bool ClusterCatalog::is_usable(Cluster const& cluster, Service const& service) {
  Resolution const resolution = service.entry->resolution;
  if (resolution != Resolution::none && resolution != Resolution::dynamic_dns) return true;
  report_.warning(within(service.entry->metadata, "spec.resolution"),
                  std::string("not supported yet: spec.resolution: ") +
                      (resolution == Resolution::none ? "NONE" : "DYNAMIC_DNS") + "; " +
                      cluster.service +
                      " has no endpoints and is answered with 503; write STATIC or DNS");
  return false;
}

void ClusterCatalog::fill_from_entry(Cluster& cluster, Service const& service) {
  ServiceEntry const& entry = *service.entry;
  cluster.discovery =
      entry.resolution == Resolution::fixed ? Cluster::Discovery::fixed : Cluster::Discovery::dns;
  if (entry.resolution == Resolution::dns_round_robin)
    report_.notice(within(entry.metadata, "spec.resolution"),
                   "DNS_ROUND_ROBIN is served as DNS: every address found is used");

  ServicePort const* const port = port_of(entry, cluster.port);
  auto const workloads = services_.workloads(entry);
  for (WorkloadEntry const* workload : workloads) {
    if (!has_valid_address(*workload, cluster.discovery)) continue;
    cluster.endpoints.push_back({.address = workload->address.value,
                                 .port = endpoint_port(*workload, port, cluster.port),
                                 .weight = std::max<std::uint32_t>(workload->weight, 1),
                                 .labels = workload->labels,
                                 .locality = workload->locality});
  }
  if (!workloads.empty()) return;
  if (entry.workload_selector.empty() && cluster.discovery == Cluster::Discovery::dns)
    cluster.endpoints.push_back({.address = service.host,
                                 .port = endpoint_port({}, port, cluster.port),
                                 .weight = 1,
                                 .labels = {},
                                 .locality = {}});
  else if (!entry.workload_selector.empty())
    report_.warning(within(entry.metadata, "spec.workloadSelector"),
                    "no WorkloadEntry of namespace " + entry.metadata.name_space +
                        " carries these labels: requests for " + cluster.service +
                        " are answered with 503");
}

bool ClusterCatalog::has_valid_address(WorkloadEntry const& workload,
                                       Cluster::Discovery discovery) {
  std::string const& address = workload.address.value;
  bool const may_be_name = discovery == Cluster::Discovery::dns;
  if (config::is_ip_address(address) || (may_be_name && config::is_dns_name(address))) return true;
  std::string message = "with resolution STATIC an endpoint is an IP address; \"" + address +
                        "\" is none (resolution DNS takes names)";
  if (may_be_name) message = "\"" + address + "\" is neither an IP address nor a DNS name";
  // Reading a ServiceEntry shows what is wrong with endpoints of its own; only a WorkloadEntry does
  // not know who selects it.
  if (workload.metadata.name.empty())
    report_.error_of_document(workload.address.origin, std::move(message));
  else
    report_.error(workload.address.origin, std::move(message));
  return false;
}

void ClusterCatalog::keep_subset(Cluster& cluster, Subset const& subset) {
  if (cluster.endpoints.empty()) return;
  std::erase_if(cluster.endpoints,
                [&](Endpoint const& endpoint) { return !carries(endpoint.labels, subset.labels); });
  if (cluster.endpoints.empty())
    report_.warning(subset.origin, "no endpoint of " + cluster.service +
                                       " carries the labels of subset " + subset.name +
                                       ": its requests are answered with 503");
}

void ClusterCatalog::fill_by_dns(Cluster& cluster, Service const& service, Subset const* subset) {
  bool const is_address = config::is_ip_address(service.as_written);
  cluster.discovery = is_address ? Cluster::Discovery::fixed : Cluster::Discovery::dns;
  if (subset && !subset->labels.empty()) {
    report_.warning(subset->origin, cluster.service +
                                        " is resolved by DNS, which knows no labels: subset " +
                                        subset->name +
                                        " has no endpoints and is answered with 503; add a "
                                        "ServiceEntry whose endpoints carry labels");
    return;
  }
  cluster.endpoints.push_back({.address = service.as_written,
                               .port = cluster.port,
                               .weight = 1,
                               .labels = {},
                               .locality = {}});
  if (!is_address) cluster.fallback_names = service.fallback_names;
}

}  // namespace tidegate::routing
