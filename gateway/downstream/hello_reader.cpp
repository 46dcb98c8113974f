#include "gateway/downstream/hello_reader.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "gateway/observe/metrics.h"
#include "tls/client_hello.h"

namespace tidegate::gateway {

HelloReader::HelloReader(Service& service, Owner& owner, Socket socket, ConnectionInfo info)
    : service_(service),
      owner_(owner),
      socket_(std::move(socket)),
      info_(std::move(info)),
      timer_(service.loop().timers(), *this) {}

void HelloReader::open() {
  timer_.arm_in(service_.settings().limits.tls_handshake_timeout);
  service_.loop().add(socket_.fd(), *this, EPOLLIN | EPOLLRDHUP | EPOLLET);
}

/// Who has just connected is about to say something; the handshake's timeout bounds it.
void HelloReader::drain() {}

void HelloReader::cut() {
  if (socket_) give_up();
}

void HelloReader::on_ready(std::uint32_t events) {
  if (!socket_) return;
  auto const scratch = service_.scratch();
  auto const got = ::recv(socket_.fd(), scratch.data(), scratch.size(), MSG_PEEK);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return give_up();
  auto const size = static_cast<std::size_t>(got);
  auto const hello = tls::ClientHello::read({scratch.data(), size});
  using Status = tls::ClientHello::Status;
  bool const can_grow = size < scratch.size() && (events & (EPOLLRDHUP | EPOLLHUP)) == 0;
  if (hello.status == Status::incomplete && can_grow) return;
  if (hello.status != Status::complete) return give_up();
  timer_.disarm();
  service_.loop().remove(socket_.fd());
  owner_.hello_read(*this, std::move(socket_), std::move(info_), hello.name);
}

void HelloReader::on_timer(Timer& /*timer*/) { give_up(); }

void HelloReader::give_up() {
  timer_.disarm();
  service_.loop().remove(socket_.fd());
  socket_.close();
  service_.metrics().handshake_failed();
  service_.closed(*this);
}

}  // namespace tidegate::gateway
