#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/uri.h"

// The first byte chooses the rules, the rest is a request target. Normalising twice must be the
// same as once, and nothing that a later reader could normalise further may be left.
namespace tidegate::http {
namespace {

void require(bool holds, char const* what) {
  if (holds) return;
  std::fputs(what, stderr);
  std::abort();
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

void require_normal(RequestHead const& head, PathRules rules) {
  require(head.target.starts_with(head.path), "the target does not begin with the path");
  require(head.path.starts_with('/'), "the path is relative");
  auto const closed = std::string(head.path) + '/';
  require(!has(closed, "/../") && !has(closed, "/./"), "a dot segment is left");
  require(!has(closed, "/..;") && !has(closed, "/.;"), "a dot segment with parameters is left");
  require(!has(head.path, "\\"), "a backslash is left");
  require(!has(head.path, "%00"), "a NUL is left");
  require(!has(head.path, "%2e") && !has(head.path, "%2E"), "an escaped dot is left");
  if (rules.merge_slashes) require(!has(head.path, "//"), "two slashes are left");
  if (rules.escaped_slashes == Escapes::keep) return;
  require(!has(head.path, "%2F") && !has(head.path, "%2f"), "an escaped slash is left");
  require(!has(head.path, "%5C") && !has(head.path, "%5c"), "an escaped backslash is left");
}

void check(std::string_view target, PathRules rules) {
  Arena arena;
  RequestHead once;
  once.target = target;
  using Outcome = NormalPath::Outcome;
  auto const outcome = normalize_target(once, rules, arena).outcome;
  if (outcome == Outcome::bad || once.target == "*") return;
  require_normal(once, rules);
  require(once.target.size() <= target.size(), "the target grew");
  if (outcome == Outcome::redirect) {
    require(!once.path.starts_with("//"), "the redirect leads to another host");
  }
  auto const question = target.find('?');
  auto const query =
      question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  require(once.query == query, "the query changed");

  RequestHead twice;
  twice.target = once.target;
  require(normalize_target(twice, rules, arena).outcome == Outcome::ok, "normal, then refused");
  require(twice.target == once.target && twice.path == once.path && twice.query == once.query,
          "the second time changes more");
}

}  // namespace
}  // namespace tidegate::http

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace tidegate::http;
  if (size == 0) return 0;
  PathRules const rules{.merge_slashes = (data[0] & 4) != 0,
                        .escaped_slashes = static_cast<Escapes>(data[0] & 3)};
  check({reinterpret_cast<char const*>(data) + 1, size - 1}, rules);
  return 0;
}
