#include "tls/ciphers.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "tls/openssl.h"

namespace tidegate::tls {
namespace {

/// Mozilla's "intermediate" without DHE: forward secret and authenticated, the cheapest first.
constexpr char const* modern_suites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/// What TLS 1.0 and 1.1 have at best.
constexpr char const* legacy_suites =
    ":ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA"
    ":AES128-SHA:AES256-SHA";

std::set<std::string, std::less<>> known_suites() {
  std::set<std::string, std::less<>> names;
  ContextPtr const context(SSL_CTX_new(TLS_server_method()));
  if (!context) return names;
  SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0");
  STACK_OF(SSL_CIPHER)* const ciphers = SSL_CTX_get_ciphers(context.get());
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i)
    names.emplace(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)));
  return names;
}

bool is_legacy(config::istio::TlsVersion version) {
  return version == config::istio::TlsVersion::v1_0 || version == config::istio::TlsVersion::v1_1;
}

std::string default_list(config::TlsServer const& server) {
  std::string list = modern_suites;
  if (is_legacy(server.min_version)) list += legacy_suites;
  return list;
}

}  // namespace

std::string cipher_list(config::TlsServer const& server, config::Diagnostics& diagnostics) {
  if (server.cipher_suites.empty()) return default_list(server);
  auto const known = known_suites();
  config::Origin const origin =
      server.certificates.empty() ? config::Origin{} : server.certificates.front().origin;
  std::set<std::string_view> seen;
  std::string list;
  for (std::string const& name : server.cipher_suites) {
    char const* complaint = nullptr;
    if (name.starts_with("TLS_"))
      complaint = "is of TLS 1.3, whose suites are fixed";
    else if (known.count(name) == 0)
      complaint = "is not known";
    else if (!seen.insert(name).second)
      complaint = "is listed twice";
    if (complaint != nullptr) {
      diagnostics.warning(origin.where, origin.path,
                          "cipher suite `" + name + "` " + complaint + " and is left out");
      continue;
    }
    if (!list.empty()) list += ':';
    list += name;
  }
  if (!list.empty()) return list;
  diagnostics.warning(origin.where, origin.path,
                      "no cipher suite is left; the default list is used");
  return default_list(server);
}

}  // namespace tidegate::tls
