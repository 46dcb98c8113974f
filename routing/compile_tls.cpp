#include "routing/compile_tls.h"

#include <string>
#include <utility>

#include "routing/credentials.h"

namespace tidegate::routing {

namespace {

using config::ClientCertificates;
using config::istio::ServerTls;
using config::istio::TlsMode;
using config::istio::TlsVersion;

/// False when one is missing, which is reported.
bool find_certificates(ServerTls const& tls, std::string const& name_space,
                       Credentials const& credentials, Report& report,
                       std::vector<config::istio::CertificatePair>& certificates) {
  certificates = tls.certificates;
  bool is_complete = true;
  for (auto const& name : tls.credential_names) {
    auto pair = credentials.certificate(name, name_space);
    if (pair)
      certificates.push_back(std::move(*pair));
    else
      is_complete = false;
  }
  if (is_complete && certificates.empty()) {
    report.error_of_document(tls.origin,
                             "a server that terminates TLS needs a certificate; name a Secret in "
                             "credentialName, or files");
    return false;
  }
  return is_complete;
}

/// Nothing when there is no CA, which is reported.
std::optional<Authorities> find_authorities(ServerTls const& tls, std::string const& name_space,
                                            Credentials const& credentials, Report& report) {
  auto const& written = tls.clients;
  if (!written.ca_certificates.empty()) return Authorities{written.ca_certificates, written.ca_crl};
  bool const has_own_name = !written.ca_credential_name.value.empty();
  if (!has_own_name && tls.credential_names.empty()) {
    report.error_of_document(tls.origin, "client certificates need a CA that signs them");
    return std::nullopt;
  }
  auto found = credentials.authorities(
      has_own_name ? written.ca_credential_name : tls.credential_names.front(), name_space);
  if (found && !written.ca_crl.empty()) found->crl = written.ca_crl;
  return found;
}

/// Nothing when it could not be said who is let in.
std::optional<ClientCertificates> compile_clients(ServerTls const& tls,
                                                  std::string const& name_space,
                                                  Credentials const& credentials, Report& report) {
  ClientCertificates clients;
  if (tls.mode != TlsMode::mutual && tls.mode != TlsMode::optional_mutual) return clients;
  using Mode = ClientCertificates::Mode;
  clients.mode = tls.mode == TlsMode::mutual ? Mode::required : Mode::optional;
  clients.subject_alt_names = tls.clients.subject_alt_names;
  clients.spki_hashes = tls.clients.spki_hashes;
  clients.certificate_hashes = tls.clients.certificate_hashes;
  clients.skips_verification = tls.clients.skips_verification;
  clients.origin = tls.origin;
  if (clients.skips_verification) return clients;  // then no CA is looked at
  auto authorities = find_authorities(tls, name_space, credentials, report);
  if (!authorities) return std::nullopt;
  clients.ca_certificates = std::move(authorities->certificates);
  clients.crl = std::move(authorities->crl);
  return clients;
}

/// The decoder leaves such servers out, for the reason that it gives.
bool is_terminating(ServerTls const& tls, Report& report) {
  switch (tls.mode) {
    case TlsMode::simple:
    case TlsMode::mutual:
    case TlsMode::optional_mutual: return true;
    case TlsMode::passthrough:
    case TlsMode::auto_passthrough:
    case TlsMode::istio_mutual: break;
  }
  report.error_of_document(below(tls.origin, "mode"),
                           "only SIMPLE, MUTUAL and OPTIONAL_MUTUAL terminate TLS");
  return false;
}

}  // namespace

std::optional<config::TlsServer> compile_tls_server(config::istio::Gateway const& gateway,
                                                    config::istio::Server const& server,
                                                    std::vector<std::string> hosts,
                                                    std::vector<config::Secret> const& secrets,
                                                    Report& report) {
  ServerTls const& tls = server.tls;
  std::string const& name_space = gateway.metadata.name_space;
  if (!is_terminating(tls, report)) return std::nullopt;
  Credentials const credentials(secrets, report);
  config::TlsServer result;
  result.hosts = std::move(hosts);
  bool const is_complete =
      find_certificates(tls, name_space, credentials, report, result.certificates);
  auto clients = compile_clients(tls, name_space, credentials, report);
  if (!is_complete || !clients) return std::nullopt;
  result.clients = std::move(*clients);
  if (tls.min_version != TlsVersion::automatic) result.min_version = tls.min_version;
  if (tls.max_version != TlsVersion::automatic) result.max_version = tls.max_version;
  result.cipher_suites = tls.cipher_suites;
  return result;
}

}  // namespace tidegate::routing
