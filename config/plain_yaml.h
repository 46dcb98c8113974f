#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/document_builder.h"
#include "config/node.h"

namespace tidegate::config {

/// Reads the plain YAML in which nearly all resources are written: block maps and lists, scalars
/// and flow collections that end on their line. Many times faster than yaml-cpp with a
/// DocumentBuilder, and exactly their result. Nothing when the document has anything else in it,
/// or a mistake, or is beyond a limit: then they shall read it, and say what is wrong.
///
/// `file` must outlive the node; `lines_before` as in DocumentBuilder.
[[nodiscard]] std::optional<Node> read_plain_yaml(std::string const& file, int lines_before,
                                                  std::string_view document, NodeBudget& budget);

}  // namespace tidegate::config
