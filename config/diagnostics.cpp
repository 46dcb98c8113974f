#include "config/diagnostics.h"

#include <utility>

namespace tidegate::config {
namespace {

// A hostile file may hold a million unknown fields; nobody reads past the first thousand.
constexpr std::size_t kept_of_each_severity = 1000;

}  // namespace

std::string Diagnostic::text() const {
  std::string text = where.file;
  if (where.line > 0) {
    text += ':' + std::to_string(where.line) + ':' + std::to_string(where.column);
  }
  if (!text.empty()) text += ": ";
  // `not supported yet: spec.http[0].redirect` already names the field.
  bool const names_field = message.starts_with("not supported yet: " + path);
  if (!path.empty() && !names_field) text += path + ": ";
  return text + message;
}

void Diagnostics::error(Location where, std::string path, std::string message) {
  add(Severity::error, std::move(where), std::move(path), std::move(message));
}

void Diagnostics::warning(Location where, std::string path, std::string message) {
  add(Severity::warning, std::move(where), std::move(path), std::move(message));
}

void Diagnostics::notice(Location where, std::string path, std::string message) {
  add(Severity::notice, std::move(where), std::move(path), std::move(message));
}

void Diagnostics::add(Severity severity, Location where, std::string path, std::string message) {
  auto& count = severity == Severity::error     ? errors_
                : severity == Severity::warning ? warnings_
                                                : notices_;
  ++count;
  if (count > kept_of_each_severity + 1) return;
  if (count == kept_of_each_severity + 1) {
    where = {std::move(where.file), 0, 0};
    path.clear();
    message = "more than " + std::to_string(kept_of_each_severity) +
              " problems of this sort; the rest is not listed";
  }
  all_.push_back({severity, std::move(where), std::move(path), std::move(message)});
}

}  // namespace tidegate::config
