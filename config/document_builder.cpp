#include "config/document_builder.h"

#include <yaml-cpp/mark.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace tidegate::config {
namespace {

/// Without a look-up table, which costs more than the few entries of most maps.
bool is_small_without_duplicates(std::vector<Node> const& entries) {
  constexpr std::size_t small = 16;
  if (entries.size() > small) return false;
  for (auto one = entries.begin(); one != entries.end(); ++one)
    if (std::any_of(entries.begin(), one, [&](Node const& other) { return other.key == one->key; }))
      return false;
  return true;
}

}  // namespace

DocumentBuilder::DocumentBuilder(std::string const& file, int lines_before, NodeBudget& budget,
                                 Diagnostics& diagnostics)
    : file_(file), lines_before_(lines_before), budget_(budget), diagnostics_(diagnostics) {}

Node DocumentBuilder::take_root() { return std::move(root_); }

Location DocumentBuilder::location(YAML::Mark const& mark) const {
  if (mark.is_null()) return {file_, 0, 0};
  return {file_, lines_before_ + mark.line + 1, mark.column + 1};
}

void DocumentBuilder::OnDocumentStart(YAML::Mark const& mark) { document_start_ = location(mark); }

void DocumentBuilder::OnDocumentEnd() {}

void DocumentBuilder::OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) {
  place(make(Node::Kind::null, mark), anchor);
}

void DocumentBuilder::OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) {
  auto const found = anchored_.find(anchor);
  if (found == anchored_.end()) {
    throw DocumentError(location(mark), "an alias may not stand inside what it names");
  }
  int const depth = static_cast<int>(open_.size());
  if (depth + found->second.height() > Node::max_depth) {
    throw DocumentError(location(mark), "nested deeper than " + std::to_string(Node::max_depth) +
                                            " levels when the alias is written out");
  }
  spend(found->second);
  Node copy = found->second;
  copy.key_line = copy.key_column = 0;
  place(std::move(copy), 0);
}

void DocumentBuilder::OnScalar(YAML::Mark const& mark, std::string const& tag,
                               YAML::anchor_t anchor, std::string const& value) {
  Node node = make(Node::Kind::scalar, mark);
  node.is_plain = tag == "?";  // yaml-cpp: "!" = quoted or block, otherwise an explicit tag
  node.text = value;
  place(std::move(node), anchor);
}

void DocumentBuilder::OnSequenceStart(YAML::Mark const& mark, std::string const&,
                                      YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  open(Node::Kind::list, mark, anchor);
}

void DocumentBuilder::OnMapStart(YAML::Mark const& mark, std::string const&, YAML::anchor_t anchor,
                                 YAML::EmitterStyle::value) {
  open(Node::Kind::map, mark, anchor);
}

void DocumentBuilder::OnSequenceEnd() { close(); }

void DocumentBuilder::OnMapEnd() {
  drop_duplicates(open_.back().node);
  merge_keys(open_.back().node);
  close();
}

Node DocumentBuilder::make(Node::Kind kind, YAML::Mark const& mark) const {
  Node node;
  node.kind = kind;
  node.file = &file_;
  if (mark.is_null()) return node;
  node.line = lines_before_ + mark.line + 1;
  node.column = mark.column + 1;
  return node;
}

void DocumentBuilder::open(Node::Kind kind, YAML::Mark const& mark, YAML::anchor_t anchor) {
  if (static_cast<int>(open_.size()) >= Node::max_depth) {
    throw DocumentError(location(mark),
                        "nested deeper than " + std::to_string(Node::max_depth) + " levels");
  }
  if (is_key_expected()) throw DocumentError(location(mark), "a key must be text");
  Open collection;
  collection.node = make(kind, mark);
  collection.anchor = anchor;
  open_.push_back(std::move(collection));
}

void DocumentBuilder::close() {
  Open done = std::move(open_.back());
  open_.pop_back();
  place(std::move(done.node), done.anchor);
}

