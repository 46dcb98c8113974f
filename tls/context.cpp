#include "tls/context.h"

#include <algorithm>
#include <array>
#include <new>
#include <numeric>
#include <string>
#include <utility>

#include "tls/ciphers.h"
#include "tls/client_certificates.h"
#include "tls/connection.h"
#include "tls/openssl_stream.h"
#include "tls/pem.h"
#include "tls/takeover.h"

namespace tidegate::tls {
namespace {

using config::istio::TlsVersion;

constexpr long ticket_lifetime = 2 * 60 * 60;  // seconds

/// What we can speak, in ALPN's wire form and in our order of preference.
constexpr std::array<unsigned char, 12> alpn_protocols{2,   'h', '2', 8,   'h', 't',
                                                       't', 'p', '/', '1', '.', '1'};

int version_number(TlsVersion version, int automatic) {
  switch (version) {
    case TlsVersion::v1_0: return TLS1_VERSION;
    case TlsVersion::v1_1: return TLS1_1_VERSION;
    case TlsVersion::v1_2: return TLS1_2_VERSION;
    case TlsVersion::v1_3: return TLS1_3_VERSION;
    case TlsVersion::automatic: break;
  }
  return automatic;
}

/// A client that offers ALPN but nothing that we speak is told so (RFC 7301 §3.2), or it would
/// take our HTTP/1.1 for garbage. One that offers none gets HTTP/1.1.
int choose_protocol(SSL* ssl, unsigned char const** chosen, unsigned char* size,
                    unsigned char const* offered, unsigned int offered_size, void*) {
  unsigned char* selected = nullptr;
  int const result = SSL_select_next_proto(&selected, size, alpn_protocols.data(),
                                           alpn_protocols.size(), offered, offered_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = selected;
  Connection::of(ssl).alpn = {reinterpret_cast<char const*>(selected), *size};
  return SSL_TLSEXT_ERR_OK;
}

/// Common to all contexts. Options and modes count where a connection begins, the rest where it
/// ends up, so every context gets everything.
ContextPtr make_context(TicketKeys const& keys) {
  ContextPtr made(SSL_CTX_new(TLS_server_method()));
  if (!made) throw std::bad_alloc();
  SSL_CTX* const context = made.get();
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets need no memory of ours
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_timeout(context, ticket_lifetime);
  SSL_CTX_set_ciphersuites(context, tls13_suites);
  SSL_CTX_set1_groups_list(context, key_exchange_groups);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_info_callback(context, OpensslStream::limit_control_messages);
  SSL_CTX_set_keylog_callback(context, Takeover::note_secret);
  auto ticket_keys = keys.bytes;  // OpenSSL's interface lacks a const
  SSL_CTX_set_tlsext_ticket_keys(context, ticket_keys.data(), ticket_keys.size());
  OPENSSL_cleanse(ticket_keys.data(), ticket_keys.size());
  return made;
}

std::string names_of(config::TlsServer const& server) {
  return server.hosts.empty() ? "no host" : "`" + server.hosts.front() + "`";
}

bool set_versions(config::TlsServer const& server, ServerContext& made,
                  config::Diagnostics& diagnostics) {
  made.min_version = version_number(server.min_version, TLS1_2_VERSION);
  made.max_version = version_number(server.max_version, TLS1_3_VERSION);
  auto const origin =
      server.certificates.empty() ? config::Origin{} : server.certificates.front().origin;
  if (made.min_version > made.max_version) {
    diagnostics.error(origin.where, origin.path,
                      "minProtocolVersion is above maxProtocolVersion; nobody could connect");
    return false;
  }
  if (made.min_version < TLS1_2_VERSION) {
    diagnostics.warning(origin.where, origin.path,
                        "TLS 1.0 and 1.1 are insecure (RFC 8996); minProtocolVersion should be"
                        " TLSV1_2");
    SSL_CTX_set_security_level(made.context.get(), 0);  // they sign with SHA-1
  }
  return true;
}

/// Which tickets a connection may resume with: those that the same server gave out under the same
/// name (RFC 6066 §3). OpenSSL itself compares nothing but this.
void bind_tickets(SSL* ssl, ServerContext const& server, std::string const& name) {
  unsigned int size = 0;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  std::string const text = server.identity + name;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  SSL_set_session_id_context(ssl, digest.data(), size);
}

void hand_over(SSL* ssl, ServerContext const& server, std::string const& name) {
  SSL_set_SSL_CTX(ssl, server.context.get());
  SSL_set_min_proto_version(ssl, server.min_version);
  SSL_set_max_proto_version(ssl, server.max_version);
  SSL_set_verify(ssl, server.verify_mode, nullptr);
  bind_tickets(ssl, server, name);
}

ServerName requested_name(SSL* ssl) {
  unsigned char const* extension = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &extension, &size) != 1) return {};
  return ServerName::parse({extension, size});
}

int choose_server(SSL* ssl, int* alert, void* argument) {
  auto const& choice = *static_cast<ServerChoice const*>(argument);
  auto& connection = Connection::of(ssl);
  ServerName name = requested_name(ssl);
  auto const server = choice.names.find(name);
  if (server) {
    connection.server = *server;
    connection.server_name = std::move(name.text);
    hand_over(ssl, choice.servers[*server], connection.server_name);
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  bool const is_malformed = name.kind == ServerName::Kind::malformed;
  *alert = is_malformed ? SSL_AD_DECODE_ERROR : SSL_AD_UNRECOGNIZED_NAME;
  connection.error = is_malformed                          ? "malformed server_name extension"
                     : name.kind == ServerName::Kind::none ? "no server for clients without SNI"
                                                           : "no server for this SNI";
  connection.server_name = std::move(name.text);
  return SSL_CLIENT_HELLO_ERROR;
}

void free_choice(void*, void* choice, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<ServerChoice*>(choice);
}

int choice_index() {
  static int const index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_choice);
  return index;
}

/// A client that was let in under other rules must not resume, so they are part of it.
std::string identity_of(config::TlsServer const& server) {
  auto hosts = server.hosts;
  std::sort(hosts.begin(), hosts.end());
  return std::accumulate(
      hosts.begin(), hosts.end(), fingerprint(server.clients),
      [](std::string all, std::string const& host) { return all + host + '\n'; });
}

}  // namespace

