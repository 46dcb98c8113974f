#include "gateway/upstream/connector.h"

#include <cerrno>
#include <utility>

namespace tidegate::gateway {
namespace {

constexpr milliseconds kStagger{250};  // RFC 8305 §5, Connection Attempt Delay

}  // namespace

struct Connector::Try final : EventHandler {
  Try(Connector& parent, Socket opened, SocketAddress const& to)
      : connector(parent), socket(std::move(opened)), address(to) {}
  void abandon() {
    if (socket) connector.loop_.remove(socket.fd());
    socket.close();
  }
  void on_ready(std::uint32_t /*events*/) override {
    if (socket) connector.on_decided(*this);
  }

  Connector& connector;
  Socket socket;
  SocketAddress address;
};

Connector::Connector(EventLoop& loop, EventHandler& owner, std::vector<SocketAddress> addresses,
                     milliseconds timeout)
    : loop_(loop),
      owner_(owner),
      addresses_(std::move(addresses)),
      stagger_(loop.timers(), *this),
      deadline_(loop.timers(), *this) {
  deadline_.arm_in(timeout);
  try_next();
}

Connector::~Connector() {
  for (auto& attempt : tries_) {
    attempt->abandon();
    loop_.dispose(std::move(attempt));  // an event for it may be waiting in this turn
  }
}

void Connector::try_next() {
  while (next_ < addresses_.size()) {
    auto const& address = addresses_[next_++];
    Socket socket = begin_connect(address);
    if (!socket) {
      error_ = errno;
      ++failed_;
      continue;
    }
    int const fd = socket.fd();
    tries_.push_back(std::make_unique<Try>(*this, std::move(socket), address));
    loop_.add(fd, *tries_.back(), EPOLLOUT | EPOLLET);
    if (next_ < addresses_.size()) stagger_.arm_in(kStagger);
    return;
  }
  if (failed_ == addresses_.size()) finish();
}

void Connector::on_decided(Try& attempt) {
  if (decided_) return;
  loop_.remove(attempt.socket.fd());
  Socket socket = std::move(attempt.socket);
  if (int const error = error_of(socket.fd()); error != 0) {
    error_ = error;
    ++failed_;
    return try_next();
  }
  winner_ = std::move(socket);
  winner_address_ = attempt.address;
  finish();
}

void Connector::on_timer(Timer& timer) {
  if (decided_) return;
  if (&timer == &stagger_) return try_next();
  error_ = ETIMEDOUT;
  finish();
}

void Connector::finish() {
  decided_ = true;
  stagger_.disarm();
  deadline_.disarm();
  loop_.schedule(owner_);
}

}  // namespace tidegate::gateway
