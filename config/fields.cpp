#include "config/fields.h"

#include <algorithm>
#include <utility>

#include "config/scalars.h"

namespace tidegate::config {

Fields::Fields(Value value) : value_(std::move(value)), asked_(value_.node().children.size()) {
  constexpr std::size_t usual = 16;
  names_.reserve(usual);
  if (!value_.node().is_map()) value_.expected("a mapping");
}

std::optional<Value> Fields::find(std::string_view name) {
  names_.push_back(name);
  if (!value_.node().is_map()) return std::nullopt;
  auto const& entries = value_.node().children;
  Node const* found = nullptr;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!is_same_field(entries[i].key, name)) continue;
    if (found && !asked_[i]) {
      value_.entry(entries[i]).warning("given twice; `" + found->key + "` counts");
    }
    if (!found) found = &entries[i];
    asked_[i] = true;
  }
  if (!found || found->is_null()) return std::nullopt;
  return value_.entry(*found);
}

std::optional<Value> Fields::require(std::string_view name) {
  auto field = find(name);
  if (!field && value_.node().is_map()) value_.error("`" + std::string(name) + "` is missing");
  return field;
}

std::string Fields::text(std::string_view name, std::string fallback) {
  auto const field = find(name);
  if (!field) return fallback;
  return field->text().value_or(std::move(fallback));
}

Sourced<std::string> Fields::sourced_text(std::string_view name) {
  auto const field = find(name);
  if (!field) return {};
  return {field->text().value_or(""), field->origin()};
}

std::vector<Sourced<std::string>> Fields::sourced_texts(std::string_view name) {
  std::vector<Sourced<std::string>> texts;
  for (Value const& value : items(name)) {
    if (auto text = value.text()) texts.push_back({std::move(*text), value.origin()});
  }
  return texts;
}

bool Fields::flag(std::string_view name, bool fallback) {
  auto const field = find(name);
  return field ? field->flag().value_or(fallback) : fallback;
}

std::uint32_t Fields::integer(std::string_view name, std::uint32_t fallback, Range range) {
  auto const field = find(name);
  if (!field) return fallback;
  return static_cast<std::uint32_t>(field->integer(range).value_or(fallback));
}

std::optional<std::chrono::milliseconds> Fields::duration(std::string_view name, Zero zero) {
  auto const field = find(name);
  return field ? field->duration(zero) : std::nullopt;
}

std::vector<Value> Fields::items(std::string_view name) {
  auto const field = find(name);
  return field ? field->items() : std::vector<Value>();
}

std::vector<std::string> Fields::texts(std::string_view name) {
  auto const field = find(name);
  return field ? field->texts() : std::vector<std::string>();
}

Labels Fields::text_map(std::string_view name) {
  auto const field = find(name);
  return field ? field->text_map() : Labels();
}

void Fields::ignore(std::initializer_list<std::string_view> names) {
  for (auto const name : names) static_cast<void>(find(name));
}

void Fields::report_no_effect(std::span<NoEffect const> table) {
  for (auto const& [name, reason, severity] : table) {
    auto const field = find(name);
    if (!field) continue;
    std::string message = "has no effect: " + std::string(reason);
    if (severity == Severity::notice) {
      field->notice(std::move(message));
    } else {
      field->warning(std::move(message));
    }
  }
}

void Fields::report_not_served(std::span<NotServed const> table) {
  for (auto const& [name, severity] : table) {
    auto const field = find(name);
    if (!field) continue;
    bool const asks_for_nothing = !field->node().is_scalar() && field->node().children.empty();
    if (asks_for_nothing && severity != Severity::error) continue;
    field->not_supported(severity);
  }
}

void Fields::report_unknown() {
  if (!value_.node().is_map()) return;
  auto const& entries = value_.node().children;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (asked_[i]) continue;
    Value const field = value_.entry(entries[i]);
    value_.context().diagnostics.warning(entries[i].where_key(), field.path(),
                                         "unknown field, ignored" + suggestion(entries[i].key));
  }
}

std::string Fields::suggestion(std::string_view key) const {
  for (auto const name : names_) {
    if (key.size() > name.size() + 1 || name.size() > key.size() + 1) continue;
    if (is_one_edit_away(key, name) || is_one_edit_away(to_lower(key), to_lower(name)) ||
        to_lower(key) == to_lower(name)) {
      return "; did you mean `" + std::string(name) + "`?";
    }
  }
  return {};
}

}  // namespace tidegate::config
