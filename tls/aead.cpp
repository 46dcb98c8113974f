#include "tls/aead.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "tls/openssl.h"

namespace tidegate::tls {
namespace {

enum Direction : int { to_open = 0, to_seal = 1 };

/// OpenSSL says no to a key, a nonce or a length only where we are wrong ourselves.
void require(bool is_done) {
  if (is_done) return;
  std::fputs("TLS record layer: OpenSSL's cipher failed\n", stderr);
  std::abort();
}

struct CipherFetcher {
  EVP_CIPHER* aes_128_gcm = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  EVP_CIPHER* aes_256_gcm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  EVP_CIPHER* chacha20_poly1305 = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
};

/// Fetched once: looking an algorithm up costs as much as sealing a small record.
EVP_CIPHER const* cipher_of(Suite suite) {
  static CipherFetcher const ciphers;
  switch (suite) {
    case Suite::aes_128_gcm_sha256: return ciphers.aes_128_gcm;
    case Suite::aes_256_gcm_sha384: return ciphers.aes_256_gcm;
    case Suite::chacha20_poly1305_sha256: break;
  }
  return ciphers.chacha20_poly1305;
}

/// Keyed ciphers by key id. Both directions of a connection have neighbouring ids, and so have
/// connections that came together; two keys that fall on one place drive each other out.
class KeyedCiphers {
 public:
  /// The cipher of `keys` with the nonce of the next record.
  [[nodiscard]] EVP_CIPHER_CTX* prepare(TrafficKeys& keys, Direction direction) {
    Place& place = places_[keys.id() % places_.size()];
    auto const nonce = keys.take_nonce();
    bool const is_ready = place.id == keys.id();
    if (!is_ready) {
      if (!place.cipher) place.cipher.reset(EVP_CIPHER_CTX_new());
      require(place.cipher != nullptr);
      place.id = keys.id();
    }
    require(EVP_CipherInit_ex(place.cipher.get(), is_ready ? nullptr : cipher_of(keys.suite()),
                              nullptr, is_ready ? nullptr : keys.key(), nonce.data(),
                              direction) == 1);
    return place.cipher.get();
  }

  void forget(std::uint64_t id) {
    Place& place = places_[id % places_.size()];
    if (place.id != id) return;
    EVP_CIPHER_CTX_reset(place.cipher.get());
    place.id = 0;
  }

 private:
  struct Place {
    std::uint64_t id = 0;
    std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>> cipher;
  };
  std::array<Place, 256> places_;
};

KeyedCiphers& ciphers_of_thread() {
  thread_local auto const ciphers = std::make_unique<KeyedCiphers>();
  return *ciphers;
}

}  // namespace

void seal(TrafficKeys& keys, std::span<unsigned char const> header,
          std::span<std::string_view const> parts, unsigned char* to) {
  EVP_CIPHER_CTX* const cipher = ciphers_of_thread().prepare(keys, to_seal);
  int size = 0;
  require(EVP_CipherUpdate(cipher, nullptr, &size, header.data(),
                           static_cast<int>(header.size())) == 1);
  for (auto const part : parts) {
    require(EVP_CipherUpdate(cipher, to, &size, reinterpret_cast<unsigned char const*>(part.data()),
                             static_cast<int>(part.size())) == 1);
    to += size;
  }
  require(EVP_CipherFinal_ex(cipher, to, &size) == 1);
  require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, tag_size, to) == 1);
}

bool open(TrafficKeys& keys, std::span<unsigned char const> header,
          std::span<unsigned char> sealed) {
  EVP_CIPHER_CTX* const cipher = ciphers_of_thread().prepare(keys, to_open);
  auto const text = sealed.first(sealed.size() - tag_size);
  int size = 0;
  require(EVP_CipherUpdate(cipher, nullptr, &size, header.data(),
                           static_cast<int>(header.size())) == 1);
  require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, tag_size,
                              sealed.data() + text.size()) == 1);
  bool const is_genuine = EVP_CipherUpdate(cipher, text.data(), &size, text.data(),
                                           static_cast<int>(text.size())) == 1 &&
                          EVP_CipherFinal_ex(cipher, text.data() + size, &size) == 1;
  if (!is_genuine) {
    OPENSSL_cleanse(sealed.data(), sealed.size());
    clear_errors();
  }
  return is_genuine;
}

void forget_key(std::uint64_t id) { ciphers_of_thread().forget(id); }

}  // namespace tidegate::tls
