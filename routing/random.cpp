#include "routing/random.h"

#include <bit>

namespace tidegate::routing {

namespace {

/// SplitMix64 (Vigna): spreads a small seed over the whole state, which must not be all zero.
std::uint64_t spread(std::uint64_t& seed) {
  std::uint64_t mixed = (seed += 0x9e3779b97f4a7c15ULL);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
  return mixed ^ (mixed >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed) {
  for (std::uint64_t& word : state_) word = spread(seed);
}

std::uint64_t Random::next() {
  std::uint64_t const result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  std::uint64_t const shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Random::below(std::uint64_t limit) {
  if (limit == 0) return 0;
  // Lemire's multiplication instead of a division; drawing again where the lowest values would be
  // one time in 2^64 too likely.
  std::uint64_t const unfair = (0 - limit) % limit;
  for (;;) {
    auto const product = static_cast<unsigned __int128>(next()) * limit;
    if (static_cast<std::uint64_t>(product) >= unfair)
      return static_cast<std::uint64_t>(product >> 64);
  }
}

}  // namespace tidegate::routing
