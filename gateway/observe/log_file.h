#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace tidegate::gateway {

/// A file, pipe or terminal that is appended to. Used by one thread.
class LogFile {
 public:
  explicit LogFile(std::string path) : path_(std::move(path)) {}
  ~LogFile() { close(); }
  LogFile(LogFile const&) = delete;
  LogFile& operator=(LogFile const&) = delete;

  /// Opens the path, in place of what was open before. An errno, and the old file stays; 0 = good.
  [[nodiscard]] int open();
  /// Writes all of `text`. While a pipe or terminal is full asks `gives_up` every 100 ms. Returns
  /// how many bytes were written; fewer than all only on errors (`error` is an errno) or after
  /// giving up (`error` is 0).
  [[nodiscard]] std::size_t write(std::string_view text, std::function<bool()> const& gives_up,
                                  int& error);
  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  void close();
  /// False: gave up.
  [[nodiscard]] bool wait_for_room(std::function<bool()> const& gives_up) const;

  std::string path_;
  int descriptor_ = -1;
  bool is_regular_ = false;
};

}  // namespace tidegate::gateway
