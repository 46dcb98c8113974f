#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidegate::routing {

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
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const;
  };
  using Map = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;
  Map exact_;
  Map suffixes_;  ///< keys with their leading dot: `.foo.com`
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
