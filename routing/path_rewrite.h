#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/arena.h"
#include "http/head.h"
#include "routing/matcher.h"
#include "routing/regex.h"

namespace tidegate::routing {

/// How much of a path the condition covers that it fits, which is what a new prefix takes the
/// place of: a prefix itself, the whole of an exact path or a regex. Without condition it is `/`.
[[nodiscard]] std::size_t covered_by(TextMatcher const* condition, std::string_view path);

/// `uri` or `uriRegexRewrite` of an HTTPRewrite.
struct PathRewrite {
  std::string prefix;                  ///< takes the place of what the match covers
  std::shared_ptr<Regex const> regex;  ///< every occurrence is replaced; null = none
  std::string substitution;            ///< with `\1` for groups

  /// The request's target anew, query included. Slashes are not cleaned up, as in Istio. Empty
  /// where the outcome is no target that may be sent: one with dot segments, which the origin would
  /// resolve to a path that no rule has seen, or with bytes that no target has.
  [[nodiscard]] std::string_view apply(http::RequestHead const& request,
                                       TextMatcher const* condition, http::Arena& arena) const;
};

}  // namespace tidegate::routing
