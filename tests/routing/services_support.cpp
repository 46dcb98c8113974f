#include "tests/routing/services_support.h"

namespace tidegate::routing::test {

WorkloadEntry workload(std::string address, config::Labels labels) {
  WorkloadEntry result;
  result.address = sourced(std::move(address), "spec.endpoints[0].address", 71);
  result.labels = std::move(labels);
  return result;
}

ServiceEntry service_entry(Strings const& hosts, Resolution resolution,
                           std::vector<WorkloadEntry> endpoints, std::string name_space) {
  ServiceEntry result;
  result.metadata = metadata("entry-" + name_space, std::move(name_space), 70);
  result.hosts = sourced_all(hosts, "spec.hosts");
  result.ports = {{80, config::istio::Protocol::http, "http", 0}};
  result.resolution = resolution;
  result.endpoints = std::move(endpoints);
  return result;
}

DestinationRule rule(std::string host, std::vector<std::pair<std::string, config::Labels>> subsets,
                     std::string name_space) {
  DestinationRule result;
  result.metadata = metadata("rule-" + host, std::move(name_space), 80);
  result.host = sourced(std::move(host));
  for (auto& [name, labels] : subsets)
    result.subsets.push_back({.name = name,
                              .labels = labels,
                              .traffic_policy = {},
                              .origin = at(81, "spec.subsets[0]")});
  return result;
}

Documents leading_to(WeightedDestination destination, std::vector<ServiceEntry> entries,
                     std::vector<DestinationRule> rules) {
  Documents documents = documents_with({route("r", {}, {std::move(destination)})});
  documents.service_entries = std::move(entries);
  documents.destination_rules = std::move(rules);
  return documents;
}

Cluster const& only_cluster(Compiled const& result) {
  static Cluster const none;
  static std::shared_ptr<Snapshot const> kept;  // the tests pass temporaries
  kept = result.snapshot;
  EXPECT_TRUE(kept) << result.all();
  if (!kept) return none;
  EXPECT_EQ(kept->clusters.size(), 1U);
  return *kept->clusters.front();
}

Strings addresses(Cluster const& cluster) {
  Strings result;
  for (Endpoint const& endpoint : cluster.endpoints)
    result.push_back(endpoint.address + '/' + std::to_string(endpoint.port));
  return result;
}

}  // namespace tidegate::routing::test
