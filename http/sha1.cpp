#include "http/sha1.h"

#include <bit>
#include <cstddef>

namespace tidegate::http {
namespace {

constexpr std::size_t block_size = 64;
using Block = std::array<std::uint8_t, block_size>;
using State = std::array<std::uint32_t, 5>;

std::uint32_t mix(std::size_t round, State const& s) {
  if (round < 20) return ((s[1] & s[2]) | (~s[1] & s[3])) + 0x5a827999;
  if (round < 40) return (s[1] ^ s[2] ^ s[3]) + 0x6ed9eba1;
  if (round < 60) return ((s[1] & s[2]) | (s[1] & s[3]) | (s[2] & s[3])) + 0x8f1bbcdc;
  return (s[1] ^ s[2] ^ s[3]) + 0xca62c1d6;
}

void add_block(Block const& block, State& state) {
  std::array<std::uint32_t, 80> words{};
  for (std::size_t i = 0; i < block_size; ++i) {
    words[i / 4] |= static_cast<std::uint32_t>(block[i]) << (24 - 8 * (i % 4));
  }
  for (std::size_t i = 16; i < words.size(); ++i) {
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  }
  State s = state;
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto const next = std::rotl(s[0], 5) + mix(i, s) + s[4] + words[i];
    s = {next, s[0], std::rotl(s[1], 30), s[2], s[3]};
  }
  for (std::size_t i = 0; i < s.size(); ++i) state[i] += s[i];
}

}  // namespace

std::array<std::uint8_t, 20> sha1(std::string_view text) {
  State state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  Block block{};
  std::size_t used = 0;
  auto const add = [&](std::uint8_t byte) {
    block[used++] = byte;
    if (used < block_size) return;
    add_block(block, state);
    used = 0;
  };
  for (char c : text) add(static_cast<std::uint8_t>(c));
  add(0x80);
  while (used != block_size - 8) add(0);
  auto const bits = static_cast<std::uint64_t>(text.size()) * 8;
  for (int shift = 56; shift >= 0; shift -= 8) add(static_cast<std::uint8_t>(bits >> shift));

  std::array<std::uint8_t, 20> digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  }
  return digest;
}

}  // namespace tidegate::http
