#include <string_view>
#include <utility>

#include "config/istio/decode.h"
#include "config/scalars.h"

namespace tidegate::config::istio {
namespace {

constexpr std::size_t sha256_bytes = 32;

constexpr std::string_view client_fields[] = {"caCertificates",        "caCertCredentialName",
                                              "subjectAltNames",       "verifyCertificateSpki",
                                              "verifyCertificateHash", "insecureSkipVerify"};

/// Without MUTUAL nobody is asked for a certificate. Istio rejects a revocation list then.
void check_unasked(Fields& fields) {
  for (auto const name : client_fields) {
    auto const field = fields.find(name);
    if (field)
      field->warning("has no effect: only MUTUAL and OPTIONAL_MUTUAL ask for certificates");
  }
  if (auto const revoked = fields.find("caCrl")) {
    revoked->error("a revocation list judges client certificates; use MUTUAL or OPTIONAL_MUTUAL");
  }
}

/// Hexadecimal digits, with or without `:` between the bytes.
std::optional<std::string> decode_hash(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hash;
  bool const has_colons = text.size() == 3 * sha256_bytes - 1;
  std::size_t const step = has_colons ? 3 : 2;
  if (!has_colons && text.size() != 2 * sha256_bytes) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); i += step) {
    auto const pair = to_lower(text.substr(i, 2));
    auto const high = digits.find(pair[0]);
    auto const low = digits.find(pair[1]);
    bool const is_separated = !has_colons || i == 0 || text[i - 1] == ':';
    if (high == digits.npos || low == digits.npos || !is_separated) return std::nullopt;
    hash += static_cast<char>(high * 16 + low);
  }
  return hash;
}

std::vector<std::string> read_hashes(Fields& fields, std::string_view name,
                                     std::optional<std::string> (*decode)(std::string_view),
                                     std::string_view form) {
  std::vector<std::string> hashes;
  for (Value const& value : fields.items(name)) {
    auto const text = value.text();
    if (!text) continue;
    auto hash = decode(*text);
    if (hash && hash->size() == sha256_bytes) {
      hashes.push_back(std::move(*hash));
    } else {
      value.expected(form);
    }
  }
  return hashes;
}

void read_authorities(Fields& fields, ServerTls const& tls, ClientAuthentication& clients) {
  auto const file = fields.find("caCertificates");
  clients.ca_credential_name = fields.sourced_text("caCertCredentialName");
  bool const has_secret = !clients.ca_credential_name.value.empty();
  if (file && has_secret) {
    fields.value().error("caCertificates and caCertCredentialName exclude each other");
  }
  if (file) clients.ca_certificates = read_pem_file(*file).value_or("");
  if (!file && !has_secret && tls.credential_names.empty()) {
    fields.value().error(
        "a mode that asks for client certificates needs a CA: caCertificates, "
        "caCertCredentialName, or a credentialName whose Secret has one");
  }
  auto const revoked = fields.find("caCrl");
  if (!revoked) return;
  clients.ca_crl = read_pem_file(*revoked).value_or("");
  if (!tls.credential_names.empty()) {
    revoked->error("with credentialName the Secret has the revocation list: ca.crl");
  }
}

}  // namespace

ClientAuthentication read_client_authentication(Fields& fields, ServerTls const& tls) {
  ClientAuthentication clients;
  if (tls.mode != TlsMode::mutual && tls.mode != TlsMode::optional_mutual) {
    check_unasked(fields);
    return clients;
  }
  read_authorities(fields, tls, clients);
  clients.subject_alt_names = fields.texts("subjectAltNames");
  clients.spki_hashes = read_hashes(fields, "verifyCertificateSpki", decode_base64,
                                    "a SHA-256 hash of 32 bytes in base64");
  clients.certificate_hashes = read_hashes(fields, "verifyCertificateHash", decode_hash,
                                           "a SHA-256 hash of 32 bytes in hexadecimal digits");
  if (auto const skips = fields.find("insecureSkipVerify")) {
    clients.skips_verification = skips->flag().value_or(false);
    if (clients.skips_verification) {
      skips->warning("whatever certificate a client shows is believed");
    }
  }
  return clients;
}

}  // namespace tidegate::config::istio
