#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

/// OpenSSL's objects with owners. Included by the sources of this folder only.
namespace tidegate::tls {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

inline void free_certificates(STACK_OF(X509) * chain) { sk_X509_pop_free(chain, X509_free); }
inline void free_crls(STACK_OF(X509_CRL) * crls) { sk_X509_CRL_pop_free(crls, X509_CRL_free); }

using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using ChainPtr = std::unique_ptr<STACK_OF(X509), Freed<free_certificates>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using CrlsPtr = std::unique_ptr<STACK_OF(X509_CRL), Freed<free_crls>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using SslPtr = std::unique_ptr<SSL, Freed<SSL_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using TicketPtr = std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION_free>>;

/// Reads from `text`, which must outlive it. Throws std::bad_alloc.
[[nodiscard]] BioPtr reader(std::string_view text);

/// What was written to `memory`, a BIO_s_mem.
[[nodiscard]] std::string text_of(BIO* memory);

/// The reason of the oldest error in this thread's queue, which is empty afterwards; "unknown
/// error" when there was none.
[[nodiscard]] std::string take_error();

/// Empties this thread's queue of errors; next to nothing when it is empty already.
void clear_errors();

}  // namespace tidegate::tls