void DocumentBuilder::place(Node node, YAML::anchor_t anchor) {
  if (is_key_expected()) {
    if (!node.is_scalar()) throw DocumentError(node.where(), "a key must be text");
    open_.back().key = std::move(node);
    open_.back().has_key = true;
    return;
  }
  Node shallow;  // its children were paid for when they were placed
  shallow.line = node.line;
  shallow.column = node.column;
  shallow.text.swap(node.text);
  spend(shallow);
  node.text.swap(shallow.text);
  if (anchor != 0) {
    spend(node);
    anchored_[anchor] = node;
  }
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& parent = open_.back();
  if (parent.node.is_map()) {
    node.key = std::move(parent.key.text);
    node.key_line = parent.key.line;
    node.key_column = parent.key.column;
    parent.has_key = false;
  }
  parent.node.children.push_back(std::move(node));
}

bool DocumentBuilder::is_key_expected() const {
  return !open_.empty() && open_.back().node.is_map() && !open_.back().has_key;
}

void DocumentBuilder::spend(Node const& node) {
  std::size_t const bytes = node.text.size() + node.key.size();
  if (budget_.nodes == 0 || budget_.text_bytes < bytes) {
    throw DocumentError({file_, node.line, node.column},
                        "too large: more than " + std::to_string(document_limits::nodes) +
                            " values or " +
                            std::to_string(document_limits::text_bytes / (1024 * 1024)) +
                            " MiB of text once every alias is written out");
  }
  --budget_.nodes;
  budget_.text_bytes -= bytes;
  for (Node const& child : node.children) spend(child);
}

/// `<<: *defaults` and `<<: [*a, *b]`: entries that the map does not have itself.
void DocumentBuilder::merge_keys(Node& map) const {
  auto const is_merge = [](Node const& entry) {
    auto const is_map = [](Node const& node) { return node.is_map(); };
    return entry.key == "<<" &&
           (entry.is_map() ||
            (entry.is_list() && std::all_of(entry.children.begin(), entry.children.end(), is_map)));
  };
  auto const found = std::find_if(map.children.begin(), map.children.end(), is_merge);
  if (found == map.children.end()) return;
  Node merge = std::move(*found);
  map.children.erase(found);

  std::unordered_set<std::string> present;
  for (Node const& entry : map.children) present.insert(entry.key);
  auto const take_entries = [&](Node& source) {
    for (Node& entry : source.children) {
      if (present.insert(entry.key).second) map.children.push_back(std::move(entry));
    }
  };
  if (merge.is_map()) return take_entries(merge);
  for (Node& source : merge.children) take_entries(source);
}

void DocumentBuilder::drop_duplicates(Node& map) {
  if (is_small_without_duplicates(map.children)) return;
  std::unordered_map<std::string_view, std::size_t> last;
  for (std::size_t i = 0; i < map.children.size(); ++i) last[map.children[i].key] = i;
  if (last.size() == map.children.size()) return;

  std::string const prefix = path();
  std::vector<Node> kept;
  for (std::size_t i = 0; i < map.children.size(); ++i) {
    Node const& entry = map.children[i];
    std::size_t const winner = last[entry.key];
    if (winner == i) continue;
    diagnostics_.warning(entry.where_key(), prefix.empty() ? entry.key : prefix + '.' + entry.key,
                         "given twice; the one in line " +
                             std::to_string(map.children[winner].key_line) + " counts");
  }
  for (std::size_t i = 0; i < map.children.size(); ++i) {
    // The map's keys are views of the children: look up before moving.
    if (last[map.children[i].key] == i) kept.push_back(map.children[i]);
  }
  map.children = std::move(kept);
}

std::string DocumentBuilder::path() const {
  std::string path;
  for (Open const& level : open_) {
    if (&level == &open_.back()) break;
    if (level.node.is_list()) {
      path += '[' + std::to_string(level.node.children.size()) + ']';
    } else {
      if (!path.empty()) path += '.';
      path += level.key.text;
    }
  }
  return path;
}

}  // namespace tidegate::config
