#pragma once

#include <cstdint>

#include "http/arena.h"
#include "http/head.h"

namespace tidegate::http {

/// What becomes of slashes written as %2F or %5C (Envoy: path_with_escaped_slashes_action).
enum class Escapes : std::uint8_t { keep, reject, unescape_and_redirect, unescape_and_forward };

struct PathRules {
  bool merge_slashes = true;  ///< `//` counts as `/`
  Escapes escaped_slashes = Escapes::unescape_and_redirect;
};

struct NormalPath {
  enum class Outcome : std::uint8_t {
    ok,
    bad,       ///< 400 `path_normalization_failed`; path and query are unspecified
    redirect,  ///< 307 to `head.target`: the client shall ask for what it meant
  };
  Outcome outcome = Outcome::ok;
};

/// Makes one spelling out of every spelling of a path, so that a rule matches what the origin will
/// see. Reads `head.target` in origin-form (or `*`) and sets `path`, `query` and `target`, which is
/// what goes upstream. Where nothing is to be changed they are views of the target as it was, else
/// of `arena`.
///
/// In this order: escapes of unreserved characters are decoded (RFC 3986 §6.2.2.2), the digits of
/// the others put in upper case, `\` taken for `/` (as browsers and Envoy do), escaped slashes
/// dealt with,
/// `.` and `..` resolved, slashes merged. The query stays as it is. Refused: `..` above the root,
/// broken escapes, %00, bytes that no target may have, and dot segments in disguise (`..;x`,
/// `..%2F`), which some origins resolve after us. Doing it twice changes nothing more.
[[nodiscard]] NormalPath normalize_target(RequestHead& head, PathRules rules, Arena& arena);

}  // namespace tidegate::http
