#include "config/file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace tidegate::config {

FileText read_file(std::string const& path, std::size_t max_bytes, FileKind kind) {
  if (path.empty()) return {"", "the file's name is empty"};
  if (path.find('\0') != path.npos) return {"", "a file's name cannot hold a NUL byte"};
  std::error_code error;
  auto const status = std::filesystem::status(path, error);
  if (error) return {"", "cannot read " + path + ": " + error.message()};
  bool const is_wanted = std::filesystem::is_regular_file(status) ||
                         (kind == FileKind::any && !std::filesystem::is_directory(status));
  if (!is_wanted) return {"", "cannot read " + path + ": not a file"};

  std::ifstream input(path, std::ios::binary);
  if (!input) return {"", "cannot read " + path + ": " + std::strerror(errno)};
  FileText file;
  std::array<char, 16 * 1024> buffer;
  while (input.read(buffer.data(), buffer.size()) || input.gcount() > 0) {
    file.text.append(buffer.data(), static_cast<std::size_t>(input.gcount()));
    if (file.text.size() > max_bytes) {
      return {"", path + " is larger than " + std::to_string(max_bytes) + " bytes"};
    }
  }
  if (input.bad()) return {"", "cannot read " + path + ": " + std::strerror(errno)};
  return file;
}

}  // namespace tidegate::config
