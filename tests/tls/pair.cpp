#include "tests/tls/pair.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "tests/tls/issue.h"
#include "tls/pem.h"

namespace tidegate::tls::testing {
namespace {

void require(bool is_done) {
  if (!is_done) std::abort();
}

Session accept(Certificates const& certificates, int (&sockets)[2]) {
  require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets) == 0);
  return certificates.accept(sockets[1]);
}

void offer_protocols(SSL* client, std::vector<std::string> const& names) {
  std::string wire;
  for (auto const& name : names) (wire += static_cast<char>(name.size())) += name;
  if (wire.empty()) return;
  require(SSL_set_alpn_protos(client, reinterpret_cast<unsigned char const*>(wire.data()),
                              static_cast<unsigned>(wire.size())) == 0);
}

void say(SSL* client, Hello const& hello) {
  SSL_set_security_level(client, 0);
  SSL_set_min_proto_version(client, hello.min_version);
  SSL_set_max_proto_version(client, hello.max_version);
  offer_protocols(client, hello.alpn);
  if (!hello.server_name.empty())
    require(SSL_set_tlsext_host_name(client, hello.server_name.c_str()) == 1);
  if (!hello.ciphers.empty()) require(SSL_set_cipher_list(client, hello.ciphers.c_str()) == 1);
  if (!hello.suites.empty()) require(SSL_set_ciphersuites(client, hello.suites.c_str()) == 1);
  if (!hello.signatures.empty())
    require(SSL_set1_sigalgs_list(client, hello.signatures.c_str()) == 1);
  if (hello.ticket != nullptr) require(SSL_set_session(client, hello.ticket) == 1);
}

}  // namespace

Pair::Pair(Certificates const& certificates, Hello const& hello)
    : context_(SSL_CTX_new(TLS_client_method())), server_(accept(certificates, sockets_)) {
  config::Diagnostics diagnostics;
  if (hello.certificate != nullptr)
    require(use_credential(context_.get(), *hello.certificate, diagnostics));
  client_.reset(SSL_new(context_.get()));
  SSL_set_fd(client(), client_socket());
  SSL_set_connect_state(client());
  say(client(), hello);
}

Pair::~Pair() {
  // Without it OpenSSL takes the connection for broken and forbids its ticket.
  SSL_set_shutdown(client(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  close_client_socket();
  ::close(sockets_[1]);
}

void Pair::close_client_socket() {
  if (sockets_[0] >= 0) ::close(std::exchange(sockets_[0], -1));
}

bool Pair::step_client() {
  ERR_clear_error();
  int const result = SSL_do_handshake(client());
  if (result == 1) return true;
  int const why = SSL_get_error(client(), result);
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE && client_error_.empty())
    client_error_ = take_error();
  ERR_clear_error();
  return false;
}

Session::Status Pair::shake_hands() {
  for (int round = 0; round < 20; ++round) {
    bool const is_client_done = step_client();
    auto const [status, bytes] = server_.handshake();
    if (status == Session::Status::failed || status == Session::Status::closed) {
      static_cast<void>(step_client());  // hears the alert
      return status;
    }
    if (status == Session::Status::done && (is_client_done || step_client())) return status;
    if (!client_error_.empty()) return server_.handshake().status;
  }
  return Session::Status::want_read;
}

void Pair::send(std::string const& text) {
  require(SSL_write(client(), text.data(), static_cast<int>(text.size())) ==
          static_cast<int>(text.size()));
}

std::string Pair::receive() {
  std::string all;
  std::array<char, 16384> buffer{};
  std::size_t count = 0;
  while (SSL_read_ex(client(), buffer.data(), buffer.size(), &count) == 1)
    all.append(buffer.data(), count);
  ERR_clear_error();
  return all;
}

std::pair<Session::Status, std::string> Pair::read(std::size_t size) {
  std::string text(size, '\0');
  auto const [status, bytes] = server_.read(text.data(), size);
  text.resize(bytes);
  return {status, text};
}

SessionPtr Pair::take_ticket() {
  static_cast<void>(receive());  // TLS 1.3 sends tickets behind the handshake
  return SessionPtr(SSL_get1_session(client()));
}

config::TlsServer server_for(std::vector<std::string> hosts) {
  config::TlsServer server;
  server.certificates.push_back(issue({.name = hosts.front()}));
  server.hosts = std::move(hosts);
  return server;
}

std::shared_ptr<Certificates const> certificates_for(std::vector<config::TlsServer> const& servers,
                                                     TicketKeys const& keys) {
  config::Diagnostics diagnostics;
  auto certificates = Certificates::create(servers, keys, diagnostics);
  require(certificates != nullptr);
  return certificates;
}

}  // namespace tidegate::tls::testing
