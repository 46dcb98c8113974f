#include "gateway/downstream/forwarded_certificate.h"

#include <string_view>

namespace tidegate::gateway {
namespace {

constexpr std::string_view kSpecial = ",;=\"\\ ";

std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (char const c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

std::string element(std::string_view value) {
  return value.find_first_of(kSpecial) == value.npos ? std::string(value) : quoted(value);
}

/// Those characters of PEM that mean something in a URL or end a header's line.
std::string url_encoded(std::string_view pem) {
  std::string text;
  for (char const c : pem) {
    switch (c) {
      case '\n': text += "%0A"; break;
      case ' ': text += "%20"; break;
      case '+': text += "%2B"; break;
      case '/': text += "%2F"; break;
      case '=': text += "%3D"; break;
      default: text += c;
    }
  }
  return text;
}

}  // namespace

std::string forwarded_certificate(tls::PeerCertificate const& certificate) {
  std::string text = "Hash=" + certificate.hash;
  text += ";Cert=\"" + url_encoded(certificate.pem) + '"';
  text += ";Subject=" + quoted(certificate.subject);
  for (auto const& uri : certificate.uris) text += ";URI=" + element(uri);
  for (auto const& name : certificate.dns_names) text += ";DNS=" + element(name);
  return text;
}

}  // namespace tidegate::gateway
