#include "gateway/io/transport.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace tidegate::gateway {
namespace {

constexpr std::size_t kMaxParts = 4;

Transport::Result from_errno() {
  if (errno == EAGAIN || errno == EINTR) return {Transport::Status::blocked, 0, true};
  return {Transport::Status::failed, 0, true};
}

Transport::Result from_tls(tls::Session::Result result) {
  using From = tls::Session::Status;
  using To = Transport::Status;
  switch (result.status) {
    case From::done: return {To::done, result.bytes};
    case From::want_read:
    case From::want_write: return {To::blocked, 0, true};
    case From::closed: return {To::closed, 0, true};
    case From::failed: break;
  }
  return {To::failed, 0, true};
}

}  // namespace

Transport::Result Transport::handshake() {
  if (!tls_) return {Status::done};
  return from_tls(tls_->handshake());
}

Transport::Result Transport::read(std::span<char> to) {
  if (tls_) {
    auto result = from_tls(tls_->read(to.data(), to.size()));
    if (result.status == Status::done) result.drained = tls_->is_drained();
    return result;
  }
  auto const got = ::recv(socket_.fd(), to.data(), to.size(), 0);
  if (got < 0) return from_errno();
  if (got == 0) return {Status::closed, 0, true};
  auto const bytes = static_cast<std::size_t>(got);
  return {Status::done, bytes, bytes < to.size()};
}

Transport::Result Transport::write(std::span<std::string_view const> parts) {
  if (tls_) return from_tls(tls_->write(parts));
  std::array<iovec, kMaxParts> vectors;
  std::size_t count = 0;
  for (auto part : parts) {
    if (part.empty() || count == kMaxParts) continue;
    vectors[count++] = {const_cast<char*>(part.data()), part.size()};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  auto const sent = ::sendmsg(socket_.fd(), &message, MSG_NOSIGNAL);
  if (sent < 0) return from_errno();
  return {Status::done, static_cast<std::size_t>(sent)};
}

void Transport::shut_write() {
  if (tls_) tls_->close();
  ::shutdown(socket_.fd(), SHUT_WR);
}

void Transport::reset_on_close() {
  linger const now{1, 0};
  ::setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace tidegate::gateway
