#include "config/plain_yaml.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace tidegate::config {
namespace {

using Kind = Node::Kind;

constexpr int max_depth = 32;               // of what is read here; deeper is rare
constexpr std::size_t max_key_bytes = 256;  // yaml-cpp gives up beyond 1024

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Of a key, and of a scalar in a flow collection, where much more would end it.
bool is_safe(char c) { return is_word(c) || c == '-' || c == '.' || c == '/'; }

/// yaml-cpp's IsNullString.
bool is_null(std::string_view text) {
  return text == "~" || text == "null" || text == "Null" || text == "NULL";
}

/// Without a look-up table: a map with many entries is rare, and left to others.
bool has_duplicates(std::vector<Node> const& entries) {
  constexpr std::size_t many = 100;
  if (entries.size() > many) return true;
  for (auto one = entries.begin(); one != entries.end(); ++one)
    if (std::any_of(entries.begin(), one, [&](Node const& other) { return other.key == one->key; }))
      return true;
  return false;
}

/// Reads line by line. A function that returns a boolean returns false where the document is not
/// plain. What was read waits in `nodes_` until its collection is complete, and moves there once.
class Reader {
 public:
  Reader(std::string const& file, int lines_before, std::string_view document)
      : file_(file), rest_(document), line_number_(lines_before) {
    nodes_.reserve(32);
  }

  bool read() {
    if (!next_line()) return false;
    if (!is_over_ && line_.starts_with("---")) {
      column_ = 3;
      if (!is_line_over() || !next_line()) return false;
    }
    return is_over_ || (read_block() && is_over_);
  }

  /// Null when the document is empty.
  [[nodiscard]] Node take_root() { return nodes_.empty() ? Node{} : std::move(nodes_.front()); }
  [[nodiscard]] bool spend(NodeBudget& budget) const {
    if (node_count_ > budget.nodes || text_bytes_ > budget.text_bytes) return false;
    budget.nodes -= node_count_;
    budget.text_bytes -= text_bytes_;
    return true;
  }

 private:
  /// To the next line with anything but blanks and a comment.
  bool next_line() {
    while (!rest_.empty()) {
      auto const end = rest_.find('\n');
      line_ = rest_.substr(0, end);
      rest_ = end == rest_.npos ? std::string_view() : rest_.substr(end + 1);
      ++line_number_;
      // Tabs, carriage returns and what yaml-cpp counts in another way than we do.
      if (!std::all_of(line_.begin(), line_.end(), [](char c) { return c >= ' ' && c <= '~'; }))
        return false;
      auto const text = line_.find_first_not_of(' ');
      if (text == line_.npos || line_[text] == '#') continue;
      line_ = line_.substr(0, line_.find_last_not_of(' ') + 1);
      column_ = text;
      return true;
    }
    is_over_ = true;
    column_ = 0;
    return true;
  }

  [[nodiscard]] char at(std::size_t column) const {
    return column < line_.size() ? line_[column] : '\0';
  }
  [[nodiscard]] bool is_item() const {
    return at(column_) == '-' && (at(column_ + 1) == ' ' || at(column_ + 1) == '\0');
  }
  /// Only a comment may follow.
  [[nodiscard]] bool is_line_over() const {
    auto const text = line_.find_first_not_of(' ', column_);
    return text == line_.npos || (line_[text] == '#' && text > column_);
  }
  void skip_blanks() {
    while (at(column_) == ' ') ++column_;
  }
  /// Did the lines come back to a block's own indent, or to one around it?
  [[nodiscard]] bool is_back(std::size_t indent) const { return is_over_ || column_ <= indent; }

  /// The value of `key_`, which is empty for a list's item.
  Node& add(Kind kind) {
    ++node_count_;
    Node& node = nodes_.emplace_back();
    node.kind = kind;
    node.file = &file_;
    node.line = line_number_;
    node.column = static_cast<int>(column_) + 1;
    if (!key_.empty()) {
      node.key = key_;
      node.key_line = key_line_;
      node.key_column = key_column_;
      key_ = {};
    }
    return node;
  }

  void add_scalar(std::string_view text, bool is_plain) {
    bool const is_nothing = is_plain && is_null(text);
    Node& node = add(is_nothing ? Kind::null : Kind::scalar);
    if (is_nothing) return;
    node.is_plain = is_plain;
    node.text = text;
    text_bytes_ += text.size();
  }

  /// Gives the collection at `position` all that was read since.
  bool complete(std::size_t position) {
    Node& collection = nodes_[position];
    auto const first = nodes_.begin() + static_cast<std::ptrdiff_t>(position) + 1;
    collection.children.assign(std::make_move_iterator(first),
                               std::make_move_iterator(nodes_.end()));
    nodes_.erase(first, nodes_.end());
    return !collection.is_map() || !has_duplicates(collection.children);
  }

  bool read_block() {
    if (++depth_ > max_depth) return false;
    bool const is_plain = is_item() ? read_list() : read_map();
    --depth_;
    return is_plain;
  }

