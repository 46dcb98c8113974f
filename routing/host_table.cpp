#include "routing/host_table.h"

#include <algorithm>
#include <functional>
#include <utility>

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

std::uint32_t hash_of(std::string_view name) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>{}(name));
}

}  // namespace

std::size_t NameTable::slot_of(std::string_view name, std::uint32_t hash) const {
  std::size_t const mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot const& slot = slots_[at];
    if (slot.size == 0) return at;
    if (slot.hash == hash && std::string_view(text_).substr(slot.begin, slot.size) == name)
      return at;
  }
}

bool NameTable::add(std::string_view name, std::uint32_t value) {
  if (name.empty()) return false;
  if (2 * (count_ + 1) > slots_.size()) grow();
  std::uint32_t const hash = hash_of(name);
  Slot& slot = slots_[slot_of(name, hash)];
  if (slot.size != 0) return false;
  slot = {hash, static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
          value};
  text_ += name;
  ++count_;
  return true;
}

std::optional<std::uint32_t> NameTable::find(std::string_view name) const {
  if (slots_.empty()) return std::nullopt;
  Slot const& slot = slots_[slot_of(name, hash_of(name))];
  if (slot.size == 0) return std::nullopt;
  return slot.value;
}

void NameTable::grow() {
  constexpr std::size_t smallest = 8;
  std::vector<Slot> const old =
      std::exchange(slots_, std::vector<Slot>(std::max(smallest, 2 * slots_.size())));
  for (Slot const& slot : old)
    if (slot.size != 0)
      slots_[slot_of(std::string_view(text_).substr(slot.begin, slot.size), slot.hash)] = slot;
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
    return suffixes_.add(pattern, value);
  }
  longest_exact_ = std::max(longest_exact_, pattern.size());
  return exact_.add(pattern, value);
}

std::optional<std::uint32_t> HostTable::find(std::string_view host) const {
  if (host.size() <= longest_exact_)
    if (auto const found = exact_.find(host)) return found;

  if (longest_suffix_ != 0) {
    // From the longest suffix that could be there. A name of thousands of labels, which only an
    // attacker sends, costs no more than the longest name in the configuration.
    std::size_t const from =
        host.size() > longest_suffix_ ? host.size() - longest_suffix_ : std::size_t{1};
    for (std::size_t dot = host.find('.', from); dot != std::string_view::npos;
         dot = host.find('.', dot + 1)) {
      if (auto const found = suffixes_.find(host.substr(dot))) return found;
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
