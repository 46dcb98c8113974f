#include "routing/path_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "config/scalars.h"

namespace tidegate::routing {

namespace {

using Kind = config::StringMatch::Kind;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// How many characters all of the sorted texts have in common: what the first and the last have.
std::size_t common_length(std::string const& first, std::string const& last) {
  auto const [a, b] = std::mismatch(first.begin(), first.end(), last.begin(), last.end());
  return static_cast<std::size_t>(a - first.begin());
}

/// What a route with this condition is found by.
PathTrie::Entry entry_of(TextMatcher const* path, std::uint32_t position) {
  if (path == nullptr) return {"", false, position};
  return {path->literal_prefix(), path->kind() == Kind::exact, position};
}

}  // namespace

PathTrie::PathTrie(std::vector<Entry> entries, Letters letters) : letters_(letters) {
  if (entries.empty()) return;
  std::sort(entries.begin(), entries.end(), [](Entry const& a, Entry const& b) {
    return std::tie(a.text, a.is_whole, a.position) < std::tie(b.text, b.is_whole, b.position);
  });
  // Breadth first: the children of a node come to lie side by side.
  std::vector<Plan> plans{{0, entries.size(), 0, 0}};
  firsts_.push_back('\0');
  for (std::size_t next = 0; next < plans.size(); ++next) add_node(entries, plans[next], plans);
}

void PathTrie::add_node(std::vector<Entry> const& entries, Plan plan, std::vector<Plan>& plans) {
  auto const at_end_of = [](auto const& items) { return static_cast<std::uint32_t>(items.size()); };
  // The root has an empty label, so that texts with nothing in common need no special case.
  bool const is_root = nodes_.empty();
  std::size_t const depth =
      is_root ? 0 : common_length(entries[plan.begin].text, entries[plan.end - 1].text);
  Node node;
  node.label.begin = at_end_of(labels_);
  labels_.append(entries[plan.begin].text, plan.depth, depth - plan.depth);
  node.label.end = at_end_of(labels_);

  std::size_t at = plan.begin;
  auto const skip_while = [&](auto condition) {
    while (at != plan.end && condition(entries[at])) ++at;
    return at;
  };
  if (plan.rows + 2 >= max_rows) {  // deeper than any sane configuration: no more splitting
    node.begins = add_positions(entries, at, plan.end);
    nodes_.push_back(node);
    return;
  }
  std::size_t const begin = at;
  std::size_t const whole =
      skip_while([&](Entry const& e) { return e.text.size() == depth && !e.is_whole; });
  std::size_t const below = skip_while([&](Entry const& e) { return e.text.size() == depth; });
  node.begins = add_positions(entries, begin, whole);
  node.whole = add_positions(entries, whole, below);
  std::size_t const rows = plan.rows + (begin != whole ? 1 : 0);

  node.children.begin = at_end_of(plans);
  while (at != plan.end) {
    std::size_t const first = at;
    char const letter = entries[first].text[depth];
    skip_while([&](Entry const& e) { return e.text[depth] == letter; });
    plans.push_back({first, at, depth, rows});
    firsts_.push_back(letter);
  }
  node.children.end = at_end_of(plans);
  nodes_.push_back(node);
}

PathTrie::Range PathTrie::add_positions(std::vector<Entry> const& entries, std::size_t begin,
                                        std::size_t end) {
  Range range{static_cast<std::uint32_t>(positions_.size()), 0};
  for (std::size_t i = begin; i < end; ++i) positions_.push_back(entries[i].position);
  std::sort(positions_.begin() + range.begin, positions_.end());
  range.end = static_cast<std::uint32_t>(positions_.size());
  return range;
}

PathTrie::Row* PathTrie::find(std::string_view path, Row* rows) const {
  if (nodes_.empty()) return rows;
  bool const folds = letters_ == Letters::folded;
  auto const are_equal = [&](char a, char b) { return a == (folds ? lower(b) : b); };
  Node const* node = &nodes_.front();
  while (true) {
    auto const* const label = labels_.data() + node->label.begin;
    std::size_t const length = node->label.end - node->label.begin;
    if (path.size() < length || !std::equal(label, label + length, path.begin(), are_equal)) break;
    path.remove_prefix(length);
    if (node->begins.begin != node->begins.end) *rows++ = row(node->begins);
    if (path.empty()) {
      if (node->whole.begin != node->whole.end) *rows++ = row(node->whole);
      break;
    }
    char const* const children = firsts_.data() + node->children.begin;
    char const letter = folds ? lower(path.front()) : path.front();
    auto const* const child = static_cast<char const*>(
        std::memchr(children, letter, node->children.end - node->children.begin));
    if (child == nullptr) break;
    node = &nodes_[static_cast<std::size_t>(child - firsts_.data())];
  }
  return rows;
}

PathTable::PathTable(std::vector<Route> const& routes) {
  std::vector<PathTrie::Entry> as_written;
  std::vector<PathTrie::Entry> folded;
  for (std::uint32_t position = 0; position < routes.size(); ++position) {
    TextMatcher const* const path = routes[position].matcher.path();
    // A regex says itself which letters it folds.
    bool const is_folded = path != nullptr && path->kind() != Kind::regex &&
                           path->letters() == TextMatcher::Case::insensitive;
    PathTrie::Entry entry = entry_of(path, position);
    if (is_folded) entry.text = config::to_lower(entry.text);
    (is_folded ? folded : as_written).push_back(std::move(entry));
  }
  as_written_ = PathTrie(std::move(as_written), PathTrie::Letters::as_written);
  folded_ = PathTrie(std::move(folded), PathTrie::Letters::folded);
}

Route const* PathTable::find(std::vector<Route> const& routes,
                             http::RequestHead const& request) const {
  std::array<PathTrie::Row, 2 * PathTrie::max_rows> rows;  // not initialised: most stay unused
  PathTrie::Row* end = as_written_.find(request.path, rows.data());
  end = folded_.find(request.path, end);
  while (end != rows.data()) {
    // The few rows are merged as they are walked: no route is tried before an earlier one.
    PathTrie::Row* const next = std::min_element(
        rows.data(), end,
        [](PathTrie::Row const& a, PathTrie::Row const& b) { return *a.begin < *b.begin; });
    Route const& route = routes[*next->begin];
    if (route.matcher.matches(request)) return &route;
    if (++next->begin == next->end) *next = *--end;
  }
  return nullptr;
}

}  // namespace tidegate::routing
