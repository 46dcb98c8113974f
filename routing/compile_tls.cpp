#include "routing/compile_tls.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace tidegate::routing {

namespace {

using config::Secret;
using config::istio::CertificatePair;
using config::istio::TlsVersion;

struct SecretName {
  std::string name_space;
  std::string name;
};

/// `name`, `namespace/name`, each with or without `kubernetes://`.
SecretName parse_credential_name(std::string_view text, std::string const& name_space) {
  constexpr std::string_view scheme = "kubernetes://";
  if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  std::size_t const slash = text.find('/');
  if (slash == std::string_view::npos) return {name_space, std::string(text)};
  return {std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

std::string unknown_secret(SecretName const& wanted, std::vector<Secret> const& secrets) {
  std::string message = "there is no Secret " + wanted.name_space + '/' + wanted.name;
  auto const elsewhere = std::find_if(secrets.begin(), secrets.end(), [&](Secret const& secret) {
    return secret.metadata.name == wanted.name;
  });
  if (elsewhere == secrets.end())
    return message + "; add a Secret of type kubernetes.io/tls with that name and namespace";
  return message + "; there is one in another namespace: write " + full_name(elsewhere->metadata);
}

std::optional<CertificatePair> find_certificate(config::Sourced<std::string> const& credential,
                                                std::string const& name_space,
                                                std::vector<Secret> const& secrets,
                                                Report& report) {
  SecretName const wanted = parse_credential_name(credential.value, name_space);
  auto const found = std::find_if(secrets.begin(), secrets.end(), [&](Secret const& secret) {
    return secret.metadata.name == wanted.name && secret.metadata.name_space == wanted.name_space;
  });
  if (found == secrets.end()) {
    report.error(credential.origin, unknown_secret(wanted, secrets));
    return std::nullopt;
  }
  if (found->certificate.empty() || found->key.empty()) {
    report.error(credential.origin, "Secret " + full_name(found->metadata) + " at " +
                                        text_of(found->metadata.where) +
                                        " holds no certificate; it needs tls.crt and tls.key");
    return std::nullopt;
  }
  return CertificatePair{found->certificate, found->key, credential.origin};
}

}  // namespace

std::optional<config::TlsServer> compile_tls_server(config::istio::Gateway const& gateway,
                                                    config::istio::Server const& server,
                                                    std::vector<std::string> hosts,
                                                    std::vector<Secret> const& secrets,
                                                    Report& report) {
  // A mode that asks for client certificates must never be served without asking.
  if (server.tls.mode != config::istio::TlsMode::simple) {
    config::Origin const place = below(server.tls.origin, "mode");
    report.error(place, "not supported yet: " + place.path + ": only SIMPLE is served");
    return std::nullopt;
  }
  config::TlsServer result;
  result.hosts = std::move(hosts);
  result.certificates = server.tls.certificates;
  bool is_complete = true;
  for (auto const& credential : server.tls.credential_names) {
    auto pair = find_certificate(credential, gateway.metadata.name_space, secrets, report);
    if (pair)
      result.certificates.push_back(std::move(*pair));
    else
      is_complete = false;
  }
  if (!is_complete) return std::nullopt;
  if (result.certificates.empty()) {
    report.error_of_document(server.tls.origin,
                             "mode SIMPLE needs a certificate; name a Secret in "
                             "credentialName, or files");
    return std::nullopt;
  }
  if (server.tls.min_version != TlsVersion::automatic) result.min_version = server.tls.min_version;
  if (server.tls.max_version != TlsVersion::automatic) result.max_version = server.tls.max_version;
  result.cipher_suites = server.tls.cipher_suites;
  return result;
}

}  // namespace tidegate::routing
