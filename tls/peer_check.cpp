#include "tls/peer_check.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include "tls/alternative_names.h"
#include "tls/connection.h"

namespace tidegate::tls {
namespace {

bool has_exactly(X509* certificate, std::string_view name) {
  AlternativeNames const names(certificate);
  return std::any_of(names.all().begin(), names.all().end(),
                     [name](AlternativeName const& theirs) { return theirs.text == name; });
}

std::string no_name_matches(std::span<std::string const> wanted) {
  std::string text = "no subject alternative name matches";
  for (auto const& name : wanted) text += (&name == wanted.data() ? " `" : ", `") + name + '`';
  return text;
}

bool is_issued_for_any(X509* certificate, std::span<std::string const> names) {
  return std::any_of(names.begin(), names.end(),
                     [certificate](auto const& name) { return is_issued_for(certificate, name); });
}

PeerCheck::Digest digest_of_key(X509* certificate) {
  PeerCheck::Digest digest{};
  unsigned char* der = nullptr;
  int const size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size > 0)
    EVP_Digest(der, static_cast<std::size_t>(size), digest.data(), nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  return digest;
}

PeerCheck::Digest digest_of(X509* certificate) {
  PeerCheck::Digest digest{};
  X509_digest(certificate, EVP_sha256(), digest.data(), nullptr);
  return digest;
}

bool contains(std::vector<PeerCheck::Digest> const& pins, PeerCheck::Digest const& digest) {
  return std::find(pins.begin(), pins.end(), digest) != pins.end();
}

bool fits_a_pin(PeerCheck const& check, X509* certificate) {
  if (check.key_pins.empty() && check.certificate_pins.empty()) return true;
  return contains(check.key_pins, digest_of_key(certificate)) ||
         contains(check.certificate_pins, digest_of(certificate));
}

std::span<std::string const> names_wanted(PeerCheck const& check, Connection const& connection) {
  if (!check.subject_alt_names.empty() || !connection.client) return check.subject_alt_names;
  return {&connection.client->host, 1};
}

/// Why the peer is not let in; empty = it is. The code that OpenSSL makes an alert of is set.
std::string complaint_of(PeerCheck const& check, X509_STORE_CTX* store,
                         Connection const& connection) {
  if (!check.skips_authorities && X509_verify_cert(store) != 1)
    return X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
  X509* const certificate = X509_STORE_CTX_get0_cert(store);
  auto const names = names_wanted(check, connection);
  if (!check.skips_authorities && !names.empty() && !is_issued_for_any(certificate, names)) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
    return no_name_matches(names);
  }
  if (fits_a_pin(check, certificate)) return {};
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return "neither the certificate nor its key is pinned";
}

/// A verification callback (SSL_CTX_set_cert_verify_callback).
int verify(X509_STORE_CTX* store, void* check) {
  auto& connection = Connection::of(static_cast<SSL const*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())));
  auto const complaint = complaint_of(*static_cast<PeerCheck const*>(check), store, connection);
  if (complaint.empty()) return 1;
  connection.error = "certificate verify failed: " + complaint;
  return 0;
}

void free_check(void*, void* check, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<PeerCheck*>(check);
}

int index_of_check() {
  static int const index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_check);
  return index;
}

}  // namespace

void check_peers(SSL_CTX* context, PeerCheck check) {
  auto owned = std::make_unique<PeerCheck>(std::move(check));
  // The context may outlive whoever made it: a connection keeps it.
  if (SSL_CTX_set_ex_data(context, index_of_check(), owned.get()) != 1) throw std::bad_alloc();
  SSL_CTX_set_cert_verify_callback(context, verify, owned.release());
}

bool is_issued_for(X509* certificate, std::string const& name) {
  constexpr unsigned flags =
      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  // OpenSSL takes a leading dot for "any name below", and our C strings end at the first NUL.
  if (name.empty() || name.front() == '.' || name.find('\0') != std::string::npos) return false;
  int const as_address = X509_check_ip_asc(certificate, name.c_str(), flags);
  constexpr int is_no_address = -2;
  if (as_address != is_no_address) return as_address == 1;
  return has_exactly(certificate, name) ||
         X509_check_host(certificate, name.data(), name.size(), flags, nullptr) == 1;
}

}  // namespace tidegate::tls
