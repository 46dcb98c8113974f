#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tidegate::routing {

/// A host that a hash may lead to.
struct HashedHost {
  std::string_view name;  ///< its identity: the same one has the same places in every table
  std::uint32_t weight = 1;
};

/// Leads a hash to one of several hosts so that few hashes lead elsewhere when a host comes or
/// goes. Built once for a set of hosts; looking up allocates nothing.
class HashTable {
 public:
  /// Envoy: ring_hash_lb.cc. Each host stands at places of the ring in proportion to its weight,
  /// the lightest one at so many that there are `minimum_size` in all, at most 8 Mi.
  [[nodiscard]] static HashTable ring(std::span<HashedHost const> hosts,
                                      std::uint64_t minimum_size);
  /// Maglev (Eisenbud et al., NSDI 2016), with weights as in Envoy's maglev_lb.cc. `size` is prime,
  /// and larger than the number of hosts, or some have no place.
  [[nodiscard]] static HashTable maglev(std::span<HashedHost const> hosts, std::uint64_t size);

  /// The number of the host that `hash` leads to. Where `accepts` says no to it, the next one of
  /// the table: so only the hashes of hosts that are not accepted go elsewhere, and they spread.
  /// Nothing when no host is accepted.
  template <class Accepts>
  [[nodiscard]] std::optional<std::size_t> find(std::uint64_t hash, Accepts const& accepts) const {
    std::size_t place = hosts_.empty() ? 0 : first(hash);
    for (std::size_t passed = 0; passed < hosts_.size(); ++passed) {
      if (accepts(hosts_[place])) return hosts_[place];
      if (++place == hosts_.size()) place = 0;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::size_t size() const { return hosts_.size(); }

 private:
  [[nodiscard]] std::size_t first(std::uint64_t hash) const;

  std::vector<std::uint64_t> positions_;  ///< of a ring, ascending; empty in a Maglev table
  std::vector<std::uint32_t> hosts_;      ///< by place
};

}  // namespace tidegate::routing
