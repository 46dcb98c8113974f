#include "gateway/observe/access_log.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include "gateway/observe/record.h"

namespace tidegate::gateway {
namespace {

constexpr std::size_t largest_backlog = 8 * 1024 * 1024;
constexpr std::size_t full_block = 64 * 1024;
constexpr std::size_t kept_spares = 64;
constexpr std::chrono::seconds patience_at_end{1};

/// Signals are the main thread's.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

std::uint64_t lines_in(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

AccessLog::AccessLog(std::string const& path) : file_(path) {
  if (path == "off") return;
  if (int const error = file_.open(); error != 0)
    throw std::system_error(error, std::generic_category(), "access log " + path);
  thread_ = std::thread([this] { run(); });
}

AccessLog::~AccessLog() {
  if (!is_enabled()) return;
  {
    std::lock_guard const lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void AccessLog::reopen() {
  {
    std::lock_guard const lock(mutex_);
    reopen_after_ = queue_.size();
  }
  wake_.notify_one();
}

void AccessLog::submit(LogBlock& block) {
  bool is_taken = false;
  {
    std::lock_guard const lock(mutex_);
    if (is_enabled() && pending_ + block.text().size() <= largest_backlog) {
      is_taken = true;
      pending_ += block.text().size();
      queue_.push_back(std::move(block));
      block = LogBlock();
      if (!spare_.empty()) {
        block = std::move(spare_.back());
        spare_.pop_back();
      }
    }
  }
  if (is_taken) return wake_.notify_one();
  dropped_.fetch_add(block.lines(), std::memory_order_relaxed);
  block.clear();
}

void AccessLog::run() {
  block_signals();
  std::vector<LogBlock> taken;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return is_stopping_ || reopen_after_ || !queue_.empty(); });
    bool const is_last = is_stopping_ && queue_.empty();
    auto const reopen_after = std::exchange(reopen_after_, std::nullopt);
    taken.swap(queue_);
    lock.unlock();
    std::span<LogBlock> const blocks(taken);
    write(blocks.first(reopen_after.value_or(blocks.size())));
    if (reopen_after) {
      open_anew();
      write(blocks.subspan(*reopen_after));
    }
    lock.lock();
    for (auto& block : taken)
      if (spare_.size() < kept_spares) spare_.push_back(std::move(block));
    taken.clear();
    if (is_last) return;
  }
}

void AccessLog::write(std::span<LogBlock> blocks) {
  std::chrono::steady_clock::time_point end{};
  bool has_given_up = false;
  auto const gives_up = [&] {
    std::lock_guard const lock(mutex_);
    auto const now = std::chrono::steady_clock::now();
    if (!is_stopping_) return false;
    if (end == std::chrono::steady_clock::time_point{}) end = now + patience_at_end;
    return has_given_up = now >= end;
  };
  for (auto& block : blocks) {
    std::string_view const text = block.text();
    int error = 0;
    std::size_t const written = has_given_up ? 0 : file_.write(text, gives_up, error);
    dropped_.fetch_add(lines_in(text.substr(written)), std::memory_order_relaxed);
    if (error != 0) report_once(error);
    {
      std::lock_guard const lock(mutex_);
      pending_ -= text.size();
    }
    block.clear();
  }
}

void AccessLog::open_anew() {
  int const error = file_.open();
  has_reported_ = false;
  if (error == 0) return;
  std::fprintf(stderr, "access log %s: cannot be opened anew: %s; the old file stays\n",
               file_.path().c_str(), std::strerror(error));
}

void AccessLog::report_once(int error) {
  if (std::exchange(has_reported_, true)) return;
  std::fprintf(stderr, "access log %s: %s; lines are lost\n", file_.path().c_str(),
               std::strerror(error));
}

void AccessLogBuffer::write(RequestRecord const& record) {
  if (!log_.is_enabled()) return;
  line_.append(record, block_);
  if (block_.text().size() >= full_block) flush();
}

void AccessLogBuffer::flush() {
  if (block_.lines() != 0) log_.submit(block_);
}

}  // namespace tidegate::gateway
