#include "routing/credentials.h"

#include <algorithm>
#include <string_view>

namespace tidegate::routing {

using config::Secret;
using config::istio::CertificatePair;

Credentials::Name Credentials::parse(std::string_view text, std::string const& name_space) {
  constexpr std::string_view scheme = "kubernetes://";
  if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  std::size_t const slash = text.find('/');
  if (slash == std::string_view::npos) return {name_space, std::string(text)};
  return {std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

Secret const* Credentials::find(Name const& wanted) const {
  auto const found = std::find_if(secrets_.begin(), secrets_.end(), [&](Secret const& secret) {
    return secret.metadata.name == wanted.name && secret.metadata.name_space == wanted.name_space;
  });
  return found == secrets_.end() ? nullptr : &*found;
}

void Credentials::report_unknown(config::Origin const& at, Name const& wanted) const {
  std::string const message = "there is no Secret " + wanted.name_space + '/' + wanted.name;
  auto const elsewhere = std::find_if(secrets_.begin(), secrets_.end(), [&](Secret const& secret) {
    return secret.metadata.name == wanted.name;
  });
  if (elsewhere == secrets_.end())
    report_.error(
        at, message + "; add a Secret of type kubernetes.io/tls with that name and namespace");
  else
    report_.error(at, message + "; there is one in another namespace: write " +
                          full_name(elsewhere->metadata));
}

std::optional<CertificatePair> Credentials::certificate(config::Sourced<std::string> const& field,
                                                        std::string const& name_space) const {
  Name const wanted = parse(field.value, name_space);
  Secret const* const found = find(wanted);
  if (found == nullptr) {
    report_unknown(field.origin, wanted);
    return std::nullopt;
  }
  if (found->certificate.empty() || found->key.empty()) {
    report_.error(field.origin, "Secret " + full_name(found->metadata) + " at " +
                                    text_of(found->metadata.where) +
                                    " holds no certificate; it needs tls.crt and tls.key");
    return std::nullopt;
  }
  return CertificatePair{found->certificate, found->key, field.origin};
}

std::optional<Authorities> Credentials::authorities(config::Sourced<std::string> const& field,
                                                    std::string const& name_space) const {
  Name const wanted = parse(field.value, name_space);
  Secret const* found = find({wanted.name_space, wanted.name + "-cacert"});
  if (found == nullptr) found = find(wanted);
  if (found == nullptr) {
    report_unknown(field.origin, wanted);
    return std::nullopt;
  }
  if (found->ca_certificates.empty()) {
    report_.error(field.origin, "Secret " + full_name(found->metadata) + " at " +
                                    text_of(found->metadata.where) +
                                    " holds no CA; it needs ca.crt, or there must be a Secret " +
                                    wanted.name + "-cacert that has it");
    return std::nullopt;
  }
  return Authorities{found->ca_certificates, found->crl};
}

}  // namespace tidegate::routing
