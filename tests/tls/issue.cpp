#include "tests/tls/issue.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdlib>
#include <ctime>

#include "tls/openssl.h"

namespace tidegate::tls::testing {
namespace {

void require(bool is_done) {
  if (!is_done) std::abort();
}

template <class Write>
std::string to_pem(Write write) {
  BioPtr const bio(BIO_new(BIO_s_mem()));
  require(write(bio.get()) == 1);
  return text_of(bio.get());
}

EVP_PKEY* rsa_key() {
  static KeyPtr const key(EVP_RSA_gen(2048));  // slow to make, and one is as good as another
  return key.get();
}

using CrlPtr = std::unique_ptr<X509_CRL, Freed<X509_CRL_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

CertificatePtr certificate_of(config::istio::CertificatePair const& pair) {
  CertificatePtr certificate(
      PEM_read_bio_X509(reader(pair.certificate).get(), nullptr, nullptr, nullptr));
  require(certificate != nullptr);
  return certificate;
}

KeyPtr key_of(std::string const& pem) {
  KeyPtr key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, nullptr, nullptr));
  require(key != nullptr);
  return key;
}

void set_times(X509* made, Wish const& wish) {
  require(X509_gmtime_adj(X509_getm_notBefore(made), std::chrono::seconds(wish.begins).count()) !=
          nullptr);
  require(X509_gmtime_adj(X509_getm_notAfter(made), std::chrono::seconds(wish.ends).count()) !=
          nullptr);
}

void add_extension(X509* made, int type, std::string const& value) {
  ExtensionPtr const extension(X509V3_EXT_conf_nid(nullptr, nullptr, type, value.c_str()));
  require(extension && X509_add_ext(made, extension.get(), -1) == 1);
}

void describe(X509* made, Wish const& wish) {
  static int serial = 0;
  require(X509_set_version(made, X509_VERSION_3) == 1);
  require(ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial) == 1);
  set_times(made, wish);
  X509_NAME* const subject = X509_get_subject_name(made);
  require(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                     reinterpret_cast<unsigned char const*>(wish.name.data()),
                                     static_cast<int>(wish.name.size()), -1, 0) == 1);
  if (!wish.alternatives.empty()) add_extension(made, NID_subject_alt_name, wish.alternatives);
  if (wish.is_authority) add_extension(made, NID_basic_constraints, "critical,CA:TRUE");
}

void sign(X509* made, EVP_PKEY* own_key, config::istio::CertificatePair const* issuer) {
  CertificatePtr const by = issuer == nullptr ? nullptr : certificate_of(*issuer);
  KeyPtr const key = issuer == nullptr ? nullptr : key_of(issuer->key);
  require(X509_set_issuer_name(made, X509_get_subject_name(by ? by.get() : made)) == 1);
  require(X509_sign(made, key ? key.get() : own_key, EVP_sha256()) > 0);
}

void revoke(X509_CRL* crl, config::istio::CertificatePair const& pair, ASN1_TIME* when) {
  X509_REVOKED* const entry = X509_REVOKED_new();
  auto const certificate = certificate_of(pair);
  require(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.get())) == 1);
  require(X509_REVOKED_set_revocationDate(entry, when) == 1);
  require(X509_CRL_add0_revoked(crl, entry) == 1);
}

}  // namespace

config::istio::CertificatePair issue(Wish const& wish) {
  KeyPtr const own(wish.kind == KeyKind::ecdsa ? EVP_EC_gen("P-256") : nullptr);
  EVP_PKEY* const key = own ? own.get() : rsa_key();
  CertificatePtr const certificate(X509_new());
  X509* const made = certificate.get();
  describe(made, wish);
  require(X509_set_pubkey(made, key) == 1);
  sign(made, key, wish.issuer);
  config::istio::CertificatePair pair;
  pair.certificate = to_pem([made](BIO* to) { return PEM_write_bio_X509(to, made); });
  pair.key = to_pem([key](BIO* to) {
    return PEM_write_bio_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  pair.origin = {{"test.yaml", 7, 3}, "spec.servers[0].tls"};
  return pair;
}

std::string revocation_list(config::istio::CertificatePair const& issuer,
                            config::istio::CertificatePair const* revoked) {
  CrlPtr const crl(X509_CRL_new());
  TimePtr const now(X509_gmtime_adj(nullptr, -60));
  TimePtr const later(X509_gmtime_adj(nullptr, 24L * 60 * 60));
  require(X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1);
  require(X509_CRL_set_issuer_name(crl.get(),
                                   X509_get_subject_name(certificate_of(issuer).get())) == 1);
  require(X509_CRL_set1_lastUpdate(crl.get(), now.get()) == 1);
  require(X509_CRL_set1_nextUpdate(crl.get(), later.get()) == 1);
  if (revoked != nullptr) revoke(crl.get(), *revoked, now.get());
  require(X509_CRL_sign(crl.get(), key_of(issuer.key).get(), EVP_sha256()) > 0);
  return to_pem([&crl](BIO* to) { return PEM_write_bio_X509_CRL(to, crl.get()); });
}

std::string digest_of(config::istio::CertificatePair const& pair) {
  std::string digest(32, '\0');
  require(X509_digest(certificate_of(pair).get(), EVP_sha256(),
                      reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1);
  return digest;
}

std::string key_digest_of(config::istio::CertificatePair const& pair) {
  unsigned char* der = nullptr;
  int const size = i2d_PUBKEY(key_of(pair.key).get(), &der);
  std::string digest(32, '\0');
  require(EVP_Digest(der, static_cast<std::size_t>(size),
                     reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(),
                     nullptr) == 1);
  OPENSSL_free(der);
  return digest;
}

std::string encrypt_key(std::string const& key) {
  KeyPtr const plain = key_of(key);
  return to_pem([&plain](BIO* to) {
    std::array<unsigned char, 6> phrase{'s', 'e', 's', 'a', 'm', 'e'};
    return PEM_write_bio_PrivateKey(to, plain.get(), EVP_aes_128_cbc(), phrase.data(),
                                    static_cast<int>(phrase.size()), nullptr, nullptr);
  });
}

std::string date(std::chrono::hours from_now) {
  std::time_t const when = std::time(nullptr) + std::chrono::seconds(from_now).count();
  std::tm parts{};
  gmtime_r(&when, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts)};
}

}  // namespace tidegate::tls::testing
