#include "tls/connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>

namespace tidegate::tls {
namespace {

constexpr std::uint32_t control_event_allowance = 128;
constexpr std::uint64_t bytes_per_control_event = 16 * 1024;

constexpr int failure = -1;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

int receive(BIO* bio, char* to, std::size_t size, std::size_t* received) {
  auto& connection = *static_cast<Connection*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (connection.is_flooded) return failure;
  if (!connection.is_drained || !connection.trusts_drained) {
    ssize_t count = 0;
    do {
      count = recv(connection.socket, to, size, MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    if (count > 0) {
      *received = static_cast<std::size_t>(count);
      connection.is_drained = *received < size;
      return 1;
    }
    if (count == 0) {
      connection.is_at_end = true;
      return 0;
    }
    if (!would_block(errno)) {
      connection.system_error = errno;
      return failure;
    }
    connection.is_drained = true;
  }
  BIO_set_retry_read(bio);
  return failure;
}

int transmit(BIO* bio, char const* from, std::size_t size, std::size_t* sent) {
  auto& connection = *static_cast<Connection*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (!connection.is_full) {
    ssize_t count = 0;
    do {
      count = send(connection.socket, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    if (count >= 0) {
      *sent = static_cast<std::size_t>(count);
      connection.is_full = *sent < size;
      return 1;
    }
    if (!would_block(errno)) {
      connection.system_error = errno;
      return failure;
    }
    connection.is_full = true;
  }
  BIO_set_retry_write(bio);
  return failure;
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return static_cast<Connection*>(BIO_get_data(bio))->is_at_end;
  return 0;
}

BIO_METHOD const* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (made == nullptr) std::abort();
    BIO_meth_set_read_ex(made, receive);
    BIO_meth_set_write_ex(made, transmit);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

}  // namespace

void attach_socket(SSL* ssl, Connection& connection) {
  BIO* bio = BIO_new(socket_method());
  if (bio == nullptr) std::abort();
  BIO_set_data(bio, &connection);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
}

void limit_control_messages(SSL const* ssl, int where, int) {
  auto& connection = Connection::of(ssl);
  if (!connection.is_established) return;
  bool const is_message = where == SSL_CB_ACCEPT_LOOP && SSL_get_state(ssl) != TLS_ST_OK;
  if (!is_message && (where & SSL_CB_ALERT) == 0) return;
  ++connection.control_events;
  if (connection.control_events >
      control_event_allowance + connection.bytes_read / bytes_per_control_event)
    connection.is_flooded = true;
}

}  // namespace tidegate::tls
