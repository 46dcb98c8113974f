#pragma once

#include <cstddef>
#include <string>

namespace tidegate::config {

/// Whether a pipe or device will do (`check --config /dev/stdin`), or only a file.
enum class FileKind { regular, any };

struct FileText {
  std::string text;
  std::string problem;  ///< why it could not be read; empty = it was
};

/// Reads a whole file, bounded. The only place where configuration touches file contents.
[[nodiscard]] FileText read_file(std::string const& path, std::size_t max_bytes, FileKind kind);

}  // namespace tidegate::config
