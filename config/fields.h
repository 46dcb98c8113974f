#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace tidegate::config {

/// A field that is valid in its schema but that the gateway does not serve yet.
struct NotServed {
  std::string_view name;
  Severity severity = Severity::warning;
};

/// A field that cannot mean anything at an edge gateway, and why.
struct NoEffect {
  std::string_view name;
  std::string_view reason;
  Severity severity = Severity::warning;  ///< a notice where nobody can miss anything
};

/// Reads a mapping field by field and remembers which fields were asked for, so that the rest can
/// be reported. Fields answer to camelCase and snake_case; null is the same as absent.
class Fields {
 public:
  /// Reports when the value is not a mapping; then every field is absent.
  explicit Fields(Value value);

  [[nodiscard]] Value const& value() const { return value_; }

  [[nodiscard]] std::optional<Value> find(std::string_view name);
  /// The same; reports when it is absent.
  [[nodiscard]] std::optional<Value> require(std::string_view name);

  /// What the field holds; the fallback when it is absent or of another type.
  [[nodiscard]] std::string text(std::string_view name, std::string fallback = {});
  [[nodiscard]] Sourced<std::string> sourced_text(std::string_view name);
  [[nodiscard]] std::vector<Sourced<std::string>> sourced_texts(std::string_view name);
  [[nodiscard]] bool flag(std::string_view name, bool fallback = false);
  [[nodiscard]] std::uint32_t integer(std::string_view name, std::uint32_t fallback, Range range);
  /// Absent when the field is absent or of another type.
  [[nodiscard]] std::optional<std::chrono::milliseconds> duration(std::string_view name, Zero zero);
  [[nodiscard]] std::vector<Value> items(std::string_view name);
  [[nodiscard]] std::vector<std::string> texts(std::string_view name);
  [[nodiscard]] Labels text_map(std::string_view name);
  /// Names by index, as Value::index_in; `fallback` when absent.
  template <class Enum>
  [[nodiscard]] Enum enumeration(std::string_view name, std::span<std::string_view const> names,
                                 Enum fallback) {
    auto const field = find(name);
    auto const index = field ? field->index_in(names) : std::nullopt;
    return index ? static_cast<Enum>(*index) : fallback;
  }

  /// Valid, and without effect here.
  void ignore(std::initializer_list<std::string_view> names);
  /// Names those fields of the table that are given, with the reason.
  void report_no_effect(std::span<NoEffect const> table);
  /// Reports those fields of the table that are given. An empty list or map asks for nothing.
  void report_not_served(std::span<NotServed const> table);
  /// Reports every field that nothing asked for: call it last.
  void report_unknown();

 private:
  [[nodiscard]] std::string suggestion(std::string_view key) const;

  Value value_;
  std::vector<bool> asked_;  ///< by index of the map's entries
  std::vector<std::string_view> names_;
};

}  // namespace tidegate::config
