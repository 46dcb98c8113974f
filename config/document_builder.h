#pragma once

#include <yaml-cpp/eventhandler.h>

#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "config/document.h"
#include "config/node.h"

namespace tidegate::config {

/// Why a document cannot be read any further.
class DocumentError : public std::runtime_error {
 public:
  DocumentError(Location where, std::string const& message)
      : std::runtime_error(message), where_(std::move(where)) {}
  [[nodiscard]] Location const& where() const { return where_; }

 private:
  Location where_;
};

/// What is left for the documents of one file.
struct NodeBudget {
  std::size_t nodes = document_limits::nodes;
  std::size_t text_bytes = document_limits::text_bytes;
};

/// Builds a Node from yaml-cpp's events. yaml-cpp's own nodes are not used: they share what aliases
/// name (a billion laughs), and recurse without bound when they are destroyed.
/// Throws DocumentError when the document exceeds a limit.
class DocumentBuilder final : public YAML::EventHandler {
 public:
  /// `lines_before`: of the file, before the text that is parsed.
  DocumentBuilder(std::string const& file, int lines_before, NodeBudget& budget,
                  Diagnostics& diagnostics);

  [[nodiscard]] Node take_root();
  /// Where the last document began.
  [[nodiscard]] Location const& document_start() const { return document_start_; }

  void OnDocumentStart(YAML::Mark const& mark) override;
  void OnDocumentEnd() override;
  void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override;
  void OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) override;
  void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                std::string const& value) override;
  void OnSequenceStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

  [[nodiscard]] Location location(YAML::Mark const& mark) const;

 private:
  /// A list or map whose end has not been seen yet.
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  ///< the key of the next entry is known
    Node key;
  };

  [[nodiscard]] Node make(Node::Kind kind, YAML::Mark const& mark) const;
  void open(Node::Kind kind, YAML::Mark const& mark, YAML::anchor_t anchor);
  void close();
  void place(Node node, YAML::anchor_t anchor);
  [[nodiscard]] bool is_key_expected() const;
  void spend(Node const& node);
  void merge_keys(Node& map) const;
  void drop_duplicates(Node& map);
  [[nodiscard]] std::string path() const;

  std::string const& file_;
  int lines_before_;
  NodeBudget& budget_;
  Diagnostics& diagnostics_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchored_;
  Node root_;
  Location document_start_;
};

}  // namespace tidegate::config
