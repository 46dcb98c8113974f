#include "routing/compile_origin.h"

#include <optional>
#include <utility>

#include "routing/compile_balancing.h"
#include "routing/credentials.h"

namespace tidegate::routing {
namespace {

using config::istio::ClientTls;
using config::istio::ConnectionPool;
using config::istio::H2UpgradePolicy;
using config::istio::Protocol;
using config::istio::ServicePort;

/// Istio: HTTP/2 only where the port says so, by its protocol, or for one without by its name
/// (`grpc`, `http2-api`).
bool says_http2(ServicePort const& port) {
  switch (port.protocol) {
    case Protocol::http2:
    case Protocol::grpc:
    case Protocol::grpc_web: return true;
    case Protocol::other: break;
    default: return false;
  }
  for (std::string_view const name : {"http2", "grpc", "grpc-web"}) {
    if (port.name == name || port.name.starts_with(std::string(name) + '-')) return true;
  }
  return false;
}

UpstreamProtocol protocol_of(ServicePort const* port, ConnectionPool const& pool) {
  if (port != nullptr && says_http2(*port)) return UpstreamProtocol::http2;
  if (pool.h2_upgrade == H2UpgradePolicy::upgrade) return UpstreamProtocol::http2;
  return pool.use_client_protocol ? UpstreamProtocol::as_client : UpstreamProtocol::http1;
}

config::TlsClient tls_of(ClientTls const& written) {
  config::TlsClient tls;
  tls.certificate = written.certificate;
  tls.ca_certificates = written.ca_certificates;
  tls.crl = written.ca_crl;
  tls.subject_alt_names = written.subject_alt_names;
  tls.sni = written.sni;
  tls.skips_verification = written.skips_verification;
  tls.origin = written.origin;
  return tls;
}

/// What the Secret of a credentialName has. Whatever is missing there is reported.
void add_credentials(config::TlsClient& tls, ClientTls const& written,
                     std::string const& name_space, Credentials const& credentials) {
  auto const& name = written.credential_name;
  if (name.value.empty()) return;
  if (written.mode == ClientTls::Mode::mutual)
    tls.certificate = credentials.certificate(name, name_space);
  if (tls.skips_verification) return;
  if (auto found = credentials.authorities(name, name_space)) {
    tls.ca_certificates = std::move(found->certificates);
    tls.crl = std::move(found->crl);
  }
}

/// Never in clear instead. That it is so was said where the DestinationRule was read.
void refuse(Cluster& cluster, std::string reason) {
  cluster.refusal = std::move(reason);
  cluster.endpoints.clear();
  cluster.fallback_names.clear();
}

}  // namespace

void apply_policy(Cluster& cluster, ServicePort const* port,
                  config::istio::TrafficPolicy const& policy, std::string const& name_space,
                  std::vector<config::Secret> const& secrets, Report& report) {
  apply_balancing(cluster, policy, report);
  if (policy.connection_pool) cluster.pool = *policy.connection_pool;
  cluster.protocol = protocol_of(port, cluster.pool);
  if (!policy.tls || policy.tls->mode == ClientTls::Mode::disable) return;
  if (!policy.tls->is_servable()) return refuse(cluster, "mesh_certificates_missing");
  cluster.tls = tls_of(*policy.tls);
  cluster.tls->offers_http2 = cluster.protocol == UpstreamProtocol::http2;
  add_credentials(*cluster.tls, *policy.tls, name_space, Credentials(secrets, report));
}

}  // namespace tidegate::routing
