#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "gateway/observe/access_line.h"
#include "gateway/observe/log_block.h"
#include "gateway/observe/log_file.h"

namespace tidegate::gateway {

struct RequestRecord;

/// The access log of the process: a file and the thread that writes to it, so that no worker ever
/// waits for a disk or for the reader of a pipe. When that thread is more than 8 MiB behind, lines
/// are dropped and counted.
class AccessLog {
 public:
  /// Opens `path` for appending (/dev/stdout and /dev/stderr mean the process's own); "off" writes
  /// nothing. Throws std::system_error when it cannot be opened.
  explicit AccessLog(std::string const& path);
  /// Writes what was submitted, then ends; gives up on a reader that takes nothing for a second.
  ~AccessLog();
  AccessLog(AccessLog const&) = delete;
  AccessLog& operator=(AccessLog const&) = delete;

  /// False: nobody need make a line.
  [[nodiscard]] bool is_enabled() const { return thread_.joinable(); }
  /// Opens the path anew, behind what was submitted so far: after logrotate renamed the file. When
  /// that fails the old file stays in use, and stderr says so. Callable from any thread.
  void reopen();
  /// Takes the lines of `block`, which is empty afterwards. Callable from any thread.
  void submit(LogBlock& block);
  /// Lines that were lost, to a slow reader or to errors of the file, since the start.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  void run();
  void write(std::span<LogBlock> blocks);
  void open_anew();
  void report_once(int error);

  LogFile file_;  ///< only the thread touches it
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<LogBlock> queue_;              ///< guarded by mutex_, as the next four
  std::vector<LogBlock> spare_;              ///< written blocks, to be filled again
  std::size_t pending_ = 0;                  ///< bytes submitted and not yet written
  std::optional<std::size_t> reopen_after_;  ///< so many blocks of the queue
  bool is_stopping_ = false;
  std::atomic<std::uint64_t> dropped_{0};
  bool has_reported_ = false;
  std::thread thread_;
};

/// One worker's share: formats into memory of its own and passes it on when 64 KiB are full or
/// `flush()` is called. Not thread-safe.
class AccessLogBuffer {
 public:
  explicit AccessLogBuffer(AccessLog& log) : log_(log) {}
  ~AccessLogBuffer() { flush(); }
  AccessLogBuffer(AccessLogBuffer const&) = delete;
  AccessLogBuffer& operator=(AccessLogBuffer const&) = delete;

  /// One line for `record`; nothing when the log is off.
  void write(RequestRecord const& record);
  /// Passes on what there is. For the worker's timer, every quarter of a second.
  void flush();

 private:
  AccessLog& log_;
  AccessLine line_;
  LogBlock block_;
};

}  // namespace tidegate::gateway
