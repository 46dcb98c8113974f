#include "tls/traffic_keys.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <string>
#include <vector>

#include "tests/tls/hex.h"
#include "tls/openssl.h"

namespace tidegate::tls {
namespace {

using testing::bytes_of;
using testing::hex;

std::vector<unsigned char> secret_of(Suite suite) {
  std::vector<unsigned char> secret(secret_size(suite));
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<unsigned char>(i);
  return secret;
}

/// HKDF-Expand by OpenSSL, with the HkdfLabel of RFC 8446 §7.1 put together here.
std::string expand(EVP_MD const* md, std::vector<unsigned char> const& secret,
                   std::string const& label, std::size_t size) {
  std::string const full = "tls13 " + label;
  std::string info{'\0', static_cast<char>(size), static_cast<char>(full.size())};
  info += full;
  info += '\0';
  std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>> const context(
      EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  std::vector<unsigned char> out(size);
  EXPECT_EQ(EVP_PKEY_derive_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_hkdf_mode(context.get(), EVP_PKEY_HKDEF_MODE_EXPAND_ONLY), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_hkdf_md(context.get(), md), 1);
  EXPECT_EQ(
      EVP_PKEY_CTX_set1_hkdf_key(context.get(), secret.data(), static_cast<int>(secret.size())), 1);
  EXPECT_EQ(EVP_PKEY_CTX_add1_hkdf_info(context.get(),
                                        reinterpret_cast<unsigned char const*>(info.data()),
                                        static_cast<int>(info.size())),
            1);
  EXPECT_EQ(EVP_PKEY_derive(context.get(), out.data(), &size), 1);
  return hex(out);
}

std::string key_of(TrafficKeys const& keys, std::size_t size) { return hex({keys.key(), size}); }

TEST(TrafficKeys, AreThoseOfRfc8448) {
  struct {
    char const* secret;
    char const* key;
    char const* iv;
  } const table[] = {
      {"a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
       "9f02283b6c9c07efc26bb9f2ac92e356", "cf782b88dd83549aadf1e984"},
      {"9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
       "17422dda596ed5d9acd890e3c63f5051", "5b78923dee08579033e523d9"},
  };
  for (auto const& row : table) {
    TrafficKeys keys(Suite::aes_128_gcm_sha256, bytes_of(row.secret), 0);
    EXPECT_EQ(key_of(keys, 16), row.key);
    EXPECT_EQ(hex(keys.take_nonce()), row.iv) << "the first nonce is the iv";
  }
}

TEST(TrafficKeys, AgreeWithOpensslsHkdfInEverySuite) {
  struct {
    Suite suite;
    EVP_MD const* md;
    std::size_t key_size;
  } const table[] = {{Suite::aes_128_gcm_sha256, EVP_sha256(), 16},
                     {Suite::aes_256_gcm_sha384, EVP_sha384(), 32},
                     {Suite::chacha20_poly1305_sha256, EVP_sha256(), 32}};
  for (auto const& row : table) {
    auto secret = secret_of(row.suite);
    TrafficKeys keys(row.suite, secret, 0);
    for (int generation = 0; generation < 3; ++generation) {
      EXPECT_EQ(key_of(keys, row.key_size), expand(row.md, secret, "key", row.key_size));
      EXPECT_EQ(hex(keys.take_nonce()), expand(row.md, secret, "iv", 12));
      secret = bytes_of(expand(row.md, secret, "traffic upd", secret.size()));
      keys.update();
    }
  }
}

TEST(TrafficKeys, GiveEveryRecordItsOwnNonce) {
  auto const secret = secret_of(Suite::aes_128_gcm_sha256);
  TrafficKeys first(Suite::aes_128_gcm_sha256, secret, 0);
  auto const iv = first.take_nonce();
  TrafficKeys keys(Suite::aes_128_gcm_sha256, secret, 0x01fe);
  for (unsigned sequence = 0x01fe; sequence < 0x0202; ++sequence) {
    auto nonce = iv;  // RFC 8446 §5.3: the sequence number, big-endian, over the last bytes
    nonce[11] = static_cast<unsigned char>(nonce[11] ^ (sequence & 0xffU));
    nonce[10] = static_cast<unsigned char>(nonce[10] ^ (sequence >> 8U));
    EXPECT_EQ(hex(keys.take_nonce()), hex(nonce)) << sequence;
  }
}

TEST(TrafficKeys, BeginAgainWithAnUpdate) {
  TrafficKeys keys(Suite::aes_128_gcm_sha256, secret_of(Suite::aes_128_gcm_sha256), 7);
  auto const id = keys.id();
  keys.update();
  EXPECT_EQ(keys.sequence(), 0U);
  EXPECT_NE(keys.id(), id);
}

TEST(Suites, AreKnownByTheirNumbers) {
  EXPECT_EQ(suite_of(0x1301), Suite::aes_128_gcm_sha256);
  EXPECT_EQ(suite_of(0x1302), Suite::aes_256_gcm_sha384);
  EXPECT_EQ(suite_of(0x1303), Suite::chacha20_poly1305_sha256);
  EXPECT_EQ(suite_of(0x1304), std::nullopt);  // AES-CCM
  EXPECT_EQ(suite_of(0xc02f), std::nullopt);
}

}  // namespace
}  // namespace tidegate::tls
