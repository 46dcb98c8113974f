#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace tidegate::config {

/// A folder of its own for files that a configuration names; gone with the object.
class PemFiles {
 public:
  PemFiles() : folder_(make_folder()) {}
  ~PemFiles() { std::filesystem::remove_all(folder_); }
  PemFiles(PemFiles const&) = delete;
  PemFiles& operator=(PemFiles const&) = delete;

  /// Writes a file and returns its path.
  std::string add(std::string_view name, std::string_view text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

 private:
  static std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tidegate-pem-XXXXXX").string();
    return ::mkdtemp(name.data());
  }

  std::filesystem::path folder_;
};

}  // namespace tidegate::config
