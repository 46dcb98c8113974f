#pragma once

#include <string>
#include <vector>

struct x509_st;

namespace tidegate::tls {

/// What is known of the certificate that a client showed, for `x-forwarded-client-cert`. All of it
/// is printable ASCII (in names, other bytes are written `\xHH`), but quotes, commas and the like
/// are as they were signed.
struct PeerCertificate {
  std::string hash;     ///< SHA-256 of the certificate, in lower-case hex
  std::string subject;  ///< `/C=US/CN=name`
  std::vector<std::string> uris;
  std::vector<std::string> dns_names;
  std::string pem;  ///< with its line ends

  [[nodiscard]] static PeerCertificate of(x509_st* certificate);
};

}  // namespace tidegate::tls
