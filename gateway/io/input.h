#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "gateway/io/output.h"

namespace tidegate::gateway {

/// What a connection has received and not used yet. Holds no memory while empty.
class Input {
 public:
  explicit Input(BufferPool& pool) : pool_(pool) {}
  ~Input() { pool_.give(std::move(bytes_)); }
  Input(Input const&) = delete;
  Input& operator=(Input const&) = delete;

  [[nodiscard]] std::string_view view() const { return std::string_view(bytes_).substr(used_); }
  [[nodiscard]] bool empty() const { return used_ == bytes_.size(); }

  /// The first `size` bytes are done with.
  void use(std::size_t size) {
    used_ += size;
    if (!empty()) return;
    used_ = 0;
    pool_.give(std::move(bytes_));
  }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    if (bytes_.capacity() < 1024) bytes_ = pool_.take();
    if (used_ != 0) bytes_.erase(0, std::exchange(used_, 0));
    bytes_.append(bytes);
  }

 private:
  BufferPool& pool_;
  std::string bytes_;
  std::size_t used_ = 0;
};

}  // namespace tidegate::gateway
