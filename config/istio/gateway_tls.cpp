#include <set>
#include <utility>

#include "config/istio/decode.h"
#include "config/istio/not_served.h"

namespace tidegate::config::istio {
namespace {

// In the order of protobuf's numbers, which is also that of the enums.
constexpr std::string_view mode_names[] = {"PASSTHROUGH",      "SIMPLE",       "MUTUAL",
                                           "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL"};
constexpr std::string_view version_names[] = {"TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2",
                                              "TLSV1_3"};

constexpr std::string_view certificate_fields[] = {
    "credentialName", "credentialNames", "tlsCertificates", "serverCertificate", "privateKey"};

/// Absent when the server is left out; that has been reported.
std::optional<TlsMode> read_mode(Fields& fields) {
  auto const field = fields.find("mode");
  auto const index = field ? field->index_in(mode_names) : std::size_t{0};
  if (!index) return std::nullopt;
  auto const mode = static_cast<TlsMode>(*index);
  if (mode == TlsMode::auto_passthrough) {
    field->warning(
        "the server is left out: AUTO_PASSTHROUGH joins the clusters of a mesh, by names that its "
        "control plane makes. Use PASSTHROUGH with tls routes in a VirtualService");
    return std::nullopt;
  }
  if (mode == TlsMode::istio_mutual) {
    field->warning(
        "the server is left out: ISTIO_MUTUAL needs the certificates of a mesh, which this gateway "
        "is not part of. Use MUTUAL with a certificate and a CA of your own");
    return std::nullopt;
  }
  return mode;
}

/// A certificate that a server of mode PASSTHROUGH does not use was meant to be used.
void check_passthrough(Fields& fields) {
  for (auto const name : certificate_fields) {
    if (!fields.find(name)) continue;
    fields.value().warning("mode PASSTHROUGH, which no mode means, decrypts nothing: `" +
                           std::string(name) +
                           "` is not used. To terminate TLS here, set mode: SIMPLE");
    break;
  }
  fields.ignore({"credentialName", "credentialNames", "tlsCertificates", "serverCertificate",
                 "privateKey", "minProtocolVersion", "maxProtocolVersion", "cipherSuites",
                 "ecdhCurves"});
}

/// `serverCertificate` and `privateKey`, of the server itself or of one of its tlsCertificates.
void read_certificate_files(Fields& fields, ServerTls& tls) {
  auto const certificate_file = fields.require("serverCertificate");
  auto const key_file = fields.require("privateKey");
  if (!certificate_file || !key_file) return;
  auto certificate = read_pem_file(*certificate_file);
  auto key = read_pem_file(*key_file);
  if (!certificate || !key) return;
  tls.certificates.push_back(
      {std::move(*certificate), std::move(*key), certificate_file->origin()});
}

void check_count(Value const& list) {
  if (list.node().is_list() && (list.node().children.empty() || list.node().children.size() > 2)) {
    list.error("expected one or two entries (RSA and ECDSA)");
  }
}

void read_credential(Value const& value, ServerTls& tls) {
  auto name = value.text();
  if (!name) return;
  if (name->empty()) return value.error("the name of a Secret is empty");
  tls.credential_names.push_back({std::move(*name), value.origin()});
}

/// Certificates come from exactly one place (istio: validateTLSOptions).
void read_certificates(Fields& fields, ServerTls& tls) {
  auto const credential = fields.find("credentialName");
  auto const credentials = fields.find("credentialNames");
  auto const pairs = fields.find("tlsCertificates");
  auto const certificate = fields.find("serverCertificate");
  auto const key = fields.find("privateKey");
  bool const has_files = certificate || key;
  int const sources = credential.has_value() + credentials.has_value() + pairs.has_value() +
                      static_cast<int>(has_files);
  if (sources == 0) {
    return fields.value().error(
        "a server that terminates TLS needs a certificate: credentialName, or serverCertificate "
        "and privateKey");
  }
  if (sources > 1) {
    return fields.value().error(
        "more than one source of certificates; keep one of credentialName, credentialNames, "
        "tlsCertificates, serverCertificate with privateKey");
  }
  if (credential) read_credential(*credential, tls);
  if (credentials) {
    check_count(*credentials);
    for (Value const& name : credentials->items()) read_credential(name, tls);
  }
  if (pairs) {
    check_count(*pairs);
    for (Value const& pair : pairs->items()) {
      Fields pair_fields(pair);
      read_certificate_files(pair_fields, tls);
      pair_fields.ignore({"caCertificates"});
      pair_fields.report_unknown();
    }
  }
  if (has_files) read_certificate_files(fields, tls);
}

void read_versions(Fields& fields, ServerTls& tls) {
  tls.min_version = fields.enumeration("minProtocolVersion", version_names, TlsVersion::automatic);
  tls.max_version = fields.enumeration("maxProtocolVersion", version_names, TlsVersion::automatic);
  auto const min = tls.min_version == TlsVersion::automatic ? TlsVersion::v1_2 : tls.min_version;
  auto const max = tls.max_version == TlsVersion::automatic ? TlsVersion::v1_3 : tls.max_version;
  if (min > max) {
    fields.value().error("minProtocolVersion (default TLSV1_2) is above maxProtocolVersion");
  }
}

void read_cipher_suites(Fields& fields, ServerTls& tls) {
  std::set<std::string> seen;
  for (Value const& value : fields.items("cipherSuites")) {
    auto name = value.text();
    if (!name) continue;
    if (!seen.insert(*name).second) {
      value.warning("given twice");
      continue;
    }
    tls.cipher_suites.push_back(std::move(*name));
  }
}

/// What a server needs that terminates TLS.
void read_termination(Fields& fields, ServerTls& tls) {
  read_certificates(fields, tls);
  read_versions(fields, tls);
  read_cipher_suites(fields, tls);
  tls.ecdh_curves = fields.texts("ecdhCurves");
  fields.report_not_served(not_served::server_tls);
}

}  // namespace

std::optional<ServerTls> read_https_tls(Value const& value) {
  Fields fields(value);
  if (!value.node().is_map()) return std::nullopt;
  auto const mode = read_mode(fields);
  if (!mode) return std::nullopt;
  ServerTls tls;
  tls.mode = *mode;
  tls.origin = value.origin();
  if (tls.mode == TlsMode::passthrough) {
    check_passthrough(fields);
  } else {
    read_termination(fields, tls);
  }
  tls.clients = read_client_authentication(fields, tls);
  if (auto const redirect = fields.find("httpsRedirect")) {
    tls.https_redirect = redirect->flag().value_or(false);
    if (tls.https_redirect) redirect->warning("has no effect: this server speaks TLS already");
  }
  fields.report_unknown();
  return tls;
}

}  // namespace tidegate::config::istio
