#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/head.h"
#include "routing/route.h"

namespace tidegate::routing {

/// Routes that a path may suit, found by the path's beginning: a radix trie over the literal text
/// with which what they match begins. It may name a route too many, never one too few.
class PathTrie {
 public:
  enum class Letters : std::uint8_t { as_written, folded };
  /// A route's position under the text. A whole text is the entire path; else the path begins so.
  struct Entry {
    std::string text;
    bool is_whole;
    std::uint32_t position;
  };
  /// Positions in ascending order.
  struct Row {
    std::uint32_t const* begin;
    std::uint32_t const* end;
  };
  /// On the way down no more rows than this hold a position.
  static constexpr std::size_t max_rows = 16;

  PathTrie() = default;
  /// Folded entries are lower-case.
  PathTrie(std::vector<Entry> entries, Letters letters);

  /// Writes every row that holds a route for `path` and returns the end of what it wrote: at most
  /// `max_rows`.
  Row* find(std::string_view path, Row* rows) const;

 private:
  /// Ranges in the vectors below.
  struct Range {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  struct Node {
    Range label;     ///< in `labels_`
    Range children;  ///< in `nodes_`, by their first character
    Range begins;    ///< in `positions_`: of texts that end here and go on in the path
    Range whole;     ///< likewise, of those that are all of the path
  };
  /// A node while the trie is made: what is below it, and what its way down has used up.
  struct Plan {
    std::size_t begin, end;  ///< in the sorted entries
    std::size_t depth;       ///< characters above
    std::size_t rows;        ///< above
  };

  void add_node(std::vector<Entry> const& entries, Plan plan, std::vector<Plan>& plans);
  Range add_positions(std::vector<Entry> const& entries, std::size_t begin, std::size_t end);
  [[nodiscard]] Row row(Range range) const {
    return {positions_.data() + range.begin, positions_.data() + range.end};
  }

  Letters letters_ = Letters::as_written;
  std::vector<Node> nodes_;  ///< the root first, children of one node side by side
  std::string firsts_;       ///< the first character of each node's label
  std::string labels_;
  std::vector<std::uint32_t> positions_;
};

/// Finds the first of many routes that matches without looking at all of them. Only the conditions
/// on the path are indexed; every route that they leave is tried in order, whole.
class PathTable {
 public:
  PathTable() = default;
  explicit PathTable(std::vector<Route> const& routes);

  /// The first of `routes`, which are those of the constructor, that matches; null for none.
  /// Allocates nothing.
  [[nodiscard]] Route const* find(std::vector<Route> const& routes,
                                  http::RequestHead const& request) const;

 private:
  PathTrie as_written_;
  PathTrie folded_;
};

}  // namespace tidegate::routing
