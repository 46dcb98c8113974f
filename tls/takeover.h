#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "tls/openssl.h"
#include "tls/record_layer.h"

namespace tidegate::tls {

/// What must be known of a handshake of OpenSSL's so that our record layer can go on behind it: the
/// traffic secrets and how many records either side has used them for. Wiped at the end.
class Takeover {
 public:
  Takeover() = default;
  Takeover(Takeover const&) = delete;
  Takeover& operator=(Takeover const&) = delete;
  ~Takeover();

  /// Begins to watch; `ignore` ends it. The object must outlive what it watches.
  void watch(SSL* ssl);
  static void ignore(SSL* ssl);

  /// Where the record layer begins, after a complete handshake whose last byte has been sent.
  /// Nothing when OpenSSL must keep the connection: another version or suite, secrets unseen, or it
  /// holds bytes that came after the handshake. The secrets belong to this object.
  [[nodiscard]] std::optional<RecordLayer::Start> start(SSL* ssl) const;

  /// A key log callback (SSL_CTX_set_keylog_callback), the only way to OpenSSL's traffic secrets.
  static void note_secret(SSL const* ssl, char const* line);

 private:
  struct Secret {
    std::array<unsigned char, TrafficKeys::longest_secret> bytes{};
    std::size_t size = 0;
  };

  static void note_message(int is_ours, int version, int type, void const* bytes, std::size_t size,
                           SSL* ssl, void* takeover);

  Secret client_;
  Secret server_;
  bool has_sent_finished_ = false;
  bool has_read_finished_ = false;
  std::uint32_t records_sent_ = 0;  ///< since our Finished: the tickets
  std::uint32_t records_read_ = 0;  ///< since the client's Finished
};

}  // namespace tidegate::tls
