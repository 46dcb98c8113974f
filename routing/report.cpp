#include "routing/report.h"

#include <utility>

namespace tidegate::routing {

void Report::error(config::Origin const& at, std::string message) {
  if (is_new(at, message)) diagnostics_.error(at.where, at.path, std::move(message));
}

void Report::error_of_document(config::Origin const& at, std::string message) {
  if (loaded_well_) error(at, std::move(message));
}

void Report::warning(config::Origin const& at, std::string message) {
  if (is_new(at, message)) diagnostics_.warning(at.where, at.path, std::move(message));
}

void Report::notice(config::Origin const& at, std::string message) {
  if (is_new(at, message)) diagnostics_.notice(at.where, at.path, std::move(message));
}

bool Report::is_new(config::Origin const& at, std::string const& message) {
  return seen_.insert(text_of(at.where) + ' ' + at.path + ' ' + message).second;
}

config::Origin below(config::Origin const& parent, std::string_view field) {
  std::string path = parent.path;
  if (!path.empty()) path += '.';
  path += field;
  return {parent.where, std::move(path)};
}

config::Origin beside(config::Origin const& field, std::string_view sibling) {
  std::size_t const dot = field.path.rfind('.');
  return below({field.where, dot == std::string::npos ? "" : field.path.substr(0, dot)}, sibling);
}

config::Origin within(config::Metadata const& document, std::string path) {
  return {document.where, std::move(path)};
}

std::string text_of(config::Location const& where) {
  return where.file + ':' + std::to_string(where.line) + ':' + std::to_string(where.column);
}

std::string full_name(config::Metadata const& document) {
  return document.name_space + '/' + document.name;
}

}  // namespace tidegate::routing
