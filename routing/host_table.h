#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::routing {

/// Names → a number, side by side in memory: to find one among a hundred thousand takes two cache
/// misses.
class NameTable {
 public:
  /// False when it was there before: the first stays; and for the empty name, which cannot be.
  bool add(std::string_view name, std::uint32_t value);
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const;
  [[nodiscard]] bool empty() const { return count_ == 0; }

 private:
  struct Slot {
    std::uint32_t hash;
    std::uint32_t begin;  ///< in `text_`
    std::uint32_t size;   ///< 0: the slot is free
    std::uint32_t value;
  };

  /// Where the name stands, or would.
  [[nodiscard]] std::size_t slot_of(std::string_view name, std::uint32_t hash) const;
  void grow();

  std::vector<Slot> slots_;  ///< a power of two, at most half of them taken
  std::string text_;         ///< of all names
  std::size_t count_ = 0;
};

/// Host patterns → a number. Exact names win over the longest `*.suffix`, which wins over `*`.
///
/// `*.foo.com` matches `a.foo.com` and `a.b.foo.com`, not `foo.com` (Envoy: VirtualHost.domains).
/// Look-ups take no more than one hash a label and allocate nothing.
class HostTable {
 public:
  /// Lower-case pattern. False when it was there before: the first stays.
  bool add(std::string_view pattern, std::uint32_t value);
  /// Lower-case host without a port.
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view host) const;
  [[nodiscard]] bool empty() const { return exact_.empty() && suffixes_.empty() && !any_; }

 private:
  NameTable exact_;
  NameTable suffixes_;  ///< with their leading dot: `.foo.com`
  std::optional<std::uint32_t> any_;
  std::size_t longest_exact_ = 0;   ///< characters
  std::size_t longest_suffix_ = 0;  ///< characters, with the leading dot
};

/// `pattern` as in Istio: does it cover every name that `narrower` covers?
[[nodiscard]] bool covers(std::string_view pattern, std::string_view narrower);

/// Authority → lower-case host without port, IPv6 brackets kept, trailing dot dropped. Writes into
/// `buffer` (at least `authority.size()` long) and returns the view.
[[nodiscard]] std::string_view host_of(std::string_view authority, char* buffer);

}  // namespace tidegate::routing
