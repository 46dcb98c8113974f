#include "tls/client_context.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <new>
#include <string>
#include <utility>

#include "tls/ciphers.h"
#include "tls/connection.h"
#include "tls/kept_tickets.h"
#include "tls/openssl_stream.h"
#include "tls/peer_check.h"
#include "tls/pem.h"
#include "tls/trust.h"

namespace tidegate::tls {
namespace {

/// The host of `host[:port]` or `[address]:port`, lower-cased, without a final dot.
std::string host_of(std::string_view authority) {
  std::string_view host = authority;
  if (host.starts_with('['))
    host = host.substr(1, host.find(']') - 1);
  else if (host.find(':') == host.rfind(':'))  // more of them: a bare IPv6 address
    host = host.substr(0, host.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string lower(host);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c;
  });
  return lower;
}

bool is_address(std::string const& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// A new-session callback (SSL_CTX_sess_set_new_cb); true = it keeps the reference.
int keep_ticket(SSL* ssl, SSL_SESSION* ticket) {
  auto const& connection = Connection::of(ssl);
  auto const tickets = connection.client->tickets.lock();
  if (!tickets) return 0;
  tickets->keep({connection.client->context, connection.client->host}, TicketPtr(ticket));
  return 1;
}

void offer_protocol(SSL_CTX* context, bool is_http2) {
  constexpr std::array<unsigned char, 3> http2{2, 'h', '2'};
  constexpr std::array<unsigned char, 9> http1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  std::span<unsigned char const> const wire =
      is_http2 ? std::span<unsigned char const>(http2) : std::span<unsigned char const>(http1);
  if (SSL_CTX_set_alpn_protos(context, wire.data(), static_cast<unsigned>(wire.size())) != 0)
    throw std::bad_alloc();
}

void keep_tickets(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(
      context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL | SSL_SESS_CACHE_NO_AUTO_CLEAR);
  SSL_CTX_sess_set_new_cb(context, keep_ticket);
}

ContextPtr make_context(config::TlsClient const& settings) {
  ContextPtr made(SSL_CTX_new(TLS_client_method()));
  if (!made) throw std::bad_alloc();
  SSL_CTX* const context = made.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_ciphersuites(context, tls13_suites);
  SSL_CTX_set1_groups_list(context, key_exchange_groups);
  SSL_CTX_set_info_callback(context, OpensslStream::limit_control_messages);
  offer_protocol(context, settings.offers_http2);
  keep_tickets(context);
  return made;
}

/// False on errors.
bool set_verification(SSL_CTX* context, config::TlsClient const& settings,
                      config::Diagnostics& diagnostics) {
  check_peers(context, {.subject_alt_names = settings.subject_alt_names,
                        .skips_authorities = settings.skips_verification});
  if (settings.skips_verification) return true;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return set_trust(context, {settings.ca_certificates, settings.crl, settings.origin}, diagnostics);
}

class OriginContext final : public ClientContext {
 public:
  OriginContext(ContextPtr context, std::string const& server_name)
      : context_(std::move(context)), server_name_(host_of(server_name)) {}

  [[nodiscard]] Session connect(int socket, std::string_view authority,
                                ClientSessions& sessions) const override {
    SSL* const ssl = SSL_new(context_.get());
    if (ssl == nullptr) throw std::bad_alloc();
    SSL_set_connect_state(ssl);
    Session session(ssl, socket);
    auto& connection = Connection::of(ssl);
    connection.client = std::make_unique<ClientRole>(
        ClientRole{.host = server_name_.empty() ? host_of(authority) : server_name_,
                   .context = number_,
                   .tickets = sessions.tickets()});
    name_server(ssl, connection);
    resume(ssl, *connection.client, sessions);
    return session;
  }

 private:
  /// RFC 6066 §3 knows no addresses. What OpenSSL takes for no name is not sent either.
  static void name_server(SSL* ssl, Connection& connection) {
    auto const& host = connection.client->host;
    if (host.empty() || is_address(host)) return;
    if (SSL_set_tlsext_host_name(ssl, host.c_str()) == 1) connection.server_name = host;
    clear_errors();
  }

  static void resume(SSL* ssl, ClientRole const& role, ClientSessions& sessions) {
    TicketPtr const ticket = sessions.tickets()->take({role.context, role.host});
    if (ticket && SSL_set_session(ssl, ticket.get()) != 1) clear_errors();  // then without it
  }

  static std::uint64_t next_number() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
  }

  ContextPtr context_;
  std::string server_name_;  ///< empty = the authority's host
  std::uint64_t number_ = next_number();
};

}  // namespace

std::shared_ptr<ClientContext const> ClientContext::create(config::TlsClient const& settings,
                                                           config::Diagnostics& diagnostics) {
  ContextPtr context = make_context(settings);
  bool is_good = set_verification(context.get(), settings, diagnostics);
  if (settings.certificate)
    is_good = use_credential(context.get(), *settings.certificate, diagnostics) && is_good;
  clear_errors();
  if (!is_good) return nullptr;
  return std::make_shared<OriginContext>(std::move(context), settings.sni);
}

}  // namespace tidegate::tls
