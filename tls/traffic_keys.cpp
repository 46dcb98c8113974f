#include "tls/traffic_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "tls/aead.h"

namespace tidegate::tls {
namespace {

[[noreturn]] void die(char const* what) {
  std::fprintf(stderr, "TLS record layer: %s\n", what);
  std::abort();
}

/// Fetched once; OpenSSL's HMAC() looks its parts up at every call, which costs five times as much
/// as computing it.
EVP_MD const* digest_of(Suite suite) {
  static EVP_MD const* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static EVP_MD const* const sha384 = EVP_MD_fetch(nullptr, "SHA384", nullptr);
  return suite == Suite::aes_256_gcm_sha384 ? sha384 : sha256;
}

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

/// RFC 2104 for keys and messages that are shorter than a block of the hash. Wipes its traces.
Digest hmac(EVP_MD const* md, std::span<unsigned char const> key,
            std::span<unsigned char const> message) {
  constexpr std::size_t longest_block = 128;
  auto const block = static_cast<std::size_t>(EVP_MD_get_block_size(md));
  std::array<unsigned char, 2 * longest_block> bytes{};
  Digest digest{};
  unsigned int size = 0;
  auto const pass = [&](unsigned char pad, std::span<unsigned char const> text) {
    if (key.size() > block || block > longest_block || text.size() > longest_block)
      die("HMAC of too much");
    std::fill_n(bytes.begin(), block, pad);
    for (std::size_t i = 0; i < key.size(); ++i)
      bytes[i] = static_cast<unsigned char>(key[i] ^ pad);
    std::copy(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(block));
    if (EVP_Digest(bytes.data(), block + text.size(), digest.data(), &size, md, nullptr) != 1)
      die("the hash failed");
  };
  pass(0x36, message);
  pass(0x5c, std::span(digest).first(size));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return digest;
}

std::size_t key_size(Suite suite) { return suite == Suite::aes_128_gcm_sha256 ? 16 : 32; }

/// HKDF-Expand-Label with an empty context, up to one block of the hash (RFC 8446 §7.1).
void expand_label(Suite suite, TrafficKeys::Secret secret, std::string_view label,
                  std::span<unsigned char> to) {
  constexpr std::string_view prefix = "tls13 ";
  std::array<unsigned char, 32> info{};
  std::size_t size = 0;
  info[size++] = 0;
  info[size++] = static_cast<unsigned char>(to.size());
  info[size++] = static_cast<unsigned char>(prefix.size() + label.size());
  for (auto const part : {prefix, label}) {
    std::copy(part.begin(), part.end(), info.begin() + static_cast<std::ptrdiff_t>(size));
    size += part.size();
  }
  info[size++] = 0;  // the context's length
  info[size++] = 1;  // the number of HKDF's only block (RFC 5869 §2.3)
  auto const* const md = digest_of(suite);
  if (to.size() > static_cast<std::size_t>(EVP_MD_get_size(md))) die("HKDF of too much");
  Digest block = hmac(md, secret, std::span(info).first(size));
  std::copy_n(block.begin(), to.size(), to.begin());
  OPENSSL_cleanse(block.data(), block.size());
}

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

std::optional<Suite> suite_of(unsigned number) {
  switch (number) {
    case 0x1301: return Suite::aes_128_gcm_sha256;
    case 0x1302: return Suite::aes_256_gcm_sha384;
    case 0x1303: return Suite::chacha20_poly1305_sha256;
    default: return std::nullopt;
  }
}

std::size_t secret_size(Suite suite) { return suite == Suite::aes_256_gcm_sha384 ? 48 : 32; }

TrafficKeys::TrafficKeys(Suite suite, Secret secret, std::uint64_t sequence)
    : sequence_(sequence), suite_(suite) {
  if (secret.size() != secret_size(suite)) die("a traffic secret has the wrong size");
  std::copy(secret.begin(), secret.end(), secret_.begin());
  derive();
}

TrafficKeys::~TrafficKeys() {
  forget_key(id_);
  OPENSSL_cleanse(secret_.data(), secret_.size());
  OPENSSL_cleanse(key_.data(), key_.size());
  OPENSSL_cleanse(iv_.data(), iv_.size());
}

void TrafficKeys::update() {
  forget_key(id_);
  std::array<unsigned char, longest_secret> next{};
  std::size_t const size = secret_size(suite_);
  expand_label(suite_, Secret(secret_).first(size), "traffic upd", std::span(next).first(size));
  secret_ = next;
  OPENSSL_cleanse(next.data(), next.size());
  sequence_ = 0;
  derive();
}

void TrafficKeys::derive() {
  auto const secret = Secret(secret_).first(secret_size(suite_));
  expand_label(suite_, secret, "key", std::span(key_).first(key_size(suite_)));
  expand_label(suite_, secret, "iv", iv_);
  id_ = next_id();
}

TrafficKeys::Nonce TrafficKeys::take_nonce() {
  if (sequence_ == std::numeric_limits<std::uint64_t>::max()) die("the sequence numbers ran out");
  std::uint64_t rest = sequence_++;
  Nonce nonce = iv_;
  for (std::size_t i = nonce.size(); rest != 0; rest >>= 8U) {
    --i;
    nonce[i] = static_cast<unsigned char>(nonce[i] ^ (rest & 0xffU));
  }
  return nonce;
}

}  // namespace tidegate::tls
