#include "tls/client_certificates.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "tls/peer_check.h"
#include "tls/pem.h"
#include "tls/trust.h"

namespace tidegate::tls {
namespace {

using config::ClientCertificates;
using Digest = PeerCheck::Digest;

/// Beyond that none is: the list would not fit into a handshake.
constexpr int most_names_sent = 100;

/// Browsers offer their user the certificates that one of these has signed.
void name_authorities(SSL_CTX* context, std::string const& text) {
  ChainPtr const certificates = read_certificates(text);
  int const count = certificates ? sk_X509_num(certificates.get()) : 0;
  if (count > most_names_sent) return;
  for (int i = 0; i < count; ++i)
    if (SSL_CTX_add_client_CA(context, sk_X509_value(certificates.get(), i)) != 1)
      throw std::bad_alloc();
}

/// False when one is no SHA-256.
bool take_pins(std::vector<std::string> const& hashes, std::vector<Digest>& pins) {
  for (auto const& hash : hashes) {
    Digest digest{};
    if (hash.size() != digest.size()) return false;
    std::copy(hash.begin(), hash.end(), digest.begin());
    pins.push_back(digest);
  }
  return true;
}

void add_all(std::string& text, std::vector<std::string> const& parts) {
  text += std::to_string(parts.size()) + ':';
  for (auto const& part : parts) text += std::to_string(part.size()) + ':' + part;
}

}  // namespace

int verify_mode(ClientCertificates const& clients) {
  switch (clients.mode) {
    case ClientCertificates::Mode::none: break;
    case ClientCertificates::Mode::optional: return SSL_VERIFY_PEER;
    case ClientCertificates::Mode::required:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_NONE;
}

bool check_clients(SSL_CTX* context, ClientCertificates const& clients,
                   config::Diagnostics& diagnostics) {
  if (clients.mode == ClientCertificates::Mode::none) return true;
  bool is_good = true;
  auto const require = [&](bool is_right, char const* complaint) {
    if (is_right) return;
    is_good = false;
    diagnostics.error(clients.origin.where, clients.origin.path, complaint);
  };
  PeerCheck check{.subject_alt_names = clients.subject_alt_names,
                  .skips_authorities = clients.skips_verification};
  require(take_pins(clients.spki_hashes, check.key_pins) &&
              take_pins(clients.certificate_hashes, check.certificate_pins),
          "the hash of a client's certificate or key is no SHA-256");
  check_peers(context, std::move(check));
  if (clients.skips_verification) return is_good;
  // Never the system's: whoever has any certificate of the web would be let in.
  require(!clients.ca_certificates.empty(), "client certificates need a CA that signs them");
  if (!is_good) return false;
  name_authorities(context, clients.ca_certificates);
  return set_trust(context, {clients.ca_certificates, clients.crl, clients.origin}, diagnostics);
}

std::string fingerprint(ClientCertificates const& clients) {
  if (clients.mode == ClientCertificates::Mode::none) return {};
  std::string text = std::to_string(static_cast<int>(clients.mode)) +
                     (clients.skips_verification ? "skips\n" : "verifies\n");
  add_all(text, {clients.ca_certificates, clients.crl});
  add_all(text, clients.subject_alt_names);
  add_all(text, clients.spki_hashes);
  add_all(text, clients.certificate_hashes);
  Digest digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return {digest.begin(), digest.end()};
}

}  // namespace tidegate::tls
