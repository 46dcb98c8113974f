#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "config/tls_client.h"
#include "tests/tls/issue.h"
#include "tls/certificates.h"
#include "tls/client_context.h"
#include "tls/openssl.h"
#include "tls/session.h"

namespace tidegate::tls::testing {

/// Settings that take `authority` for a CA.
[[nodiscard]] config::TlsClient trusting(config::istio::CertificatePair const& authority);

/// A context that must be good.
[[nodiscard]] std::shared_ptr<ClientContext const> context_for(config::TlsClient const& settings);

/// A server of OpenSSL's own that shows `shown` and wants a certificate by `authority`.
[[nodiscard]] ContextPtr demanding_server(config::istio::CertificatePair const& shown,
                                          config::istio::CertificatePair const& authority);

/// A connection of ours to an origin, both ends in this process.
class OriginPair {
 public:
  struct Asked {
    std::string_view authority;
    ClientSessions& sessions;
  };
  OriginPair(ClientContext const& context, Certificates const& origin, Asked const& asked);
  OriginPair(ClientContext const& context, SSL_CTX* origin, Asked const& asked);
  OriginPair(OriginPair const&) = delete;
  OriginPair& operator=(OriginPair const&) = delete;
  ~OriginPair();

  [[nodiscard]] Session& client() { return client_; }
  [[nodiscard]] Session& origin() { return origin_; }
  [[nodiscard]] int origin_socket() const { return sockets_[1]; }

  /// Steps both ends until both are done or one has failed; the client's last word.
  Session::Status shake_hands();
  /// The client's next read: the tickets of TLS 1.3 come that way too.
  [[nodiscard]] std::pair<Session::Status, std::string> read();

 private:
  int sockets_[2] = {-1, -1};
  Session client_;
  Session origin_;
};

}  // namespace tidegate::tls::testing
