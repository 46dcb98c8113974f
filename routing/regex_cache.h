#pragma once

#include <memory>
#include <string>

namespace re2 {
class RE2;
}

namespace tidegate::routing {

/// The regex of this text, which matches when it matches the whole of a text. The same text is
/// compiled once for all that live at a time: a thousand hosts with one pattern share it, and so do
/// a configuration and the one that a reload puts in its place. From any thread.
///
/// Null when it does not compile or is too large; `error` then says why.
[[nodiscard]] std::shared_ptr<re2::RE2 const> shared_regex(std::string const& text,
                                                           std::string& error);

/// With which text everything begins that the regex matches; often less than there is, never more.
[[nodiscard]] std::string literal_prefix(re2::RE2 const& regex);

}  // namespace tidegate::routing
