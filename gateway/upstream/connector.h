#pragma once

#include <memory>
#include <vector>

#include "gateway/io/event_loop.h"
#include "gateway/io/socket.h"

namespace tidegate::gateway {

/// Opens one TCP connection to whichever of several addresses of a name answers first (Happy
/// Eyeballs, RFC 8305): the next one is tried when an attempt failed or took longer than 250 ms.
///
/// When it is decided, `owner` gets a step; it then asks for the result and destroys the connector.
class Connector final : public TimerHandler {
 public:
  /// `addresses` in the order of preference; at least one.
  Connector(EventLoop& loop, EventHandler& owner, std::vector<SocketAddress> addresses,
            milliseconds timeout);
  ~Connector();

  [[nodiscard]] bool is_decided() const { return decided_; }
  /// The connected socket; empty when every address failed.
  [[nodiscard]] Socket take_socket() { return std::move(winner_); }
  [[nodiscard]] SocketAddress const& address() const { return winner_address_; }
  /// Why it failed: an errno; ETIMEDOUT when the time ran out.
  [[nodiscard]] int error() const { return error_; }

  void on_timer(Timer& timer) override;

 private:
  struct Try;
  void try_next();
  void on_decided(Try& attempt);
  void finish();

  EventLoop& loop_;
  EventHandler& owner_;
  std::vector<SocketAddress> addresses_;
  std::vector<std::unique_ptr<Try>> tries_;
  Timer stagger_;
  Timer deadline_;
  Socket winner_;
  SocketAddress winner_address_;
  std::size_t next_ = 0;  ///< of `addresses_`
  std::size_t failed_ = 0;
  int error_ = 0;
  bool decided_ = false;
};

}  // namespace tidegate::gateway
