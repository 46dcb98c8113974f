#include "routing/bindings.h"

#include "routing/compile_hosts.h"
#include "routing/config_order.h"

namespace tidegate::routing {

namespace {

constexpr std::string_view mesh = "mesh";

}  // namespace

Bindings::Bindings(config::Documents const& documents, Report& report)
    : settings_(documents.settings.gateway) {
  select(documents, report);
  for (VirtualService const* service : in_config_order(documents.virtual_services)) {
    ranks_.emplace(service, ranks_.size());
    bind(*service, report);
  }
}

void Bindings::select(config::Documents const& documents, Report& report) {
  config::Labels const& own = documents.settings.gateway.labels;
  for (Gateway const* gateway : in_config_order(documents.gateways)) {
    by_name_.emplace(full_name(gateway->metadata), gateway);
    bound_[gateway];
    if (own.empty() || carries(own, gateway->selector)) {
      gateways_.push_back(gateway);
    } else {
      report.notice(within(gateway->metadata, "spec.selector"),
                    "Gateway " + full_name(gateway->metadata) +
                        " is skipped: its selector does not fit the setting gateway.labels");
    }
  }
}

void Bindings::bind(VirtualService const& service, Report& report) {
  bool is_bound = false;
  for (auto const& reference : service.gateways) {
    if (reference.value == mesh) continue;
    is_bound = true;
    Gateway const* const gateway = find(reference.value, service.metadata.name_space);
    if (!gateway) {
      report.error(reference.origin, "there is no Gateway " + reference.value + " (namespace " +
                                         service.metadata.name_space +
                                         " where none is written); write its name, or "
                                         "namespace/name");
      continue;
    }
    Bound& bound = bound_[gateway];
    for (auto const& host : service.hosts)
      for (std::string const& name :
           names_of_host(host.value, service.metadata.name_space, settings_))
        bound.hosts.add(name, bound.services.size());
    bound.services.push_back(&service);
  }
  if (!is_bound)
    report.notice(within(service.metadata, "spec.gateways"),
                  "VirtualService " + full_name(service.metadata) +
                      " is not served: it names no Gateway, which means the mesh alone");
}

Bindings::Gateway const* Bindings::find(std::string_view reference,
                                        std::string const& name_space) const {
  auto const by_name = [&](std::string const& name) {
    auto const found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  };
  if (reference.starts_with("./")) reference.remove_prefix(2);
  if (reference.find('/') != std::string_view::npos) return by_name(std::string(reference));
  if (Gateway const* own = by_name(name_space + '/' + std::string(reference))) return own;

  // The form of old: name.namespace.svc.cluster.local (pilot/pkg/model, resolveGatewayName).
  std::size_t const dot = reference.find('.');
  if (dot == std::string_view::npos) return nullptr;
  std::string_view const rest = reference.substr(dot + 1);
  return by_name(std::string(rest.substr(0, rest.find('.'))) + '/' +
                 std::string(reference.substr(0, dot)));
}

bool Bindings::refers_to(std::string_view reference, std::string_view name_space,
                         config::Metadata const& gateway) {
  if (reference.starts_with("./")) reference.remove_prefix(2);
  if (reference.find('/') != std::string_view::npos) return reference == full_name(gateway);
  if (reference == gateway.name) return name_space == gateway.name_space;
  std::size_t const dot = reference.find('.');
  if (dot == std::string_view::npos) return false;
  std::string_view const rest = reference.substr(dot + 1);
  return reference.substr(0, dot) == gateway.name &&
         rest.substr(0, rest.find('.')) == gateway.name_space;
}

std::vector<Bindings::VirtualService const*> const& Bindings::services(
    Gateway const& gateway) const {
  return bound_.at(&gateway).services;
}

std::vector<Bindings::VirtualService const*> Bindings::services(Gateway const& gateway,
                                                                std::string_view host) const {
  Bound const& bound = bound_.at(&gateway);
  std::vector<VirtualService const*> services;
  for (std::size_t const position : bound.hosts.overlapping(host))
    services.push_back(bound.services[position]);
  return services;
}

}  // namespace tidegate::routing
