#include "gateway/downstream/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace tidegate::gateway {
namespace {

constexpr int kAcceptsATurn = 64;
constexpr milliseconds kRest{100};

}  // namespace

Listener::Listener(EventLoop& loop, Socket socket, Accept accept)
    : loop_(loop),
      socket_(std::move(socket)),
      accept_(std::move(accept)),
      rest_(loop.timers(), *this) {
  loop_.add(socket_.fd(), *this,
            EPOLLIN);  // level-triggered: what is left over comes back by itself
}

Listener::~Listener() { loop_.remove(socket_.fd()); }

void Listener::on_ready(std::uint32_t /*events*/) {
  for (int i = 0; i < kAcceptsATurn && accept_next(); ++i) {
  }
}

void Listener::accept_all() {
  while (accept_next()) {
  }
}

bool Listener::accept_next() {
  sockaddr_storage remote{};
  socklen_t size = sizeof remote;
  int const fd = ::accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&remote), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    bool const is_exhausted =
        errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    if (is_exhausted) {
      loop_.remove(socket_.fd());
      rest_.arm_in(kRest);
    }
    return errno == ECONNABORTED || errno == EINTR;
  }
  int const one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  accept_(Socket(fd), SocketAddress::from(remote));
  return true;
}

void Listener::on_timer(Timer& /*timer*/) { loop_.add(socket_.fd(), *this, EPOLLIN); }

}  // namespace tidegate::gateway