ServerContext make_server_context(config::TlsServer const& server, TicketKeys const& keys,
                                  config::Diagnostics& diagnostics) {
  ServerContext made;
  made.context = make_context(keys);
  made.identity = identity_of(server);
  bool is_good = set_versions(server, made, diagnostics);
  SSL_CTX_set_cipher_list(made.context.get(), cipher_list(server, diagnostics).c_str());
  if (server.certificates.empty()) {
    diagnostics.error({}, {}, "a TLS server for " + names_of(server) + " has no certificate");
    is_good = false;
  }
  for (auto const& pair : server.certificates)
    is_good = use_credential(made.context.get(), pair, diagnostics) && is_good;
  made.verify_mode = verify_mode(server.clients);
  is_good = check_clients(made.context.get(), server.clients, diagnostics) && is_good;
  if (!is_good) made.context.reset();
  clear_errors();
  return made;
}

ContextPtr make_front_context(ServerChoice choice, TicketKeys const& keys) {
  ContextPtr front = make_context(keys);
  auto owned = std::make_unique<ServerChoice>(std::move(choice));
  // The versions of the chosen server decide; what no server allows never gets that far.
  int lowest = TLS1_2_VERSION;
  for (auto const& server : owned->servers) lowest = std::min(lowest, server.min_version);
  SSL_CTX_set_min_proto_version(front.get(), lowest);
  SSL_CTX_set_max_proto_version(front.get(), TLS1_3_VERSION);
  SSL_CTX_set_client_hello_cb(front.get(), choose_server, owned.get());
  if (SSL_CTX_set_ex_data(front.get(), choice_index(), owned.get()) != 1) throw std::bad_alloc();
  static_cast<void>(owned.release());
  return front;
}

}  // namespace tidegate::tls
