#include "tls/trust.h"

#include <new>
#include <string>
#include <utility>

#include "tls/pem.h"

namespace tidegate::tls {
namespace {

/// What is wrong; null = nothing.
char const* add_authorities(X509_STORE* store, std::string_view text) {
  ChainPtr const certificates = read_certificates(text);
  if (!certificates) return "a certificate of the CAs cannot be decoded";
  int const count = sk_X509_num(certificates.get());
  if (count == 0) return "no CA certificate in it; a PEM block CERTIFICATE is needed";
  for (int i = 0; i < count; ++i)
    if (X509_STORE_add_cert(store, sk_X509_value(certificates.get(), i)) != 1)
      throw std::bad_alloc();
  return nullptr;
}

char const* add_crls(X509_STORE* store, std::string_view text) {
  CrlsPtr const crls = read_crls(text);
  if (!crls) return "a certificate revocation list cannot be decoded";
  int const count = sk_X509_CRL_num(crls.get());
  if (count == 0) return "no revocation list in it; a PEM block X509 CRL is needed";
  for (int i = 0; i < count; ++i)
    if (X509_STORE_add_crl(store, sk_X509_CRL_value(crls.get(), i)) != 1) throw std::bad_alloc();
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return nullptr;
}

}  // namespace

bool set_trust(SSL_CTX* context, Trust const& trust, config::Diagnostics& diagnostics) {
  StorePtr store(X509_STORE_new());
  if (!store) throw std::bad_alloc();
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  bool is_good = true;
  auto const report = [&](char const* complaint) {
    if (complaint == nullptr) return;
    is_good = false;
    diagnostics.error(trust.origin.where, trust.origin.path, complaint);
  };
  if (!trust.authorities.empty())
    report(add_authorities(store.get(), trust.authorities));
  else if (X509_STORE_set_default_paths(store.get()) != 1)
    report("the system's CA certificates cannot be read");
  if (!trust.crl.empty()) report(add_crls(store.get(), trust.crl));
  clear_errors();
  SSL_CTX_set_cert_store(context, store.release());
  return is_good;
}

}  // namespace tidegate::tls
