#include "tests/tls/issue.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

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
  char* text = nullptr;
  long const size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

EVP_PKEY* rsa_key() {
  static KeyPtr const key(EVP_RSA_gen(2048));  // slow to make, and one is as good as another
  return key.get();
}

}  // namespace

config::istio::CertificatePair issue(Wish const& wish) {
  KeyPtr const own(wish.kind == KeyKind::ecdsa ? EVP_EC_gen("P-256") : nullptr);
  EVP_PKEY* const key = own ? own.get() : rsa_key();
  CertificatePtr const certificate(X509_new());
  X509* const made = certificate.get();
  require(X509_set_version(made, X509_VERSION_3) == 1);
  require(ASN1_INTEGER_set(X509_get_serialNumber(made), 1) == 1);
  require(X509_gmtime_adj(X509_getm_notBefore(made), std::chrono::seconds(wish.begins).count()) !=
          nullptr);
  require(X509_gmtime_adj(X509_getm_notAfter(made), std::chrono::seconds(wish.ends).count()) !=
          nullptr);
  X509_NAME* const subject = X509_get_subject_name(made);
  require(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                     reinterpret_cast<unsigned char const*>(wish.name.data()),
                                     static_cast<int>(wish.name.size()), -1, 0) == 1);
  require(X509_set_issuer_name(made, subject) == 1 && X509_set_pubkey(made, key) == 1);
  require(X509_sign(made, key, EVP_sha256()) > 0);
  config::istio::CertificatePair pair;
  pair.certificate = to_pem([made](BIO* to) { return PEM_write_bio_X509(to, made); });
  pair.key = to_pem([key](BIO* to) {
    return PEM_write_bio_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  pair.origin = {{"test.yaml", 7, 3}, "spec.servers[0].tls"};
  return pair;
}

std::string encrypt_key(std::string const& key) {
  BioPtr const bio = reader(key);
  KeyPtr const plain(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  require(plain != nullptr);
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
