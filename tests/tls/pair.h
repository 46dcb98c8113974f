#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tls/certificates.h"
#include "tls/openssl.h"
#include "tls/session.h"

namespace tidegate::tls::testing {

using SessionPtr = std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION_free>>;

/// What the client of a test says in its ClientHello.
struct Hello {
  std::string server_name{};  ///< empty = no SNI
  int min_version = TLS1_2_VERSION;
  int max_version = TLS1_3_VERSION;
  std::vector<std::string> alpn{};                              ///< empty = no ALPN
  std::string ciphers{};                                        ///< of TLS 1.2; empty = OpenSSL's
  std::string suites{};                                         ///< of TLS 1.3; empty = OpenSSL's
  std::string signatures{};                                     ///< empty = OpenSSL's
  SSL_SESSION* ticket = nullptr;                                ///< to resume with
  config::istio::CertificatePair const* certificate = nullptr;  ///< shown when asked for
};

/// A client of OpenSSL's own and a Session at the two ends of a socket pair.
class Pair {
 public:
  explicit Pair(Certificates const& certificates, Hello const& hello = {});
  Pair(Pair const&) = delete;
  Pair& operator=(Pair const&) = delete;
  ~Pair();

  [[nodiscard]] SSL* client() { return client_.get(); }
  [[nodiscard]] Session& server() { return server_; }
  [[nodiscard]] int client_socket() const { return sockets_[0]; }
  [[nodiscard]] int server_socket() const { return sockets_[1]; }

  /// Steps both ends until both are done or the server is not; the server's last word.
  Session::Status shake_hands();
  /// One step of the client's handshake: true when it is complete.
  bool step_client();
  /// Why the client's handshake failed, by OpenSSL's reason; empty = it did not.
  [[nodiscard]] std::string const& client_error() const { return client_error_; }

  /// The client writes `text` whole, in one record up to 16 KiB.
  void send(std::string const& text);
  /// What the client can read now, without waiting.
  [[nodiscard]] std::string receive();
  /// The server's next read into `size` bytes.
  [[nodiscard]] std::pair<Session::Status, std::string> read(std::size_t size = 65536);
  /// The client takes the ticket that came with the last handshake.
  [[nodiscard]] SessionPtr take_ticket();
  void close_client_socket();

 private:
  int sockets_[2] = {-1, -1};
  ContextPtr context_;
  SslPtr client_;
  Session server_;
  std::string client_error_;
};

/// A server for `hosts` with a fresh certificate named after the first of them.
[[nodiscard]] config::TlsServer server_for(std::vector<std::string> hosts);

/// Certificates that must be good.
[[nodiscard]] std::shared_ptr<Certificates const> certificates_for(
    std::vector<config::TlsServer> const& servers, TicketKeys const& keys = TicketKeys::generate());

}  // namespace tidegate::tls::testing
