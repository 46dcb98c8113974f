#include "tls/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <ctime>
#include <new>
#include <utility>

namespace tidegate::tls {
namespace {

/// Reports at the place of one certificate.
struct Report {
  config::Origin const& origin;
  config::Diagnostics& diagnostics;

  void error(std::string message) const {
    diagnostics.error(origin.where, origin.path, std::move(message));
  }
  void warning(std::string message) const {
    diagnostics.warning(origin.where, origin.path, std::move(message));
  }
};

/// A password callback that notes that it was asked and has no answer: OpenSSL's own would ask the
/// terminal.
int refuse_password(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

bool is_end_of_text() {
  unsigned long const code = ERR_peek_last_error();
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

/// Reads with `read` (a PEM_read_bio_X) to the end of the text and gives each object to `add`,
/// which owns it from then on; false when one cannot be decoded.
template <class Read, class Add>
bool read_to_end(BIO* bio, Read read, Add add) {
  bool was_asked = false;
  while (auto* const next = read(bio, nullptr, refuse_password, &was_asked))
    if (add(next) == 0) throw std::bad_alloc();
  bool const is_whole = is_end_of_text();
  clear_errors();
  return is_whole;
}

ChainPtr read_chain(BIO* bio) {
  ChainPtr chain(sk_X509_new_null());
  if (!chain) throw std::bad_alloc();
  auto const add = [&chain](X509* next) { return sk_X509_push(chain.get(), next); };
  return read_to_end(bio, PEM_read_bio_X509, add) ? std::move(chain) : nullptr;
}

void read_own(std::string_view text, Credential& credential, Report const& report) {
  BioPtr const bio = reader(text);
  bool was_asked = false;
  CertificatePtr leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, refuse_password, &was_asked));
  if (!leaf) {
    bool const is_empty = is_end_of_text();
    clear_errors();
    return report.error(is_empty ? "no certificate in it; a PEM block CERTIFICATE is needed"
                                 : "the certificate cannot be decoded; PEM is needed");
  }
  ChainPtr chain = read_chain(bio.get());
  if (!chain) return report.error("a certificate of the chain cannot be decoded");
  credential.certificate = std::move(leaf);
  credential.chain = std::move(chain);
}

KeyPtr read_key(std::string_view text, Report const& report) {
  BioPtr const bio = reader(text);
  bool was_asked = false;
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_password, &was_asked));
  clear_errors();
  if (key) return key;
  report.error(was_asked ? "the key is encrypted; an unencrypted one is needed"
                         : "the private key cannot be read; an unencrypted PEM key is needed");
  return nullptr;
}

void check_key(Credential& credential, Report const& report) {
  if (X509_check_private_key(credential.certificate.get(), credential.key.get()) == 1) return;
  std::string message = "the key does not fit the certificate";
  for (int i = 0; i < sk_X509_num(credential.chain.get()); ++i) {
    X509* const other = sk_X509_value(credential.chain.get(), i);
    if (X509_check_private_key(other, credential.key.get()) != 1) continue;
    message = "the key fits certificate " + std::to_string(i + 2) +
              " of the chain; the server's own certificate must come first";
  }
  clear_errors();
  credential.key.reset();
  report.error(std::move(message));
}

void check_chain(Credential const& credential, Report const& report) {
  X509* subject = credential.certificate.get();
  for (int i = 0; i < sk_X509_num(credential.chain.get()); ++i) {
    X509* const issuer = sk_X509_value(credential.chain.get(), i);
    if (X509_NAME_cmp(X509_get_issuer_name(subject), X509_get_subject_name(issuer)) != 0) {
      return report.warning("certificate " + std::to_string(i + 2) +
                            " of the chain did not issue the one before it; clients may not"
                            " accept the chain");
    }
    subject = issuer;
  }
}

void check_dates(X509 const* certificate, Report const& report) {
  ASN1_TIME const* const begin = X509_get0_notBefore(certificate);
  ASN1_TIME const* const end = X509_get0_notAfter(certificate);
  if (X509_cmp_current_time(end) < 0)
    report.warning("the certificate expired on " + to_text(end));
  else if (X509_cmp_current_time(begin) > 0)
    report.warning("the certificate is not valid before " + to_text(begin));
}

}  // namespace

std::string to_text(ASN1_TIME const* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable date";
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

Credential read_credential(config::istio::CertificatePair const& pair,
                           config::Diagnostics& diagnostics) {
  Report const report{pair.origin, diagnostics};
  Credential credential;
  clear_errors();
  read_own(pair.certificate, credential, report);
  credential.key = read_key(pair.key, report);
  if (!credential.is_complete()) return credential;
  check_key(credential, report);
  check_chain(credential, report);
  check_dates(credential.certificate.get(), report);
  return credential;
}

bool use_credential(SSL_CTX* context, config::istio::CertificatePair const& pair,
                    config::Diagnostics& diagnostics) {
  Credential const credential = read_credential(pair, diagnostics);
  if (!credential.is_complete()) return false;
  constexpr int keep_first = 0;
  if (SSL_CTX_use_cert_and_key(context, credential.certificate.get(), credential.key.get(),
                               credential.chain.get(), keep_first) == 1)
    return true;
  std::string reason = take_error();
  if (reason == "not replacing certificate")
    reason = "the server has two certificates of one kind; one RSA and one ECDSA are possible";
  Report{pair.origin, diagnostics}.error("OpenSSL refuses the certificate: " + reason);
  return false;
}

ChainPtr read_certificates(std::string_view text) { return read_chain(reader(text).get()); }

CrlsPtr read_crls(std::string_view text) {
  CrlsPtr crls(sk_X509_CRL_new_null());
  if (!crls) throw std::bad_alloc();
  auto const add = [&crls](X509_CRL* next) { return sk_X509_CRL_push(crls.get(), next); };
  return read_to_end(reader(text).get(), PEM_read_bio_X509_CRL, add) ? std::move(crls) : nullptr;
}

}  // namespace tidegate::tls
