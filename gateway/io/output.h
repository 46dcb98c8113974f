#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/io/transport.h"

namespace tidegate::gateway {

/// Character buffers that are lent out while there is something to hold, so that an idle connection
/// keeps none.
class BufferPool {
 public:
  /// An empty string, with capacity when one is at hand.
  [[nodiscard]] std::string take();
  /// Takes the capacity back.
  void give(std::string&& buffer);

 private:
  static constexpr std::size_t kMaxFree = 256;
  static constexpr std::size_t kMaxCapacity = 256 * 1024;
  std::vector<std::string> free_;
};

/// What a connection has to send and the socket did not take yet. `send` and `flush` are the only
/// ways out.
class Output {
 public:
  explicit Output(BufferPool& pool) : pool_(pool) {}
  ~Output() { pool_.give(std::move(queued_)); }
  Output(Output const&) = delete;
  Output& operator=(Output const&) = delete;

  /// Where a writer appends its bytes; they leave with the next `send` or `flush`.
  [[nodiscard]] std::string& queue();
  /// The queued bytes, then `chunk`, then `tail`: written as far as the socket takes them, the rest
  /// is kept (copied).
  [[nodiscard]] Transport::Status send(Transport& transport, std::string_view chunk,
                                       std::string_view tail);
  [[nodiscard]] Transport::Status flush(Transport& transport) { return send(transport, {}, {}); }

  [[nodiscard]] std::size_t size() const { return queued_.size() - offset_; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  /// The socket took nothing more the last time: wait for its readiness before trying again.
  [[nodiscard]] bool is_blocked() const { return blocked_; }
  void unblock() { blocked_ = false; }
  void clear();

 private:
  void keep(std::size_t written, std::string_view chunk, std::string_view tail);

  BufferPool& pool_;
  std::string queued_;
  std::size_t offset_ = 0;  ///< of the first byte not sent
  bool blocked_ = false;
};

}  // namespace tidegate::gateway
