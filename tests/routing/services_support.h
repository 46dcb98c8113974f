#pragma once

#include "tests/routing/support.h"

/// Services in few words: ServiceEntries, DestinationRules, and one route that leads to them.
namespace tidegate::routing::test {

using config::istio::DestinationRule;
using config::istio::Resolution;
using config::istio::ServiceEntry;
using config::istio::WorkloadEntry;

WorkloadEntry workload(std::string address, config::Labels labels = {});
/// With port 80, called `http`.
ServiceEntry service_entry(Strings const& hosts, Resolution resolution,
                           std::vector<WorkloadEntry> endpoints,
                           std::string name_space = "default");
DestinationRule rule(std::string host, std::vector<std::pair<std::string, config::Labels>> subsets,
                     std::string name_space = "default");

/// One route, `r`, for every request to a.test.
Documents leading_to(WeightedDestination destination, std::vector<ServiceEntry> entries = {},
                     std::vector<DestinationRule> rules = {});
/// Fails the test when there is not exactly one. Good until the next call.
Cluster const& only_cluster(Compiled const& result);
/// `address/port` of every endpoint.
Strings addresses(Cluster const& cluster);

}  // namespace tidegate::routing::test
