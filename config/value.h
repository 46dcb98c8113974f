#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/node.h"
#include "config/resource.h"

namespace tidegate::config {

/// What every reader of values needs: where problems go, and what `${env:…}` may look at.
struct Context {
  Diagnostics& diagnostics;
  std::span<std::pair<std::string, std::string> const> variables;
};

enum class Zero : std::uint8_t { is_allowed, is_rejected };

struct Range {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

inline constexpr Range port_range{1, 65535};
inline constexpr Range uint32_range{0, 4294967295};

/// A node with its field path: reads it as a type and reports when it is not of that type. A view:
/// the node and the context outlive it.
class Value {
 public:
  Value(Node const& node, std::string path, Context& context)
      : node_(&node), path_(std::move(path)), context_(&context) {}

  [[nodiscard]] Node const& node() const { return *node_; }
  [[nodiscard]] std::string const& path() const { return path_; }
  [[nodiscard]] Context& context() const { return *context_; }
  [[nodiscard]] Location where() const { return node_->where(); }
  [[nodiscard]] Origin origin() const { return {where(), path_}; }

  /// An entry of this map.
  [[nodiscard]] Value entry(Node const& child) const;
  [[nodiscard]] Value item(std::size_t index) const;

  /// How messages quote the value: as the file has it, so that no secret is shown.
  [[nodiscard]] std::string shown() const;

  void error(std::string message) const;
  void warning(std::string message) const;
  void notice(std::string message) const;
  /// `expected WHAT; found VALUE`
  void expected(std::string_view what) const;
  /// `not supported yet: PATH`, then `detail`.
  void not_supported(Severity severity, std::string_view detail = {}) const;

  /// Each of these is absent after it has reported that the value is of another type.
  [[nodiscard]] std::optional<std::string> text() const;  ///< `${env:…}` and `${file:…}` replaced
  [[nodiscard]] std::optional<bool> flag() const;
  [[nodiscard]] std::optional<std::int64_t> integer(Range range) const;  ///< may be quoted
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<std::uint64_t> size(Range range) const;  ///< bytes; `64KiB`
  /// Whole milliseconds, not negative (Istio: ValidateDuration).
  [[nodiscard]] std::optional<std::chrono::milliseconds> duration(Zero zero) const;
  /// The index of a name, given by exact name or by number, as protobuf's JSON does.
  [[nodiscard]] std::optional<std::size_t> index_in(std::span<std::string_view const> names) const;

  [[nodiscard]] std::vector<Value> items() const;    ///< of a list
  [[nodiscard]] std::vector<Value> entries() const;  ///< of a map, null ones included
  [[nodiscard]] std::vector<std::string> texts() const;
  [[nodiscard]] Labels text_map() const;

 private:
  Node const* node_;
  std::string path_;
  Context* context_;
};

/// A list of names joined for a message: `HTTP, HTTPS or GRPC`.
[[nodiscard]] std::string any_of(std::span<std::string_view const> names);

}  // namespace tidegate::config
