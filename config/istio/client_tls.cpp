#include <string_view>
#include <utility>

#include "config/fields.h"
#include "config/istio/decode.h"
#include "config/istio/decode_policy.h"

namespace tidegate::config::istio {
namespace {

using Mode = ClientTls::Mode;

constexpr std::string_view mode_names[] = {"DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"};
constexpr std::string_view file_fields[] = {"clientCertificate", "privateKey", "caCertificates",
                                            "caCrl"};

bool has_any_file(Fields& fields) {
  bool has_any = false;
  for (auto const name : file_fields) has_any |= fields.find(name).has_value();
  return has_any;
}

void read_certificate(Fields& fields, ClientTls& tls) {
  auto const certificate = fields.find("clientCertificate");
  auto const key = fields.find("privateKey");
  if (!certificate || !key) {
    return fields.value().error(
        "mode MUTUAL needs a certificate: credentialName, or clientCertificate and privateKey");
  }
  auto chain = read_pem_file(*certificate);
  auto key_text = read_pem_file(*key);
  if (!chain || !key_text) return;
  tls.certificate = {std::move(*chain), std::move(*key_text), certificate->origin()};
}

void read_authorities(Fields& fields, ClientTls& tls) {
  constexpr std::string_view system_bundle = "system";
  auto const authorities = fields.find("caCertificates");
  if (authorities && authorities->text() != system_bundle) {
    tls.ca_certificates = read_pem_file(*authorities).value_or("");
  }
  if (auto const crl = fields.find("caCrl")) tls.ca_crl = read_pem_file(*crl).value_or("");
}

/// Certificates come from a Secret or from files, never both (istio: validateTLS).
void read_credentials(Fields& fields, ClientTls& tls) {
  tls.credential_name = fields.sourced_text("credentialName");
  if (!tls.credential_name.value.empty()) {
    if (has_any_file(fields)) {
      fields.value().error(
          "credentialName excludes clientCertificate, privateKey, caCertificates and caCrl");
    }
    return;
  }
  if (tls.mode == Mode::mutual) {
    read_certificate(fields, tls);
  } else if (fields.find("clientCertificate") || fields.find("privateKey")) {
    fields.value().warning("only mode MUTUAL shows a certificate; it is not used");
  }
  read_authorities(fields, tls);
}

/// istio: validateTLS. What nobody looks at must not look like a check.
void check_verification(Fields& fields, ClientTls const& tls) {
  if (!tls.skips_verification) return;
  bool const has_secret = tls.mode == Mode::simple && !tls.credential_name.value.empty();
  if (has_secret || fields.find("caCertificates") || !tls.subject_alt_names.empty()) {
    fields.value().error(
        "insecureSkipVerify: true excludes caCertificates, subjectAltNames and, with mode SIMPLE, "
        "credentialName");
  } else {
    fields.value().warning(
        "insecureSkipVerify: true: whoever answers at the origin's address is believed");
  }
}

void refuse_mesh_certificates(Fields& fields) {
  if (has_any_file(fields) || fields.find("credentialName")) {
    fields.value().error("ISTIO_MUTUAL excludes certificates of one's own; use mode MUTUAL");
  }
  if (auto const mode = fields.find("mode")) {
    mode->warning(
        "ISTIO_MUTUAL needs the certificates of a mesh, which this gateway is not part of: these "
        "origins cannot be reached. Use MUTUAL with a certificate of your own, or SIMPLE");
  }
}

}  // namespace

ClientTls read_client_tls(Value const& value) {
  Fields fields(value);
  ClientTls tls;
  tls.origin = value.origin();
  tls.mode = fields.enumeration("mode", mode_names, tls.mode);
  tls.subject_alt_names = fields.texts("subjectAltNames");
  tls.sni = fields.text("sni");
  tls.skips_verification = fields.flag("insecureSkipVerify");
  if (tls.mode == Mode::istio_mutual) {
    refuse_mesh_certificates(fields);
  } else if (tls.mode != Mode::disable) {
    read_credentials(fields, tls);
    check_verification(fields, tls);
  } else {
    fields.ignore({"clientCertificate", "privateKey", "caCertificates", "caCrl", "credentialName"});
  }
  fields.report_unknown();
  return tls;
}

}  // namespace tidegate::config::istio
