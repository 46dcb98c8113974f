#include "gateway/upstream/request_queue.h"

#include <utility>

namespace tidegate::gateway {

void WaitingRequest::leave_queue() {
  if (queue_ != nullptr) std::exchange(queue_, nullptr)->unlink(*this);
  pending_.release();
}

RequestQueue::~RequestQueue() {
  while (first_ != nullptr) first_->leave_queue();
}

bool RequestQueue::join(WaitingRequest& request, UseCount& pending, std::uint32_t limit) {
  request.pending_ = Claim::take(pending, limit);
  if (!request.pending_) return false;
  request.queue_ = this;
  request.before_ = last_;
  request.behind_ = nullptr;
  (last_ != nullptr ? last_->behind_ : first_) = &request;
  last_ = &request;
  return true;
}

void RequestQueue::unlink(WaitingRequest& request) {
  if (last_to_fail_ == &request) last_to_fail_ = request.before_;
  (request.before_ != nullptr ? request.before_->behind_ : first_) = request.behind_;
  (request.behind_ != nullptr ? request.behind_->before_ : last_) = request.before_;
}

void RequestQueue::wake() {
  if (first_ != nullptr) loop_.schedule(*this);
}

void RequestQueue::give_up() {
  last_to_fail_ = last_;
  wake();
}

void RequestQueue::on_ready(std::uint32_t /*events*/) {
  while (last_to_fail_ != nullptr) {
    WaitingRequest& request = *first_;
    request.leave_queue();
    request.on_unreachable();
  }
  while (first_ != nullptr && first_->on_turn()) {
  }
}

}  // namespace tidegate::gateway
