#include "gateway/h2_pump.h"

#include <utility>

namespace tidegate::gateway {
namespace {

using http::Failure;

/// Of output; with more of it unsent nothing is received.
constexpr std::size_t kBatch = 64 * 1024;
constexpr int kReadsAStep = 16;

}  // namespace

H2Pump::H2Pump(EventLoop& loop, BufferPool& buffers, http::H2Session::Role role,
               http::H2Limits const& limits, http::H2Events& events)
    : loop_(loop), output_(buffers), session_(role, limits, events) {}

void H2Pump::attach(Transport transport) {
  transport_ = std::move(transport);
  last_progress_ = loop_.now();
}

void H2Pump::note(std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0) has_hung_up_ = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) output_.unblock();
}

void H2Pump::detach() {
  if (!is_attached()) return;
  loop_.remove(transport_.fd());
  transport_.close();
}

H2Pump::Broken H2Pump::read(std::span<char> scratch, EventHandler& owner) {
  for (int reads = 0; readable_ && !session_.is_over();) {
    if (output_.size() >= kBatch) return {};  // who does not read gets no work done
    if (++reads > kReadsAStep) {
      loop_.schedule(owner);
      return {};
    }
    auto const result = transport_.read(scratch);
    if (result.drained && !has_hung_up_) readable_ = false;
    if (result.status == Transport::Status::blocked) return {};
    if (result.status == Transport::Status::failed) return Failure::Kind::reset;
    if (result.status == Transport::Status::closed) return Failure::Kind::closed;
    if (auto const broken = receive({scratch.data(), result.bytes})) return broken;
  }
  return {};
}

H2Pump::Broken H2Pump::discard(std::span<char> scratch, EventHandler& owner) {
  for (int reads = 0; readable_;) {
    if (++reads > kReadsAStep) {
      loop_.schedule(owner);
      return {};
    }
    auto const result = transport_.read(scratch);
    if (result.drained && !has_hung_up_) readable_ = false;
    if (result.status == Transport::Status::blocked) return {};
    if (result.status != Transport::Status::done) return Failure::Kind::closed;
  }
  return {};
}

H2Pump::Broken H2Pump::receive(std::string_view bytes) {
  [[maybe_unused]] bool const goes_on = session_.receive(bytes, loop_.now());
  if (auto const head = session_.head_under_way(); head != head_) {
    head_ = head;
    head_since_ = head == 0 ? TimePoint{} : loop_.now();
  }
  return send();
}

H2Pump::Broken H2Pump::send() {
  for (;;) {
    if (output_.size() < kBatch && session_.wants_output()) {
      [[maybe_unused]] bool const has_more = session_.produce(output_.queue(), kBatch);
    }
    if (output_.empty() || output_.is_blocked()) return {};
    auto const before = output_.size();
    if (output_.flush(transport_) == Transport::Status::failed) return Failure::Kind::reset;
    if (output_.size() < before) last_progress_ = loop_.now();
  }
}

bool H2Pump::is_finished() const {
  return session_.is_over() && output_.empty() && !session_.wants_output();
}

}  // namespace tidegate::gateway
