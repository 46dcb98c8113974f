#include "gateway/observe/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace tidegate::gateway {
namespace {

constexpr int patience = 100;  // milliseconds

/// A path such as /dev/stdout cannot be opened when it is a socket, as under a service manager.
int open_path(std::string const& path) {
  if (path == "/dev/stdout") return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (path == "/dev/stderr") return fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  // O_NONBLOCK: a FIFO without a reader is an error instead of a wait without end.
  int const flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  return ::open(path.c_str(), flags, 0640);
}

/// Whole lines of at most PIPE_BUF bytes when there are such: a pipe that is ready takes so much
/// without blocking, and whoever else writes to it does not come in between.
std::string_view next_part(std::string_view text) {
  std::string_view const part = text.substr(0, PIPE_BUF);
  std::size_t const end = part.rfind('\n');
  return end == std::string_view::npos ? part : part.substr(0, end + 1);
}

}  // namespace

int LogFile::open() {
  int const opened = open_path(path_);
  if (opened < 0) return errno;
  struct stat status {};
  is_regular_ = fstat(opened, &status) == 0 && S_ISREG(status.st_mode);
  close();
  descriptor_ = opened;
  return 0;
}

void LogFile::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

bool LogFile::wait_for_room(std::function<bool()> const& gives_up) const {
  if (is_regular_) return true;
  pollfd waiting{descriptor_, POLLOUT, 0};
  while (true) {
    // An error of poll is left to write, which will say what is wrong.
    int const ready = poll(&waiting, 1, patience);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
    if (gives_up()) return false;
  }
}

std::size_t LogFile::write(std::string_view text, std::function<bool()> const& gives_up,
                           int& error) {
  error = 0;
  std::size_t written = 0;
  while (written < text.size()) {
    if (!wait_for_room(gives_up)) break;
    std::string_view const rest = text.substr(written);
    std::string_view const part = is_regular_ ? rest : next_part(rest);
    ssize_t const count = ::write(descriptor_, part.data(), part.size());
    if (count > 0) {
      written += static_cast<std::size_t>(count);
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
      error = count == 0 ? ENOSPC : errno;
      break;
    }
  }
  return written;
}

}  // namespace tidegate::gateway
