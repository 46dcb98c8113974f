#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::routing {

/// Host patterns with numbers; finds those that have names in common with another pattern without
/// looking at the rest.
class HostIndex {
 public:
  void add(std::string_view pattern, std::size_t value);
  /// The values of every pattern that covers `pattern` or is covered by it, ascending, each once.
  [[nodiscard]] std::vector<std::size_t> overlapping(std::string_view pattern) const;

 private:
  /// By what is fixed in the pattern, from its end: `*.foo.com` → `moc.oof.`. So what a wildcard
  /// covers begins like it, and stands right behind it.
  std::map<std::string, std::vector<std::size_t>, std::less<>> values_;
};

}  // namespace tidegate::routing
