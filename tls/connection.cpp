#include "tls/connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tidegate::tls {
namespace {

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

Connection::Transfer Connection::receive(char* to, std::size_t size) {
  if (is_drained && trusts_drained) return {Moved::none};
  ssize_t count = 0;
  do {
    count = recv(socket, to, size, MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    auto const bytes = static_cast<std::size_t>(count);
    is_drained = bytes < size;
    return {Moved::some, bytes};
  }
  if (count == 0) {
    is_at_end = true;
    return {Moved::ended};
  }
  if (!would_block(errno)) {
    system_error = errno;
    return {Moved::failed};
  }
  is_drained = true;
  return {Moved::none};
}

Connection::Transfer Connection::transmit(char const* from, std::size_t size) {
  if (is_full) return {Moved::none};
  ssize_t count = 0;
  do {
    count = send(socket, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count >= 0) {
    auto const bytes = static_cast<std::size_t>(count);
    is_full = bytes < size;
    return {Moved::some, bytes};
  }
  if (!would_block(errno)) {
    system_error = errno;
    return {Moved::failed};
  }
  is_full = true;
  return {Moved::none};
}

Session::Status Connection::fail(std::string reason) {
  error = std::move(reason);
  is_broken = true;
  end = Session::Status::failed;
  return *end;
}

Session::Status Connection::fail_by_system() { return fail(std::strerror(system_error)); }

}  // namespace tidegate::tls
