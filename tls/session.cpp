#include "tls/session.h"

#include <cstring>
#include <optional>
#include <utility>

#include "tls/connection.h"
#include "tls/openssl.h"

namespace tidegate::tls {

struct Session::State {
  // Declared before `ssl`, which points to it and so must go first.
  Connection connection;
  SslPtr ssl;
  std::string error;
  std::optional<Status> end;  ///< what every further read answers, once there is nothing more
  bool is_broken = false;     ///< nothing more may be sent
  bool wants_read = false;    ///< the last read stopped for lack of bytes

  State(SSL* taken, int socket) : ssl(taken) {
    connection.socket = socket;
    SSL_set_app_data(taken, &connection);
    attach_socket(taken, connection);
  }

  [[nodiscard]] bool is_drained() const {
    if (end) return false;
    return wants_read || (connection.is_drained && SSL_has_pending(ssl.get()) == 0);
  }

  /// Something may have come since the last read. What ends in `want_read` has asked the socket.
  void resume_reading() {
    if (is_drained()) connection.is_drained = false;
    connection.trusts_drained = false;
    wants_read = false;
    resume_writing();
  }

  void resume_writing() {
    clear_errors();
    connection.is_full = false;
  }

  /// Why the last call of OpenSSL, which returned `result` ≤ 0, did not succeed.
  [[nodiscard]] Status explain(int result) {
    switch (SSL_get_error(ssl.get(), result)) {
      case SSL_ERROR_WANT_READ: return Status::want_read;
      case SSL_ERROR_WANT_WRITE: return Status::want_write;
      case SSL_ERROR_ZERO_RETURN: end = Status::closed; return *end;
      default: break_off(); return *end;
    }
  }

  [[nodiscard]] Status stopped_reading(int result) {
    Status const status = explain(result);
    wants_read = status == Status::want_read;
    return status;
  }

  void break_off() {
    bool const was_closed = connection.is_at_end && connection.system_error == 0;
    end = was_closed ? Status::closed : Status::failed;
    is_broken = true;
    std::string reason = take_error();
    if (!connection.refusal.empty()) {
      error = connection.refusal;
    } else if (connection.is_flooded) {
      error = "too many messages without data";
    } else if (connection.system_error != 0) {
      error = std::strerror(connection.system_error);
    } else {
      error = was_closed ? "closed by the peer" : std::move(reason);
    }
  }
};

Session::Session(ssl_st* ssl, int socket) : state_(std::make_unique<State>(ssl, socket)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Session::Result Session::handshake() {
  if (state_->end) return {*state_->end};
  state_->resume_reading();
  int const result = SSL_do_handshake(state_->ssl.get());
  if (result != 1) return {state_->stopped_reading(result)};
  state_->connection.is_established = true;
  return {Status::done};
}

Session::Result Session::read(char* to, std::size_t size) {
  if (state_->end) return {*state_->end};
  state_->resume_reading();
  SSL* const ssl = state_->ssl.get();
  std::size_t bytes = 0;
  do {
    std::size_t count = 0;
    int const result = SSL_read_ex(ssl, to + bytes, size - bytes, &count);
    if (result != 1) {
      Status const status = state_->stopped_reading(result);
      if (bytes == 0) return {status};
      break;  // first what came before; the next call answers the rest
    }
    bytes += count;
    state_->connection.bytes_read += count;
    state_->connection.trusts_drained = true;  // the rest is only what OpenSSL has buffered
  } while (bytes < size && SSL_has_pending(ssl) != 0);
  return {Status::done, bytes};
}

Session::Result Session::write(char const* from, std::size_t size) {
  if (state_->is_broken) return {*state_->end};
  state_->resume_writing();
  std::size_t bytes = 0;
  while (bytes < size) {
    std::size_t count = 0;
    int const result = SSL_write_ex(state_->ssl.get(), from + bytes, size - bytes, &count);
    if (result != 1) {
      Status const status = state_->explain(result);
      if (bytes == 0) return {status};
      break;
    }
    bytes += count;
  }
  return {Status::done, bytes};
}

void Session::close() {
  if (state_->is_broken || !state_->connection.is_established) return;
  state_->is_broken = true;
  state_->end = Status::closed;
  state_->resume_writing();
  SSL_shutdown(state_->ssl.get());
  clear_errors();
}

bool Session::is_drained() const { return state_->is_drained(); }

std::uint32_t Session::server() const { return state_->connection.server; }

std::string_view Session::server_name() const { return state_->connection.server_name; }

std::string_view Session::protocol() const { return SSL_get_version(state_->ssl.get()); }

std::string_view Session::cipher() const { return SSL_get_cipher_name(state_->ssl.get()); }

std::string_view Session::alpn() const {
  unsigned char const* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(state_->ssl.get(), &name, &size);
  return {reinterpret_cast<char const*>(name), size};
}

bool Session::is_resumed() const { return SSL_session_reused(state_->ssl.get()) == 1; }

std::string Session::error() const { return state_->error; }

}  // namespace tidegate::tls
