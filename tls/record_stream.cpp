#include "tls/record_stream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace tidegate::tls {
namespace {

using Status = Session::Status;
using Moved = Connection::Moved;
using Kind = RecordLayer::Opened::Kind;

/// A thread's memory for the records that it is at work on.
struct Workspace {
  static constexpr std::size_t records_a_send = 4;

  std::array<char, 4 * RecordLayer::longest_plaintext> incoming;
  std::array<char, records_a_send * RecordLayer::longest_own_record + RecordLayer::longest_control>
      outgoing;
};

Workspace& workspace() {
  thread_local std::unique_ptr<Workspace> const memory(new Workspace);
  return *memory;
}

/// Room for what may follow `bytes`, the beginning of a record. It grows with what has come: the
/// header alone, which promises more, is cheap for a peer to send.
std::size_t capacity_for(std::span<char const> bytes) {
  constexpr std::size_t least = 256;
  return bytes.size() + std::min(RecordLayer::missing(bytes), std::max(least, bytes.size()));
}

std::size_t size_of(std::span<std::string_view const> parts) {
  std::size_t size = 0;
  for (auto const part : parts) size += part.size();
  return size;
}

}  // namespace

RecordStream::RecordStream(RecordLayer::Start const& start, Connection& connection,
                           KeptBytes const& early)
    : connection_(connection), layer_(start) {
  unread_.assign(early.bytes(), capacity_for(early.bytes()));
}

std::span<char> RecordStream::Space::fill(std::span<char> bytes) {
  auto const count = std::min(bytes.size(), free.size());
  if (count != 0) std::memcpy(free.data(), bytes.data(), count);
  free = free.subspan(count);
  filled += count;
  return bytes.subspan(count);
}

Session::Result RecordStream::read(char* to, std::size_t size) {
  Space space{{to, size}};
  connection_.is_drained = false;  // more may have come since it was
  take_opened(space);
  open_kept(space);
  while (space.filled == 0 && !connection_.end) {
    Status const status = receive(space);
    if (status != Status::done) return {status};
  }
  if (space.filled == 0) return {*connection_.end};
  return {Status::done, space.filled};
}

void RecordStream::take_opened(Space& space) {
  if (opened_ == 0) return;
  auto const rest = space.fill(unread_.bytes().first(opened_));
  unread_.drop_front(opened_ - rest.size());
  opened_ = rest.size();
}

void RecordStream::open_kept(Space& space) {
  if (opened_ != 0 || RecordLayer::missing(unread_.bytes()) != 0) return;
  auto const rest = open(unread_.bytes(), space);
  unread_.drop_front(unread_.size() - rest.size());
}

/// One recv, behind the part of a record that came before.
Status RecordStream::receive(Space& space) {
  auto const memory = std::span<char>(workspace().incoming);
  auto const before = unread_.bytes();
  auto const fresh = memory.subspan(before.size());
  auto const [moved, count] = connection_.receive(fresh.data(), fresh.size());
  switch (moved) {
    case Moved::none: return Status::want_read;
    case Moved::ended: return *(connection_.end = Status::closed);
    case Moved::failed: return connection_.fail_by_system();
    case Moved::some: break;
  }
  if (count < RecordLayer::missing(before) && unread_.append(fresh.first(count)))
    return Status::done;
  std::copy(before.begin(), before.end(), memory.begin());
  auto const rest = open(memory.first(before.size() + count), space);
  unread_.assign(rest, opened_ != 0 ? rest.size() : capacity_for(rest));
  return Status::done;
}

/// Opens the records of `bytes` for which there is space. What is left, in the same memory: opened
/// bytes and records behind them.
std::span<char> RecordStream::open(std::span<char> bytes, Space& space) {
  while (!space.free.empty() && !bytes.empty()) {
    auto const opened = layer_.open(bytes);
    if (opened.kind == Kind::incomplete) break;
    if (opened.kind == Kind::closed) connection_.end = Status::closed;
    if (opened.kind == Kind::failed) {
      auto const& complaint = layer_.complaint();
      if (complaint.alert) say_last(*complaint.alert);
      connection_.fail(complaint.text);
    }
    if (connection_.end) return {};
    bytes = bytes.subspan(opened.used);
    auto const rest = space.fill(opened.data);
    if (rest.empty()) continue;
    // Over the end of their record, so that they touch the next one.
    std::memmove(bytes.data() - rest.size(), rest.data(), rest.size());
    opened_ = rest.size();
    return {bytes.data() - rest.size(), rest.size() + bytes.size()};
  }
  return bytes;
}

bool RecordStream::is_drained() const {
  if (connection_.end || !connection_.is_drained) return false;
  return opened_ == 0 && RecordLayer::missing(unread_.bytes()) != 0;
}

Session::Result RecordStream::write(std::span<std::string_view const> parts) {
  if (connection_.is_broken) return {connection_.end.value_or(Status::closed)};
  auto const total = size_of(parts);
  if (total < sealed_) return {connection_.fail("other bytes than those that had to wait")};
  connection_.is_full = false;
  auto moved = flush();
  auto taken = settle();
  while (moved == Moved::some && unsent_.empty() && taken < total) {
    auto const memory = std::span<char>(workspace().outgoing);
    auto const sealed = layer_.seal(parts, taken, memory);
    sealed_ = sealed.plain;
    moved = send(memory.first(sealed.bytes));
    taken += settle();
  }
  if (moved == Moved::failed) return {connection_.fail_by_system()};
  if (taken == 0 && total != 0) return {Status::want_write};
  return {Status::done, taken};
}

/// Keeps what the socket does not take now.
Moved RecordStream::send(std::span<char const> bytes) {
  auto const [moved, count] = connection_.transmit(bytes.data(), bytes.size());
  auto const rest = bytes.subspan(count);
  unsent_.assign(rest, rest.size());
  return moved;
}

Moved RecordStream::flush() {
  if (unsent_.empty()) return Moved::some;
  auto const [moved, count] = connection_.transmit(unsent_.bytes().data(), unsent_.size());
  unsent_.drop_front(count);
  return moved;
}

/// How many of the bytes that the caller still holds have left for good.
std::size_t RecordStream::settle() {
  auto const waiting = RecordLayer::plain_within(unsent_.size(), sealed_);
  auto const settled = sealed_ - waiting;
  sealed_ = waiting;
  return settled;
}

void RecordStream::close() {
  if (connection_.is_broken) return;
  say_last(Alert::close_notify);
  connection_.is_broken = true;
}

/// Best effort: behind what is sealed already, or not at all.
void RecordStream::say_last(Alert alert) {
  connection_.is_full = false;
  if (flush() == Moved::failed || !unsent_.empty()) return;
  std::array<char, RecordLayer::longest_control> record;
  auto const size = layer_.seal_alert(alert, record);
  [[maybe_unused]] auto const ignored = connection_.transmit(record.data(), size);
}

}  // namespace tidegate::tls
