#include "tls/kept_bytes.h"

#include <cstring>

namespace tidegate::tls {

void KeptBytes::clear() {
  memory_.reset();
  begin_ = end_ = capacity_ = 0;
}

void KeptBytes::drop_front(std::size_t count) {
  begin_ += count;
  if (empty()) clear();
}

void KeptBytes::assign(std::span<char const> bytes, std::size_t capacity) {
  clear();
  if (bytes.empty()) return;
  memory_.reset(new char[capacity]);
  std::memcpy(memory_.get(), bytes.data(), bytes.size());
  end_ = bytes.size();
  capacity_ = capacity;
}

bool KeptBytes::append(std::span<char const> bytes) {
  if (bytes.size() > capacity_ - end_) return false;
  if (!bytes.empty()) std::memcpy(memory_.get() + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
  return true;
}

}  // namespace tidegate::tls