  bool read_list() {
    std::size_t const indent = column_;
    std::size_t const position = nodes_.size();
    add(Kind::list);
    while (!is_over_ && column_ == indent && is_item()) {
      ++column_;
      if (is_line_over()) {
        if (!next_line() || is_back(indent) || !read_block()) return false;
        continue;
      }
      skip_blanks();
      if (is_item() || is_key()) {
        if (!read_block()) return false;
      } else if (!read_value() || !next_line()) {
        return false;
      }
      if (!is_back(indent)) return false;
    }
    return complete(position) && is_back(indent);
  }

  bool read_map() {
    std::size_t const indent = column_;
    std::size_t const position = nodes_.size();
    add(Kind::map);
    while (!is_over_ && column_ == indent && !is_item()) {
      if (!is_key() || !read_key()) return false;
      if (is_line_over()) {
        if (!next_line() || is_over_ || column_ < indent) return false;
        // The items of a list may stand right below its key.
        if (column_ == indent && !is_item()) return false;
        if (!read_block()) return false;
      } else {
        skip_blanks();
        if (!read_value() || !next_line()) return false;
      }
      if (!is_back(indent)) return false;
    }
    return complete(position) && is_back(indent);
  }

  /// One past a key's text; the column itself when there is none.
  [[nodiscard]] std::size_t key_end() const {
    std::size_t end = column_;
    if (!is_word(at(end)) && at(end) != '.' && at(end) != '/') return column_;
    while (is_safe(at(end))) ++end;
    return end;
  }

  [[nodiscard]] bool is_key() const {
    std::size_t const end = key_end();
    return end != column_ && at(end) == ':' && (at(end + 1) == ' ' || at(end + 1) == '\0');
  }

  bool read_key() {
    std::size_t const end = key_end();
    key_ = line_.substr(column_, end - column_);
    key_line_ = line_number_;
    key_column_ = static_cast<int>(column_) + 1;
    if (is_null(key_) || key_.size() > max_key_bytes) return false;
    column_ = end + 1;
    return true;
  }

  /// A scalar or a flow collection that is all of the rest of its line.
  bool read_value() {
    char const first = at(column_);
    if (first == '"' || first == '\'') return read_quoted() && is_line_over();
    if (first == '[' || first == '{') return read_flow() && is_line_over();
    constexpr std::string_view indicators = "&*!|>%@`?#,]}:";
    if (indicators.find(first) != indicators.npos || is_item()) return false;
    std::string_view const line = line_.substr(column_);
    std::string_view text = line.substr(0, line.find(" #"));
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    if (text.find(": ") != text.npos || text.ends_with(':')) return false;
    add_scalar(text, true);
    column_ = line_.size();
    return true;
  }

  /// Without anything escaped.
  bool read_quoted() {
    char const quote = at(column_);
    auto const end = line_.find(quote, column_ + 1);
    if (end == line_.npos || at(end + 1) == quote) return false;
    std::string_view const text = line_.substr(column_ + 1, end - column_ - 1);
    if (quote == '"' && text.find('\\') != text.npos) return false;
    add_scalar(text, false);
    column_ = end + 1;
    return true;
  }

  bool read_flow() {
    if (++depth_ > max_depth) return false;
    bool const is_map = at(column_) == '{';
    char const close = is_map ? '}' : ']';
    std::size_t const position = nodes_.size();
    add(is_map ? Kind::map : Kind::list);
    ++column_;
    skip_blanks();
    bool is_first = true;
    for (; at(column_) != close || !is_first; is_first = false) {
      if (is_map && !read_flow_key()) return false;
      if (!read_flow_value()) return false;
      skip_blanks();
      if (at(column_) == close) break;
      if (at(column_) != ',') return false;
      ++column_;
      skip_blanks();
    }
    ++column_;
    --depth_;
    return complete(position);
  }

  bool read_flow_key() {
    if (!is_key() || !read_key() || at(column_) != ' ') return false;
    skip_blanks();
    return true;
  }

  bool read_flow_value() {
    char const first = at(column_);
    if (first == '"' || first == '\'') return read_quoted() && is_flow_scalar_over();
    if (first == '[' || first == '{') return read_flow();
    std::size_t const end = key_end();
    if (end == column_) return false;
    add_scalar(line_.substr(column_, end - column_), true);
    column_ = end;
    return is_flow_scalar_over();
  }

  [[nodiscard]] bool is_flow_scalar_over() const {
    auto const next = line_.find_first_not_of(' ', column_);
    return next != line_.npos && (line_[next] == ',' || line_[next] == ']' || line_[next] == '}');
  }

  std::string const& file_;
  std::string_view rest_;
  std::string_view line_;  ///< without blanks at its end
  std::size_t column_ = 0;
  int line_number_;
  int depth_ = 0;
  bool is_over_ = false;
  std::string_view key_;  ///< whose value comes next
  int key_line_ = 0;
  int key_column_ = 0;
  std::vector<Node> nodes_;
  std::size_t node_count_ = 0;
  std::size_t text_bytes_ = 0;
};

}  // namespace

std::optional<Node> read_plain_yaml(std::string const& file, int lines_before,
                                    std::string_view document, NodeBudget& budget) {
  Reader reader(file, lines_before, document);
  if (!reader.read() || !reader.spend(budget)) return std::nullopt;
  return reader.take_root();
}

}  // namespace tidegate::config
