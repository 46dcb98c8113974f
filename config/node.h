#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"

namespace tidegate::config {

/// A YAML value that knows where it stands. Aliases and merge keys are already resolved, so it is a
/// plain tree, never deeper than `max_depth`.
struct Node {
  enum class Kind : std::uint8_t { null, scalar, list, map };
  static constexpr int max_depth = 64;

  Kind kind = Kind::null;
  bool is_plain = true;  ///< a scalar without quotes: only such a one can be a boolean
  int line = 0;          ///< from 1; 0 = not in a file
  int column = 0;
  int key_line = 0;  ///< of the key, for an entry of a map
  int key_column = 0;
  std::string const* file = nullptr;      ///< borrowed from the loader, which outlives every node
  std::string const* variable = nullptr;  ///< of the environment, when it came from there; borrowed
  std::string key;                        ///< of an entry of a map
  std::string text;                       ///< of a scalar, exactly as written
  std::vector<Node> children;             ///< items of a list or entries of a map, in order

  [[nodiscard]] bool is_null() const { return kind == Kind::null; }
  [[nodiscard]] bool is_scalar() const { return kind == Kind::scalar; }
  [[nodiscard]] bool is_list() const { return kind == Kind::list; }
  [[nodiscard]] bool is_map() const { return kind == Kind::map; }

  /// The entry with exactly this key; null when there is none.
  [[nodiscard]] Node const* find(std::string_view name) const;

  /// Of the value; of its key when the value is empty.
  [[nodiscard]] Location where() const;
  [[nodiscard]] Location where_key() const;

  /// Levels of nesting, 1 for a scalar.
  [[nodiscard]] int height() const;
};

/// Whether two spellings mean the same field: Istio reads `httpsRedirect` and `https_redirect`.
[[nodiscard]] bool is_same_field(std::string_view a, std::string_view b);

/// Lays each value upon those before it: maps are merged, scalars and lists replaced. Every value
/// keeps its own place. An empty section (`limits:`) over a map leaves the map as it is.
[[nodiscard]] Node merged(std::vector<Node> layers);

}  // namespace tidegate::config
