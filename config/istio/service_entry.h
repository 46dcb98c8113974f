#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/istio/gateway.h"
#include "config/resource.h"

/// Istio ServiceEntry and WorkloadEntry (service_entry.proto, workload_entry.proto): where a name
/// leads.
namespace tidegate::config::istio {

enum class Resolution : std::uint8_t {
  none,
  fixed,
  dns,
  dns_round_robin,
  dynamic_dns
};  // fixed = STATIC

struct ServicePort {
  std::uint32_t number = 0;
  Protocol protocol = Protocol::other;
  std::string name;
  std::uint32_t target_port = 0;  ///< 0 = the same number
};

struct WorkloadEntry {
  Metadata metadata;                           ///< only of a document of its own
  Sourced<std::string> address;                ///< IP address, DNS name, or `unix://` and a path
  std::map<std::string, std::uint32_t> ports;  ///< port name → number
  Labels labels;
  std::string locality;  ///< region[/zone[/subzone]]
  std::uint32_t weight = 1;

  [[nodiscard]] bool is_unix() const { return address.value.starts_with("unix://"); }
};

struct ServiceEntry {
  Metadata metadata;
  std::vector<Sourced<std::string>> hosts;  ///< lower-cased
  std::vector<ServicePort> ports;
  Resolution resolution = Resolution::none;
  std::vector<WorkloadEntry> endpoints;
  Labels workload_selector;                    ///< of WorkloadEntry documents in the same namespace
  std::vector<std::string> subject_alt_names;  ///< of the origins, when they are spoken to by TLS
  std::vector<std::string> export_to;          ///< namespaces, `.` and `*`; empty = everywhere
};

}  // namespace tidegate::config::istio
