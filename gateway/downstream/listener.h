#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "gateway/io/event_loop.h"
#include "gateway/io/socket.h"

namespace tidegate::gateway {

/// Accepts connections on one socket and hands them on. Rests for a moment when the process is out
/// of file descriptors.
class Listener final : public EventHandler, public TimerHandler {
 public:
  using Accept = std::function<void(Socket, SocketAddress const& remote)>;
  Listener(EventLoop& loop, Socket socket, Accept accept);
  ~Listener() override;

  void on_ready(std::uint32_t events) override;
  void on_timer(Timer& timer) override;
  /// Everybody who is in the queue; before the end, as they were promised an answer.
  void accept_all();

 private:
  /// False when nobody is waiting.
  bool accept_next();

  EventLoop& loop_;
  Socket socket_;
  Accept accept_;
  Timer rest_;
};

}  // namespace tidegate::gateway
