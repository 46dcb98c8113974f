#include "tls/peer_certificate.h"

#include <openssl/pem.h>

#include <array>
#include <memory>
#include <new>
#include <span>
#include <string_view>

#include "tls/alternative_names.h"
#include "tls/openssl.h"

namespace tidegate::tls {
namespace {

void free_text(char* text) { OPENSSL_free(text); }
using TextPtr = std::unique_ptr<char, Freed<free_text>>;

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";

std::string to_hex(std::span<unsigned char const> bytes) {
  std::string text;
  for (unsigned const byte : bytes) (text += lower_digits[byte >> 4U]) += lower_digits[byte & 15U];
  return text;
}

/// As X509_NAME_oneline writes the subject: a name must not end a header's line.
std::string to_printable(std::string_view name) {
  std::string text;
  for (char const c : name) {
    auto const byte = static_cast<unsigned char>(c);
    if (c >= ' ' && c <= '~')
      text += c;
    else
      ((text += "\\x") += upper_digits[byte >> 4U]) += upper_digits[byte & 15U];
  }
  return text;
}

std::string hash_of(X509* certificate) {
  std::array<unsigned char, 32> digest{};
  if (X509_digest(certificate, EVP_sha256(), digest.data(), nullptr) != 1) throw std::bad_alloc();
  return to_hex(digest);
}

std::string subject_of(X509* certificate) {
  TextPtr const text(X509_NAME_oneline(X509_get_subject_name(certificate), nullptr, 0));
  return text ? text.get() : "";  // there is none for a subject beyond 1 MiB
}

std::string pem_of(X509* certificate) {
  BioPtr const bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) throw std::bad_alloc();
  return text_of(bio.get());
}

}  // namespace

PeerCertificate PeerCertificate::of(X509* certificate) {
  PeerCertificate made;
  made.hash = hash_of(certificate);
  made.subject = subject_of(certificate);
  AlternativeNames const names(certificate);
  for (auto const& name : names.all()) {
    if (name.type == GEN_URI) made.uris.push_back(to_printable(name.text));
    if (name.type == GEN_DNS) made.dns_names.push_back(to_printable(name.text));
  }
  made.pem = pem_of(certificate);
  clear_errors();
  return made;
}

}  // namespace tidegate::tls
