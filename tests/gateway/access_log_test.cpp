#include "gateway/observe/access_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "gateway/observe/record.h"

namespace tidegate::gateway {
namespace {

/// A folder of the test's own.
class AccessLogTest : public ::testing::Test {
 protected:
  AccessLogTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "logXXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~AccessLogTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(char const* name) const { return (folder_ / name).string(); }
  [[nodiscard]] static std::string text_of(std::string const& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static void write(AccessLog& log, std::string const& request_path) {
    AccessLogBuffer buffer(log);
    RequestRecord record;
    record.path = request_path;
    buffer.write(record);
  }
  [[nodiscard]] static bool holds(std::string const& text, std::string const& request_path) {
    return text.find("\"path\":\"" + request_path + "\"") != std::string::npos;
  }

  std::filesystem::path folder_;
};

TEST_F(AccessLogTest, WritesEachLineInOrder) {
  {
    AccessLog log(path("log"));
    AccessLogBuffer buffer(log);
    for (std::uint32_t i = 0; i < 1000; ++i) {
      RequestRecord record;
      record.attempts = i;
      buffer.write(record);
    }
  }
  std::ifstream lines(path("log"));
  std::uint32_t count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    ASSERT_TRUE(line.ends_with("\"attempts\":" + std::to_string(count) + "}")) << line;
  EXPECT_EQ(count, 1000U);
}

TEST_F(AccessLogTest, AppendsToWhatIsThere) {
  std::ofstream(path("log")) << "before\n";
  {
    AccessLog log(path("log"));
    write(log, "/after");
  }
  EXPECT_EQ(text_of(path("log")).find("before\n"), 0U);
  EXPECT_TRUE(holds(text_of(path("log")), "/after"));
}

TEST_F(AccessLogTest, TakesLinesFromSeveralThreads) {
  {
    AccessLog log(path("log"));
    std::vector<std::thread> workers;
    for (int i = 0; i < 3; ++i)
      workers.emplace_back([&log] {
        AccessLogBuffer buffer(log);
        for (int line = 0; line < 500; ++line) buffer.write({});
      });
    for (auto& worker : workers) worker.join();
  }
  std::ifstream lines(path("log"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    ASSERT_TRUE(line.starts_with("{\"start_time\":") && line.ends_with("\"attempts\":0}")) << line;
  EXPECT_EQ(count, 1500);
}

TEST_F(AccessLogTest, GoesOnInANewFileWhenReopened) {
  {
    AccessLog log(path("log"));
    write(log, "/before");
    std::filesystem::rename(path("log"), path("log.1"));
    log.reopen();
    write(log, "/after");
  }
  EXPECT_TRUE(holds(text_of(path("log.1")), "/before"));
  EXPECT_FALSE(holds(text_of(path("log.1")), "/after"));
  EXPECT_TRUE(holds(text_of(path("log")), "/after"));
}

TEST_F(AccessLogTest, KeepsTheOldFileWhenItCannotReopen) {
  std::filesystem::create_directory(path("folder"));
  ::testing::internal::CaptureStderr();
  {
    AccessLog log(path("folder/log"));
    std::filesystem::rename(path("folder"), path("moved"));
    log.reopen();
    write(log, "/after");
  }
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("the old file stays"), std::string::npos);
  EXPECT_TRUE(holds(text_of(path("moved/log")), "/after"));
}

TEST_F(AccessLogTest, ThatIsOffWritesNothing) {
  AccessLog log("off");
  EXPECT_FALSE(log.is_enabled());
  write(log, "/a");
  EXPECT_FALSE(std::filesystem::exists("off"));
  EXPECT_EQ(log.dropped(), 0U);
}

TEST_F(AccessLogTest, ThatCannotBeOpenedThrows) {
  EXPECT_THROW(AccessLog(path("missing/log")), std::system_error);
}

TEST_F(AccessLogTest, CountsLinesThatAFullDiskRefuses) {
  ::testing::internal::CaptureStderr();
  {
    AccessLog log("/dev/full");
    for (std::uint64_t lines = 1; lines <= 3; ++lines) {
      write(log, "/a");
      while (log.dropped() < lines) std::this_thread::yield();
    }
    EXPECT_EQ(log.dropped(), 3U);
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "access log /dev/full: No space left on device; lines are lost\n");
}

TEST_F(AccessLogTest, DropsAndCountsWhatASlowReaderCannotTake) {
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  int const reader = ::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  constexpr std::uint64_t total = 30'000;
  std::uint64_t dropped = 0;
  std::uint64_t received = 0;
  std::thread drain;
  {
    AccessLog log(path("pipe"));
    {
      AccessLogBuffer buffer(log);
      RequestRecord record;
      for (std::uint64_t i = 0; i < total; ++i) buffer.write(record);
    }
    dropped = log.dropped();  // nobody reads yet
    fcntl(reader, F_SETFL, 0);
    drain = std::thread([&received, reader] {
      std::array<char, 65536> text{};
      for (ssize_t got = 0; (got = ::read(reader, text.data(), text.size())) > 0;)
        received += static_cast<std::uint64_t>(std::count(text.begin(), text.begin() + got, '\n'));
    });
  }
  drain.join();
  ::close(reader);
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(received + dropped, total);
}

TEST_F(AccessLogTest, EndsThoughItsReaderTakesNothing) {
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  int const reader = ::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  {
    AccessLog log(path("pipe"));
    AccessLogBuffer buffer(log);
    for (int i = 0; i < 1000; ++i) buffer.write({});
  }
  ::close(reader);
}

}  // namespace
}  // namespace tidegate::gateway
