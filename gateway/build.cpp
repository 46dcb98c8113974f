#include "gateway/build.h"

#include "routing/compile.h"

namespace tidegate::gateway {
namespace {

http::PathRules path_rules(config::PathSettings const& settings) {
  http::PathRules rules;
  rules.merge_slashes = settings.merge_slashes;
  switch (settings.escaped_slashes) {
    case config::EscapedSlashes::keep: rules.escaped_slashes = http::Escapes::keep; break;
    case config::EscapedSlashes::reject: rules.escaped_slashes = http::Escapes::reject; break;
    case config::EscapedSlashes::unescape_and_redirect:
      rules.escaped_slashes = http::Escapes::unescape_and_redirect;
      break;
    case config::EscapedSlashes::unescape_and_forward:
      rules.escaped_slashes = http::Escapes::unescape_and_forward;
      break;
  }
  return rules;
}

}  // namespace

std::shared_ptr<Configuration const> build(config::Documents const& documents,
                                           tls::TicketKeys const& keys,
                                           config::Diagnostics& diagnostics) {
  auto configuration = std::make_shared<Configuration>();
  configuration->snapshot = routing::compile(documents, diagnostics);
  if (configuration->snapshot == nullptr) return nullptr;
  for (auto const& listener : configuration->snapshot->listeners) {
    auto& certificates = configuration->certificates.emplace_back();
    if (!listener.tls_servers.empty())
      certificates = tls::Certificates::create(listener.tls_servers, keys, diagnostics);
  }
  for (auto const& cluster : configuration->snapshot->clusters) {
    auto& context = configuration->client_contexts.emplace_back();
    if (cluster->tls) context = tls::ClientContext::create(*cluster->tls, diagnostics);
  }
  for (auto const& network : documents.settings.gateway.trusted_proxies) {
    if (!configuration->trusted_proxies.add(network)) {
      diagnostics.error({}, "gateway.trusted_proxies",
                        "\"" + network + "\" is neither an address nor a CIDR network");
    }
  }
  configuration->path_rules = path_rules(documents.settings.path);
  if (diagnostics.has_errors()) return nullptr;
  return configuration;
}

}  // namespace tidegate::gateway
