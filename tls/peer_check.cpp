#include "tls/peer_check.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include "tls/connection.h"

namespace tidegate::tls {
namespace {

void free_names(GENERAL_NAMES* names) { GENERAL_NAMES_free(names); }
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Freed<free_names>>;

std::string_view text_of(GENERAL_NAME const* name) {
  int type = 0;
  auto const* const value = static_cast<ASN1_STRING const*>(GENERAL_NAME_get0_value(name, &type));
  if (type != GEN_DNS && type != GEN_URI && type != GEN_EMAIL) return {};
  return {reinterpret_cast<char const*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

bool has_exactly(X509* certificate, std::string_view name) {
  NamesPtr const names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i)
    if (text_of(sk_GENERAL_NAME_value(names.get(), i)) == name) return true;
  return false;
}

std::string no_name_matches(std::span<std::string const> wanted) {
  std::string text = "no subject alternative name matches";
  for (auto const& name : wanted) text += (&name == wanted.data() ? " `" : ", `") + name + '`';
  return text;
}

/// Why the peer is not let in by its names; empty = it is.
std::string complaint_about_names(X509* certificate, std::span<std::string const> wanted) {
  auto const is_theirs = [certificate](auto const& name) {
    return is_issued_for(certificate, name);
  };
  if (std::any_of(wanted.begin(), wanted.end(), is_theirs)) return {};
  return "certificate verify failed: " + no_name_matches(wanted);
}

/// A verification callback (SSL_CTX_set_cert_verify_callback).
int verify(X509_STORE_CTX* store, void* argument) {
  auto const& check = *static_cast<PeerCheck const*>(argument);
  if (check.skips_everything) return 1;
  auto& connection = Connection::of(static_cast<SSL const*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())));
  if (X509_verify_cert(store) != 1) {
    connection.error = std::string("certificate verify failed: ") +
                       X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
    return 0;
  }
  std::span<std::string const> names = check.subject_alt_names;
  if (names.empty() && connection.client) names = {&connection.client->host, 1};
  if (names.empty()) return 1;
  connection.error = complaint_about_names(X509_STORE_CTX_get0_cert(store), names);
  if (connection.error.empty()) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
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
