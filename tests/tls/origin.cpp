#include "tests/tls/origin.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "tls/pem.h"
#include "tls/trust.h"

namespace tidegate::tls::testing {
namespace {

void require(bool is_done) {
  if (!is_done) std::abort();
}

Session connect(ClientContext const& context, OriginPair::Asked const& asked, int (&sockets)[2]) {
  require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets) == 0);
  return context.connect(sockets[0], asked.authority, asked.sessions);
}

Session accept(SSL_CTX* context, int socket) {
  SSL* const ssl = SSL_new(context);
  SSL_set_accept_state(ssl);
  return {ssl, socket};
}

bool is_over(Session::Status status) {
  return status == Session::Status::failed || status == Session::Status::closed;
}

}  // namespace

config::TlsClient trusting(config::istio::CertificatePair const& authority) {
  config::TlsClient settings;
  settings.ca_certificates = authority.certificate;
  settings.origin = {{"rule.yaml", 9, 5}, "spec.trafficPolicy.tls"};
  return settings;
}

std::shared_ptr<ClientContext const> context_for(config::TlsClient const& settings) {
  config::Diagnostics diagnostics;
  auto context = ClientContext::create(settings, diagnostics);
  require(context != nullptr);
  return context;
}

ContextPtr demanding_server(config::istio::CertificatePair const& shown,
                            config::istio::CertificatePair const& authority) {
  config::Diagnostics diagnostics;
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  require(use_credential(context.get(), shown, diagnostics));
  require(set_trust(context.get(), {authority.certificate, {}, authority.origin}, diagnostics));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

OriginPair::OriginPair(ClientContext const& context, Certificates const& origin, Asked const& asked)
    : client_(connect(context, asked, sockets_)), origin_(origin.accept(sockets_[1])) {}

OriginPair::OriginPair(ClientContext const& context, SSL_CTX* origin, Asked const& asked)
    : client_(connect(context, asked, sockets_)), origin_(accept(origin, sockets_[1])) {}

OriginPair::~OriginPair() {
  ::close(sockets_[0]);
  ::close(sockets_[1]);
}

Session::Status OriginPair::shake_hands() {
  auto client = Session::Status::want_read;
  for (int round = 0; round < 20; ++round) {
    client = client_.handshake().status;
    auto const origin = origin_.handshake().status;
    if (is_over(client)) return client;
    if (is_over(origin)) return client_.handshake().status;
    if (client == Session::Status::done && origin == Session::Status::done) break;
  }
  return client;
}

std::pair<Session::Status, std::string> OriginPair::read() {
  std::string text(65536, '\0');
  auto const [status, bytes] = client_.read(text.data(), text.size());
  text.resize(bytes);
  return {status, text};
}

}  // namespace tidegate::tls::testing
