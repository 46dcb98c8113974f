#include "tls/self_signed.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <stdexcept>
#include <string_view>

#include "tls/alternative_names.h"
#include "tls/openssl.h"

namespace tidegate::tls {
namespace {

constexpr std::size_t longest_common_name = 64;  // RFC 5280, ub-common-name

using NamePtr = std::unique_ptr<GENERAL_NAME, Freed<GENERAL_NAME_free>>;
using AsnTextPtr = std::unique_ptr<ASN1_STRING, Freed<ASN1_STRING_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

void require(bool is_done) {
  if (!is_done) throw std::runtime_error("cannot make a certificate: " + take_error());
}

struct Address {
  std::array<unsigned char, 16> bytes{};
  int size = 0;  ///< 4 or 16; 0 = not an IP address
};

Address parse_address(std::string const& text) {
  Address address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1)
    address.size = 4;
  else if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1)
    address.size = 16;
  return address;
}

NamePtr alternative_name(std::string const& text) {
  Address const address = parse_address(text);
  bool const is_address = address.size != 0;
  NamePtr name(GENERAL_NAME_new());
  AsnTextPtr value(ASN1_STRING_type_new(is_address ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING));
  require(name && value);
  require(is_address
              ? ASN1_STRING_set(value.get(), address.bytes.data(), address.size) == 1
              : ASN1_STRING_set(value.get(), text.data(), static_cast<int>(text.size())) == 1);
  GENERAL_NAME_set0_value(name.get(), is_address ? GEN_IPADD : GEN_DNS, value.release());
  return name;
}

void add_names(X509* certificate, std::vector<std::string> const& texts) {
  NamesPtr names(sk_GENERAL_NAME_new_null());
  require(names != nullptr);
  for (auto const& text : texts) {
    NamePtr name = alternative_name(text);
    require(sk_GENERAL_NAME_push(names.get(), name.get()) > 0);
    static_cast<void>(name.release());
  }
  require(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1);
}

void add_extension(X509* certificate, int type, char const* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  ExtensionPtr const extension(X509V3_EXT_conf_nid(nullptr, &context, type, value));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void set_subject(X509* certificate, std::string const& first_name) {
  std::string_view const shown =
      first_name.size() <= longest_common_name ? std::string_view(first_name) : "self-signed";
  X509_NAME* const subject = X509_get_subject_name(certificate);
  require(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                     reinterpret_cast<unsigned char const*>(shown.data()),
                                     static_cast<int>(shown.size()), -1, 0) == 1);
  require(X509_set_issuer_name(certificate, subject) == 1);
}

void set_serial(X509* certificate) {
  std::uint64_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  serial = (serial >> 1U) | 1U;  // positive and never zero (RFC 5280 §4.1.2.2)
  require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1);
}

void set_validity(X509* certificate, std::chrono::hours validity) {
  std::time_t const now = std::time(nullptr);
  std::time_t const end = now + std::chrono::seconds(validity).count();
  require(ASN1_TIME_set(X509_getm_notBefore(certificate), now - 3600) != nullptr);
  require(ASN1_TIME_set(X509_getm_notAfter(certificate), end) != nullptr);
}

template <class Write>
std::string to_pem(Write write) {
  BioPtr const bio(BIO_new(BIO_s_mem()));
  require(bio && write(bio.get()) == 1);
  return text_of(bio.get());
}

}  // namespace

SelfSigned make_self_signed(std::vector<std::string> const& names, std::chrono::hours validity) {
  if (names.empty()) throw std::runtime_error("cannot make a certificate: no name given");
  KeyPtr const key(EVP_EC_gen("P-256"));
  CertificatePtr const certificate(X509_new());
  require(key && certificate);
  X509* const made = certificate.get();
  require(X509_set_version(made, X509_VERSION_3) == 1);
  set_serial(made);
  set_validity(made, validity);
  set_subject(made, names.front());
  require(X509_set_pubkey(made, key.get()) == 1);
  add_names(made, names);
  add_extension(made, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(made, NID_key_usage, "critical,digitalSignature");
  add_extension(made, NID_ext_key_usage, "serverAuth");
  add_extension(made, NID_subject_key_identifier, "hash");
  require(X509_sign(made, key.get(), EVP_sha256()) > 0);
  SelfSigned result;
  result.certificate = to_pem([made](BIO* to) { return PEM_write_bio_X509(to, made); });
  result.key = to_pem([&key](BIO* to) {
    return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return result;
}

}  // namespace tidegate::tls
