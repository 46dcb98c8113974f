#include "gateway/io/output.h"

#include <array>
#include <utility>

namespace tidegate::gateway {

std::string BufferPool::take() {
  if (free_.empty()) {
    std::string fresh;
    fresh.reserve(4096);
    return fresh;
  }
  std::string buffer = std::move(free_.back());
  free_.pop_back();
  return buffer;
}

void BufferPool::give(std::string&& buffer) {
  if (buffer.capacity() < 1024 || buffer.capacity() > kMaxCapacity || free_.size() >= kMaxFree) {
    std::string().swap(buffer);
    return;
  }
  buffer.clear();
  free_.push_back(std::move(buffer));
  buffer = std::string();
}

std::string& Output::queue() {
  if (queued_.capacity() < 1024) queued_ = pool_.take();
  return queued_;
}

Transport::Status Output::send(Transport& transport, std::string_view chunk,
                               std::string_view tail) {
  using Status = Transport::Status;
  auto const total = size() + chunk.size() + tail.size();
  std::size_t written = 0;
  auto status = blocked_ ? Status::blocked : Status::done;
  while (status == Status::done && written < total) {
    auto skip = written;
    std::array<std::string_view, 3> parts{std::string_view(queued_).substr(offset_), chunk, tail};
    for (auto& part : parts) {
      auto const gone = std::min(skip, part.size());
      part.remove_prefix(gone);
      skip -= gone;
    }
    auto const result = transport.write(parts);
    status = result.status;
    written += result.bytes;
  }
  blocked_ = status == Status::blocked;
  keep(written, chunk, tail);
  return status;
}

void Output::keep(std::size_t written, std::string_view chunk, std::string_view tail) {
  if (written < size()) {
    offset_ += written;
    written = 0;
    if (offset_ > 32 * 1024) queued_.erase(0, std::exchange(offset_, 0));
  } else {
    written -= size();
    clear();
  }
  for (auto part : {chunk, tail}) {
    auto const gone = std::min(written, part.size());
    written -= gone;
    if (gone < part.size()) queue().append(part.substr(gone));
  }
}

void Output::clear() {
  offset_ = 0;
  pool_.give(std::move(queued_));
}

}  // namespace tidegate::gateway
