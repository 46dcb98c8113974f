#include "routing/host_table.h"

#include <algorithm>

namespace tidegate::routing {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// Length of `authority` without `:port`. A port may be empty (RFC 3986 §3.2.3).
std::size_t length_without_port(std::string_view authority) {
  std::size_t const colon = authority.rfind(':');
  if (colon == std::string_view::npos) return authority.size();
  std::size_t const bracket = authority.rfind(']');
  if (bracket != std::string_view::npos && colon < bracket) return authority.size();
  bool const is_port = std::all_of(authority.begin() + static_cast<std::ptrdiff_t>(colon) + 1,
                                   authority.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_port ? colon : authority.size();
}

}  // namespace

std::size_t HostTable::Hash::operator()(std::string_view text) const {
  return std::hash<std::string_view>{}(text);
}

bool HostTable::add(std::string_view pattern, std::uint32_t value) {
  if (pattern == "*") {
    if (any_) return false;
    any_ = value;
    return true;
  }
  if (pattern.starts_with("*.")) {
    pattern.remove_prefix(1);
    longest_suffix_ = std::max(longest_suffix_, pattern.size());
    return suffixes_.try_emplace(std::string(pattern), value).second;
  }
  longest_exact_ = std::max(longest_exact_, pattern.size());
  return exact_.try_emplace(std::string(pattern), value).second;
}

std::optional<std::uint32_t> HostTable::find(std::string_view host) const {
  if (host.size() <= longest_exact_)
    if (auto const found = exact_.find(host); found != exact_.end()) return found->second;

  if (longest_suffix_ != 0) {
    // From the longest suffix that could be there. A name of thousands of labels, which only an
    // attacker sends, costs no more than the longest name in the configuration.
    std::size_t const from =
        host.size() > longest_suffix_ ? host.size() - longest_suffix_ : std::size_t{1};
    for (std::size_t dot = host.find('.', from); dot != std::string_view::npos;
         dot = host.find('.', dot + 1)) {
      auto const found = suffixes_.find(host.substr(dot));
      if (found != suffixes_.end()) return found->second;
    }
  }
  return any_;
}

bool covers(std::string_view pattern, std::string_view narrower) {
  if (pattern == "*" || pattern == narrower) return true;
  if (!pattern.starts_with("*.")) return false;
  std::string_view const suffix = pattern.substr(1);
  return narrower.size() > suffix.size() && narrower.ends_with(suffix);
}

std::string_view host_of(std::string_view authority, char* buffer) {
  std::size_t length = length_without_port(authority);
  if (length > 1 && authority[length - 1] == '.') --length;
  std::transform(authority.begin(), authority.begin() + static_cast<std::ptrdiff_t>(length), buffer,
                 lower);
  return {buffer, length};
}

}  // namespace tidegate::routing
