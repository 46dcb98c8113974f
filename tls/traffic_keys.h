#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace tidegate::tls {

/// The cipher suites of TLS 1.3 that our record layer knows (RFC 8446 §B.4).
enum class Suite : std::uint8_t {
  aes_128_gcm_sha256,
  aes_256_gcm_sha384,
  chacha20_poly1305_sha256
};

/// By the suite's number in TLS, e.g. 0x1301; nothing when our record layer does not know it.
[[nodiscard]] std::optional<Suite> suite_of(unsigned number);
[[nodiscard]] std::size_t secret_size(Suite suite);

/// How one direction of a connection is protected, by one traffic secret after the other. All that
/// an idle connection keeps of it. Wiped at the end.
class TrafficKeys {
 public:
  static constexpr std::size_t longest_secret = 48;
  static constexpr std::size_t nonce_size = 12;
  using Secret = std::span<unsigned char const>;
  using Nonce = std::array<unsigned char, nonce_size>;

  /// `secret` has secret_size(suite) bytes; `sequence` is that of the next record.
  TrafficKeys(Suite suite, Secret secret, std::uint64_t sequence);
  TrafficKeys(TrafficKeys const&) = delete;
  TrafficKeys& operator=(TrafficKeys const&) = delete;
  ~TrafficKeys();

  /// The next traffic secret (RFC 8446 §7.2); the sequence begins again at 0.
  void update();

  [[nodiscard]] Suite suite() const { return suite_; }
  [[nodiscard]] unsigned char const* key() const { return key_.data(); }
  /// Names this key among all that the process ever had; never 0.
  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }
  /// That of the next record (RFC 8446 §5.3). No two calls under one key give the same.
  [[nodiscard]] Nonce take_nonce();

 private:
  void derive();

  std::uint64_t id_ = 0;
  std::uint64_t sequence_;
  std::array<unsigned char, longest_secret> secret_{};
  std::array<unsigned char, 32> key_{};
  Nonce iv_{};
  Suite suite_;
};

}  // namespace tidegate::tls
