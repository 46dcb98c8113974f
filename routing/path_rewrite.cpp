#include "routing/path_rewrite.h"

#include <algorithm>

#include "http/characters.h"

namespace tidegate::routing {

namespace {

/// `.` or `..`, also with what some origins cut off or decode before they resolve dots.
bool is_dot_segment(std::string_view segment) {
  auto const end = std::min({segment.find(';'), segment.find("%2F"), segment.find("%5C"),
                             segment.find("%3B"), segment.size()});
  auto const name = segment.substr(0, end);
  return name == "." || name == "..";
}

/// Joining can make what normalisation has refused: of `/a..` with `/a` for `/b/`, for one.
bool may_be_sent(std::string_view path) {
  if (!http::is_all(http::CharClass::target, path)) return false;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    auto const segment = path.substr(0, path.find('/'));
    if (is_dot_segment(segment)) return false;
    path.remove_prefix(segment.size());
  }
  return true;
}

}  // namespace

std::size_t covered_by(TextMatcher const* condition, std::string_view path) {
  using Kind = config::StringMatch::Kind;
  if (condition == nullptr) return std::min<std::size_t>(path.size(), 1);
  if (condition->kind() != Kind::prefix) return path.size();
  return std::min(path.size(), condition->value().size());
}

std::string_view PathRewrite::apply(http::RequestHead const& request, TextMatcher const* condition,
                                    http::Arena& arena) const {
  auto const query = request.target.substr(std::min(request.path.size(), request.target.size()));
  std::string_view path;
  if (regex) {
    path = arena.copy(regex->replace_all(request.path, substitution));
  } else {
    path = arena.concat({prefix, request.path.substr(covered_by(condition, request.path))});
  }
  bool const is_rooted = path.starts_with('/');
  auto const rooted = is_rooted ? path : arena.concat({"/", path});
  // A `?` of the configuration's begins a query, which has no segments.
  if (!may_be_sent(rooted.substr(0, rooted.find('?')))) return {};
  if (!http::is_all(http::CharClass::target, rooted)) return {};
  return arena.concat({rooted, query});
}

}  // namespace tidegate::routing
