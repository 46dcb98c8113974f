#include "gateway/l4_flow.h"

#include <sys/epoll.h>

#include <string_view>

namespace tidegate::gateway {
namespace {

/// Reads in a row before other connections get their turn.
constexpr int kReadsAStep = 16;

}  // namespace

void L4Flow::note_source(std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0) has_hung_up_ = true;
}

void L4Flow::note_sink(std::uint32_t events) {
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) output_.unblock();
}

L4Flow::Outcome L4Flow::advance(std::span<char> scratch) {
  if (is_over_) return Outcome::over;
  if (!output_.empty() && output_.flush(to_) == Transport::Status::failed)
    return Outcome::sink_broke;
  for (int reads = 0; output_.empty(); ++reads) {
    if (is_at_end_) {
      to_.shut_write();
      is_over_ = true;
      return Outcome::over;
    }
    if (!readable_) return Outcome::waiting;
    if (reads == kReadsAStep) return Outcome::busy;
    if (auto const outcome = read(scratch); outcome != Outcome::busy) return outcome;
  }
  return Outcome::waiting;
}

/// `busy` when it may go on.
L4Flow::Outcome L4Flow::read(std::span<char> scratch) {
  auto const result = from_.read(scratch);
  // Behind the last bytes of a peer that hung up waits its end, and no further event will announce
  // it.
  if (result.drained && !has_hung_up_) readable_ = false;
  switch (result.status) {
    case Transport::Status::blocked: return Outcome::waiting;
    case Transport::Status::failed: return Outcome::source_broke;
    case Transport::Status::closed: is_at_end_ = true; return Outcome::busy;
    case Transport::Status::done: break;
  }
  passed_ += result.bytes;
  auto const status = output_.send(to_, std::string_view(scratch.data(), result.bytes), {});
  return status == Transport::Status::failed ? Outcome::sink_broke : Outcome::busy;
}

}  // namespace tidegate::gateway
