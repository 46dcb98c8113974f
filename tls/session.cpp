#include "tls/session.h"

#include "tls/connection.h"
#include "tls/openssl_stream.h"
#include "tls/record_stream.h"

namespace tidegate::tls {

/// One of the two streams is there: OpenSSL's at first, then perhaps ours. Both refer to
/// `connection`, which is declared before them and so goes last.
struct Session::State {
  Connection connection;
  std::unique_ptr<OpensslStream> openssl;
  std::unique_ptr<RecordStream> records;

  State(SSL* ssl, int socket) {
    connection.socket = socket;
    openssl = std::make_unique<OpensslStream>(SslPtr(ssl), connection);
  }
};

Session::Session(ssl_st* ssl, int socket) : state_(std::make_unique<State>(ssl, socket)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Session::Result Session::handshake() {
  if (state_->records) return {Status::done};
  auto const result = state_->openssl->handshake();
  if (result.status != Status::done) return result;
  state_->records = state_->openssl->hand_over();
  if (state_->records) state_->openssl.reset();
  return result;
}

Session::Result Session::read(char* to, std::size_t size) {
  return state_->records ? state_->records->read(to, size) : state_->openssl->read(to, size);
}

Session::Result Session::write(std::span<std::string_view const> parts) {
  return state_->records ? state_->records->write(parts) : state_->openssl->write(parts);
}

Session::Result Session::write(char const* from, std::size_t size) {
  std::string_view const part(from, size);
  return write(std::span(&part, 1));
}

void Session::close() {
  return state_->records ? state_->records->close() : state_->openssl->close();
}

bool Session::is_drained() const {
  return state_->records ? state_->records->is_drained() : state_->openssl->is_drained();
}

std::uint32_t Session::server() const { return state_->connection.server; }

std::string_view Session::server_name() const { return state_->connection.server_name; }

std::string_view Session::protocol() const { return state_->connection.protocol; }

std::string_view Session::cipher() const { return state_->connection.cipher; }

std::string_view Session::alpn() const { return state_->connection.alpn; }

bool Session::is_resumed() const { return state_->connection.is_resumed; }

PeerCertificate const* Session::peer_certificate() const { return state_->connection.peer.get(); }

bool Session::has_own_records() const { return state_->records != nullptr; }

std::string Session::error() const { return state_->connection.error; }

}  // namespace tidegate::tls
