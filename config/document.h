#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/node.h"

namespace tidegate::config {

/// What one file may cost, whatever its bytes: memory stays below 300 MiB and time below 3 s.
namespace document_limits {
inline constexpr std::size_t file_bytes = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t documents = 10'000;
inline constexpr std::size_t nodes = 500'000;  ///< with every alias written out
inline constexpr std::size_t text_bytes =
    std::size_t{64} * 1024 * 1024;  ///< with every alias written out
/// `[ { , : " …`: yaml-cpp keeps a token for each until the outermost bracket is closed.
inline constexpr std::size_t indicators = 1'000'000;
/// It keeps one for each line, too, while it looks for the colon that would make a key of the text.
inline constexpr std::size_t lines = 1'000'000;
}  // namespace document_limits

/// Splits a text into its YAML documents; empty and comment-only ones are left out. An error spoils
/// its own document only. `file` must outlive the nodes. Calls `take` with each document before the
/// next one is read, so that those of a large file are never in memory together.
void parse_documents(std::string const& file, std::string_view yaml, Diagnostics& diagnostics,
                     std::function<void(Node)> const& take);
[[nodiscard]] std::vector<Node> parse_documents(std::string const& file, std::string_view yaml,
                                                Diagnostics& diagnostics);

}  // namespace tidegate::config
