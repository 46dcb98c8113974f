#include "routing/host_index.h"

#include <algorithm>

namespace tidegate::routing {

namespace {

std::string key_of(std::string_view pattern) {
  if (pattern == "*") return {};
  if (pattern.starts_with("*.")) pattern.remove_prefix(1);
  return {pattern.rbegin(), pattern.rend()};
}

}  // namespace

void HostIndex::add(std::string_view pattern, std::size_t value) {
  values_[key_of(pattern)].push_back(value);
}

std::vector<std::size_t> HostIndex::overlapping(std::string_view pattern) const {
  std::string const key = key_of(pattern);
  std::vector<std::size_t> found;
  auto const take = [&](auto const& entry) {
    found.insert(found.end(), entry->second.begin(), entry->second.end());
  };
  // Wildcards around it: each ends with a dot here.
  for (std::size_t length = 0; length < key.size(); ++length) {
    if (length != 0 && key[length - 1] != '.') continue;
    auto const known = values_.find(std::string_view(key).substr(0, length));
    if (known != values_.end()) take(known);
  }
  // Itself, and all that it covers.
  bool const is_wildcard = key.empty() || key.ends_with('.');
  for (auto entry = values_.lower_bound(key); entry != values_.end(); ++entry) {
    if (entry->first != key && !(is_wildcard && entry->first.starts_with(key))) break;
    take(entry);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace tidegate::routing
