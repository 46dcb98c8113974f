#pragma once

#include <cstdint>

#include "gateway/io/event_loop.h"
#include "gateway/upstream/claim.h"

namespace tidegate::gateway {

class RequestQueue;

/// A request for which its host has no connection to spare. Leaves the queue when it dies.
class WaitingRequest {
 public:
  WaitingRequest() = default;
  WaitingRequest(WaitingRequest const&) = delete;
  WaitingRequest& operator=(WaitingRequest const&) = delete;
  virtual ~WaitingRequest() { leave_queue(); }

  /// There may be a connection now. Returns false when there was none after all: it stays the first
  /// in the queue. Else it has left the queue itself.
  [[nodiscard]] virtual bool on_turn() = 0;
  /// The host cannot be connected to. It has left the queue already.
  virtual void on_unreachable() = 0;

  [[nodiscard]] bool is_waiting() const { return queue_ != nullptr; }
  void leave_queue();

 private:
  friend class RequestQueue;
  RequestQueue* queue_ = nullptr;
  WaitingRequest* before_ = nullptr;
  WaitingRequest* behind_ = nullptr;
  Claim pending_;
};

/// The requests that wait for one host's connections in one worker, first come, first served.
class RequestQueue final : public EventHandler {
 public:
  explicit RequestQueue(EventLoop& loop) : loop_(loop) {}
  ~RequestQueue() override;

  /// False when as many as `limit` wait in the cluster already.
  [[nodiscard]] bool join(WaitingRequest& request, UseCount& pending, std::uint32_t limit);
  /// A connection may be free: the first has its turn in a step of its own.
  void wake();
  /// The host does not answer: all who wait hear of it, rather than each of them trying alone.
  void give_up();

  void on_ready(std::uint32_t events) override;

 private:
  friend class WaitingRequest;
  void unlink(WaitingRequest& request);

  EventLoop& loop_;
  WaitingRequest* first_ = nullptr;
  WaitingRequest* last_ = nullptr;
  WaitingRequest* last_to_fail_ = nullptr;  ///< the first up to this one hear that it is in vain
};

}  // namespace tidegate::gateway
