#include "config/value.h"

#include <algorithm>

#include "config/expand.h"
#include "config/scalars.h"

namespace tidegate::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

std::string quoted(std::string_view text) {
  constexpr std::size_t shown_bytes = 60;
  std::string result = "\"";
  for (char const c : text.substr(0, shown_bytes)) {
    result += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  }
  return result + (text.size() > shown_bytes ? "…\"" : "\"");
}

std::string range_text(Range range) {
  return std::to_string(range.min) + " to " + std::to_string(range.max);
}

bool is_inside(std::int64_t value, Range range) { return value >= range.min && value <= range.max; }

}  // namespace

Value Value::entry(Node const& child) const {
  if (child.variable) return {child, *child.variable, *context_};
  std::string path;
  path.reserve(path_.size() + 1 + child.key.size());
  path = path_;
  if (!path.empty()) path += '.';
  path += child.key;
  return {child, std::move(path), *context_};
}

Value Value::item(std::size_t index) const {
  return {node_->children[index], path_ + '[' + std::to_string(index) + ']', *context_};
}

std::string Value::shown() const {
  switch (node_->kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::scalar: return quoted(node_->text);
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a mapping";
  }
  return {};
}

void Value::error(std::string message) const {
  context_->diagnostics.error(where(), path_, std::move(message));
}

void Value::warning(std::string message) const {
  context_->diagnostics.warning(where(), path_, std::move(message));
}

void Value::notice(std::string message) const {
  context_->diagnostics.notice(where(), path_, std::move(message));
}

void Value::expected(std::string_view what) const {
  error("expected " + std::string(what) + "; found " + shown());
}

void Value::not_supported(Severity severity, std::string_view detail) const {
  std::string message = "not supported yet: " + path_;
  if (!detail.empty()) message += "; " + std::string(detail);
  if (severity == Severity::error) return error(std::move(message));
  warning(std::move(message));
}

std::optional<std::string> Value::text() const {
  if (!node_->is_scalar()) {
    expected("text");
    return std::nullopt;
  }
  return expand(*this);
}

std::optional<bool> Value::flag() const {
  if (node_->is_scalar() && node_->is_plain) {
    auto const word = expand(*this);
    if (!word) return std::nullopt;
    if (auto const value = parse_bool(*word)) return value;
  }
  expected("true or false");
  return std::nullopt;
}

std::optional<std::int64_t> Value::integer(Range range) const {
  if (node_->is_scalar()) {
    auto const digits = expand(*this);
    if (!digits) return std::nullopt;
    auto const value = parse_integer(*digits);
    if (value && is_inside(*value, range)) return value;
  }
  expected("a whole number, " + range_text(range));
  return std::nullopt;
}

std::optional<double> Value::number() const {
  if (node_->is_scalar()) {
    auto const digits = expand(*this);
    if (!digits) return std::nullopt;
    if (auto const value = parse_number(*digits)) return value;
  }
  expected("a number");
  return std::nullopt;
}

std::optional<std::uint64_t> Value::size(Range range) const {
  if (node_->is_scalar()) {
    auto const words = expand(*this);
    if (!words) return std::nullopt;
    auto const value = parse_size(*words);
    if (value && is_inside(static_cast<std::int64_t>(*value), range)) return value;
  }
  expected("a size such as 64KiB, " + range_text(range) + " bytes");
  return std::nullopt;
}

std::optional<milliseconds> Value::duration(Zero zero) const {
  std::optional<nanoseconds> value;
  if (node_->is_scalar()) {
    auto const words = expand(*this);
    if (!words) return std::nullopt;
    value = parse_duration(*words);
  }
  if (!value) {
    expected("a duration such as 5s");
    return std::nullopt;
  }
  if (*value < nanoseconds(0) || (*value == nanoseconds(0) && zero == Zero::is_rejected)) {
    expected(zero == Zero::is_rejected ? "a duration of at least 1ms"
                                       : "a duration that is not negative");
    return std::nullopt;
  }
  auto const rounded = std::chrono::duration_cast<milliseconds>(*value);
  if (rounded != *value) {
    expected("a duration of whole milliseconds");
    return std::nullopt;
  }
  return rounded;
}

std::optional<std::size_t> Value::index_in(std::span<std::string_view const> names) const {
  if (node_->is_scalar()) {
    auto const word = expand(*this);
    if (!word) return std::nullopt;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (*word == names[i] || *word == std::to_string(i)) return i;
    }
  }
  expected(any_of(names));
  return std::nullopt;
}

std::vector<Value> Value::items() const {
  if (!node_->is_list()) {
    expected("a list");
    return {};
  }
  std::vector<Value> values;
  values.reserve(node_->children.size());
  for (std::size_t i = 0; i < node_->children.size(); ++i) values.push_back(item(i));
  return values;
}

std::vector<Value> Value::entries() const {
  if (!node_->is_map()) {
    expected("a mapping");
    return {};
  }
  std::vector<Value> values;
  values.reserve(node_->children.size());
  for (Node const& child : node_->children) values.push_back(entry(child));
  return values;
}

std::vector<std::string> Value::texts() const {
  std::vector<std::string> texts;
  for (Value const& value : items()) {
    if (auto text = value.text()) texts.push_back(std::move(*text));
  }
  return texts;
}

Labels Value::text_map() const {
  Labels labels;
  for (Value const& value : entries()) {
    if (value.node().is_null()) continue;
    if (auto text = value.text()) labels[value.node().key] = std::move(*text);
  }
  return labels;
}

std::string any_of(std::span<std::string_view const> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace tidegate::config
