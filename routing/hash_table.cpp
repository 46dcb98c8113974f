#include "routing/hash_table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "routing/hash.h"

namespace tidegate::routing {
namespace {

constexpr std::uint64_t kMaximumRing = 8ULL * 1024 * 1024;
constexpr std::uint32_t kFree = UINT32_MAX;

/// Shares that add up to 1. Without any weight all are alike.
std::vector<double> shares(std::span<HashedHost const> hosts) {
  double total = 0;
  for (auto const& host : hosts) total += host.weight;
  std::vector<double> made;
  for (auto const& host : hosts) {
    made.push_back(total > 0 ? host.weight / total : 1.0 / static_cast<double>(hosts.size()));
  }
  return made;
}

double smallest_above_zero(std::vector<double> const& all) {
  double smallest = 1;
  for (double const each : all) {
    if (each > 0) smallest = std::min(smallest, each);
  }
  return smallest;
}

/// One host's walk through the table: a permutation of its places, since `skip` and the size have
/// no common divisor.
struct Walk {
  std::uint64_t next;
  std::uint64_t skip;
  double share;
  double turns = 0;  ///< how much it is owed
};

}  // namespace

HashTable HashTable::ring(std::span<HashedHost const> hosts, std::uint64_t minimum_size) {
  HashTable table;
  if (hosts.empty()) return table;
  auto const share = shares(hosts);
  double const lightest = smallest_above_zero(share);
  double const scale = std::min(std::ceil(lightest * static_cast<double>(minimum_size)) / lightest,
                                static_cast<double>(kMaximumRing));
  std::vector<std::pair<std::uint64_t, std::uint32_t>> places;
  places.reserve(static_cast<std::size_t>(std::ceil(scale)));
  double wanted = 0;  // summed over all hosts, so that what one loses by rounding the next one gets
  std::string key;
  for (std::uint32_t host = 0; host < hosts.size(); ++host) {
    wanted += scale * share[host];
    for (std::uint64_t n = 0; static_cast<double>(places.size()) < wanted; ++n) {
      key.assign(hosts[host].name).append("_").append(std::to_string(n));
      places.emplace_back(hash_of(key), host);
    }
  }
  std::sort(places.begin(), places.end());
  for (auto const& [position, host] : places) {
    table.positions_.push_back(position);
    table.hosts_.push_back(host);
  }
  return table;
}

HashTable HashTable::maglev(std::span<HashedHost const> hosts, std::uint64_t size) {
  HashTable table;
  if (hosts.empty()) return table;
  auto const share = shares(hosts);
  double const heaviest = *std::max_element(share.begin(), share.end());
  std::vector<Walk> walks;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    walks.push_back({.next = hash_of(hosts[i].name) % size,
                     .skip = hash_of(hosts[i].name, 1) % (size - 1) + 1,
                     .share = share[i]});
  }
  table.hosts_.assign(size, kFree);
  for (std::uint64_t filled = 0; filled < size;) {
    for (std::uint32_t host = 0; host < walks.size() && filled < size; ++host) {
      Walk& walk = walks[host];
      walk.turns += walk.share;
      if (walk.turns < heaviest) continue;  // in each round the heaviest has one turn
      walk.turns -= heaviest;
      while (table.hosts_[walk.next] != kFree) walk.next = (walk.next + walk.skip) % size;
      table.hosts_[walk.next] = host;
      ++filled;
    }
  }
  return table;
}

std::size_t HashTable::first(std::uint64_t hash) const {
  if (positions_.empty()) return hash % hosts_.size();
  auto const found = std::lower_bound(positions_.begin(), positions_.end(), hash);
  return found == positions_.end() ? 0 : static_cast<std::size_t>(found - positions_.begin());
}

}  // namespace tidegate::routing
