#include "gateway/observe/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "gateway/observe/metric_families.h"

namespace tidegate::gateway {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

double seconds(timeval time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// The numbers of /proc/self/stat behind the command's name; `[0]` is the manual's field 4 (ppid).
std::vector<std::int64_t> stat_numbers() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  std::size_t const name_end = text.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos || name_end + 4 > text.size()) return {};
  std::istringstream rest(text.substr(name_end + 4));  // ") S "
  std::vector<std::int64_t> numbers;
  for (std::int64_t number = 0; rest >> number;) numbers.push_back(number);
  return numbers;
}

double boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double value = 0;
    if (word == "btime" && file >> value) return value;
  }
  return 0;
}

double count_descriptors() {
  std::unique_ptr<DIR, int (*)(DIR*)> const folder(opendir("/proc/self/fd"), closedir);
  if (!folder) return 0;
  int entries = 0;
  while (readdir(folder.get()) != nullptr) ++entries;
  return entries - 3;  // `.`, `..` and the folder itself
}

void add_memory_and_start(Families& families) {
  auto const numbers = stat_numbers();
  constexpr std::size_t start_time = 22 - 4;
  constexpr std::size_t virtual_size = 23 - 4;
  constexpr std::size_t resident_pages = 24 - 4;
  if (numbers.size() <= resident_pages) return;
  families.push_back(gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.",
                           static_cast<double>(numbers[virtual_size])));
  families.push_back(gauge("process_resident_memory_bytes", "Resident memory size in bytes.",
                           static_cast<double>(numbers[resident_pages] * sysconf(_SC_PAGESIZE))));
  double const since_boot =
      static_cast<double>(numbers[start_time]) / static_cast<double>(sysconf(_SC_CLK_TCK));
  families.push_back(gauge("process_start_time_seconds",
                           "Start time of the process since unix epoch in seconds.",
                           boot_time() + since_boot));
}

}  // namespace

void add_process_metrics(Families& families) {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0)
    families.push_back(counter("process_cpu_seconds_total",
                               "Total user and system CPU time spent in seconds.",
                               seconds(usage.ru_utime) + seconds(usage.ru_stime)));
  families.push_back(
      gauge("process_open_fds", "Number of open file descriptors.", count_descriptors()));
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    families.push_back(gauge("process_max_fds", "Maximum number of open file descriptors.",
                             static_cast<double>(limit.rlim_cur)));
  add_memory_and_start(families);
}

}  // namespace tidegate::gateway
