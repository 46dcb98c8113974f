#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "routing/host_index.h"
#include "routing/report.h"

namespace tidegate::routing {

/// Which Gateways apply to this process, and which VirtualServices each of them carries. Borrows
/// from the documents.
class Bindings {
 public:
  using Gateway = config::istio::Gateway;
  using VirtualService = config::istio::VirtualService;

  /// Reports references to Gateways that do not exist, and what is not served here.
  Bindings(config::Documents const& documents, Report& report);

  /// Those whose selector fits `gateway.labels`, in Istio's order.
  [[nodiscard]] std::vector<Gateway const*> const& gateways() const { return gateways_; }
  /// In Istio's order; twice when it names the Gateway twice.
  [[nodiscard]] std::vector<VirtualService const*> const& services(Gateway const& gateway) const;
  /// Those of them with a host that has names in common with `host`.
  [[nodiscard]] std::vector<VirtualService const*> services(Gateway const& gateway,
                                                            std::string_view host) const;
  /// Place of a VirtualService in Istio's order: which one's routes come first on a shared host.
  [[nodiscard]] std::size_t rank(VirtualService const& service) const {
    return ranks_.at(&service);
  }

  /// The Gateway that a resource in `name_space` means; null when there is none.
  [[nodiscard]] Gateway const* find(std::string_view reference,
                                    std::string const& name_space) const;
  /// Whether `reference`, written in a VirtualService of `name_space`, means this Gateway.
  [[nodiscard]] static bool refers_to(std::string_view reference, std::string_view name_space,
                                      config::Metadata const& gateway);

 private:
  struct Bound {
    std::vector<VirtualService const*> services;
    HostIndex hosts;  ///< of the services, by position
  };

  void select(config::Documents const& documents, Report& report);
  void bind(VirtualService const& service, Report& report);
  std::map<std::string, Gateway const*, std::less<>> by_name_;  ///< `namespace/name`
  std::vector<Gateway const*> gateways_;
  config::GatewaySettings const& settings_;
  std::map<Gateway const*, Bound> bound_;
  std::map<VirtualService const*, std::size_t> ranks_;
};

}  // namespace tidegate::routing
