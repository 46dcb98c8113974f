#include "config/node.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace tidegate::config {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// Reads a name as snake_case, one character at a time.
class SnakeCase {
 public:
  explicit SnakeCase(std::string_view name) : rest_(name) {}

  char next() {
    if (rest_.empty()) return '\0';
    char const c = rest_.front();
    if (!is_upper(c)) {
      rest_.remove_prefix(1);
      return c;
    }
    if (!underscore_given_) {
      underscore_given_ = true;
      return '_';
    }
    underscore_given_ = false;
    rest_.remove_prefix(1);
    return static_cast<char>(c - 'A' + 'a');
  }

 private:
  std::string_view rest_;
  bool underscore_given_ = false;
};

// Below the sections come names that the user chose (labels, ports): those are compared exactly.
constexpr int levels_of_settings = 2;

std::string merge_key(std::string const& key, int level) {
  if (level >= levels_of_settings) return key;
  std::string result;
  SnakeCase name(key);
  for (char c = name.next(); c != '\0'; c = name.next()) result += c;
  return result;
}

/// What is left of a value's layers: one of them, or several maps that have to be merged.
std::vector<Node> effective(std::vector<Node> layers) {
  std::vector<Node> left;
  for (Node& layer : layers) {
    bool const is_map_below = !left.empty() && left.front().is_map();
    if (is_map_below && layer.is_null()) continue;
    if (!is_map_below || !layer.is_map()) left.clear();
    left.push_back(std::move(layer));
  }
  return left;
}

// All layers at once: laid upon each other one by one, ten thousand documents would take hours.
Node merge(std::vector<Node> layers, int level) {
  layers = effective(std::move(layers));
  if (layers.empty()) return {};
  Node result = std::move(layers.front());
  if (layers.size() == 1) return result;
  std::unordered_map<std::string, std::size_t> places;
  std::vector<std::vector<Node>> values;
  auto const gather = [&](Node& map) {
    for (Node& entry : map.children) {
      auto const [place, is_new] = places.emplace(merge_key(entry.key, level), values.size());
      if (is_new) values.emplace_back();
      values[place->second].push_back(std::move(entry));
    }
  };
  gather(result);
  for (std::size_t i = 1; i < layers.size(); ++i) gather(layers[i]);
  result.children.clear();
  for (auto& value : values) result.children.push_back(merge(std::move(value), level + 1));
  return result;
}

}  // namespace

Node const* Node::find(std::string_view name) const {
  if (!is_map()) return nullptr;
  for (Node const& child : children) {
    if (child.key == name) return &child;
  }
  return nullptr;
}

Location Node::where() const {
  if (is_null() && key_line > 0) return where_key();
  return {file ? *file : std::string(), line, column};
}

Location Node::where_key() const {
  if (key_line == 0) return {file ? *file : std::string(), line, column};
  return {file ? *file : std::string(), key_line, key_column};
}

int Node::height() const {
  int highest = 0;
  for (Node const& child : children) highest = std::max(highest, child.height());
  return highest + 1;
}

bool is_same_field(std::string_view a, std::string_view b) {
  // Most names differ at once; only a capital is spelled with another character.
  if (a.empty() || b.empty()) return a == b;
  if (a[0] != b[0] && !is_upper(a[0]) && !is_upper(b[0])) return false;
  if (a == b) return true;
  SnakeCase left(a);
  SnakeCase right(b);
  while (true) {
    char const c = left.next();
    if (c != right.next()) return false;
    if (c == '\0') return true;
  }
}

Node merged(std::vector<Node> layers) { return merge(std::move(layers), 0); }

}  // namespace tidegate::config
