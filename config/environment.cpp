#include "config/environment.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "config/document.h"
#include "config/scalars.h"

namespace tidegate::config {
namespace {

constexpr std::string_view prefix = "TIDEGATE_";

/// Kubernetes sets `TIDEGATE_SERVICE_HOST`, `TIDEGATE_PORT_80_TCP` … in every pod beside a Service
/// that is named tidegate.
bool is_service_link(std::string_view name) {
  if (name.find("__") != name.npos) return false;
  auto const port = name.rfind("PORT_");
  bool const has_port_number =
      port != name.npos && port + 5 < name.size() && name[port + 5] >= '0' && name[port + 5] <= '9';
  return has_port_number || name.ends_with("PORT") || name.ends_with("SERVICE_HOST") ||
         name.find("SERVICE_PORT") != name.npos;
}

/// `API__RATE_LIMIT` → api, rate_limit. Empty when a level has no name.
std::vector<std::string> levels_of(std::string_view name) {
  std::vector<std::string> levels;
  while (true) {
    auto const end = name.find("__");
    levels.push_back(to_lower(name.substr(0, end)));
    if (levels.back().empty() || levels.size() >= Node::max_depth) return {};
    if (end == name.npos) return levels;
    name.remove_prefix(end + 2);
  }
}

std::optional<Node> parse_value(std::string const& file, EnvironmentVariable const& variable,
                                Diagnostics& diagnostics) {
  std::string const& text = variable.second;
  if (text.empty()) return Node();
  if (std::string_view("[{\"'").find(text.front()) == std::string_view::npos) {
    Node node;
    node.kind = Node::Kind::scalar;
    node.text = text;
    return node;
  }
  Diagnostics problems;
  auto documents = parse_documents(file, text, problems);
  if (documents.size() == 1 && !problems.has_errors()) return std::move(documents.front());
  diagnostics.error({file, 0, 0}, variable.first,
                    "not valid YAML; put it in quotes when it is plain text");
  return std::nullopt;
}

void mark_origin(Node& node, std::string const& file) {
  node.file = &file;
  node.line = node.column = node.key_line = node.key_column = 0;
  for (Node& child : node.children) mark_origin(child, file);
}

}  // namespace

Node settings_of(std::span<EnvironmentVariable const> variables, std::deque<std::string>& names,
                 Diagnostics& diagnostics) {
  std::string const& file = names.emplace_back("environment");
  std::vector<Node> settings(1);
  settings.front().kind = Node::Kind::map;
  for (EnvironmentVariable const& variable : variables) {
    if (!variable.first.starts_with(prefix) || variable.first == "TIDEGATE_ENV") continue;
    auto const setting = std::string_view(variable.first).substr(prefix.size());
    if (is_service_link(setting)) continue;
    auto const levels = levels_of(setting);
    if (levels.empty()) {
      diagnostics.warning({file, 0, 0}, variable.first,
                          "names no setting; write TIDEGATE_SECTION__FIELD");
      continue;
    }
    auto value = parse_value(file, variable, diagnostics);
    if (!value) continue;
    mark_origin(*value, file);
    std::string const& name = names.emplace_back(variable.first);
    for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
      value->key = *level;
      value->variable = &name;
      Node parent;
      parent.kind = Node::Kind::map;
      parent.file = &file;
      parent.children.push_back(std::move(*value));
      value = std::move(parent);
    }
    settings.push_back(std::move(*value));
  }
  return merged(std::move(settings));
}

}  // namespace tidegate::config
