#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tls/traffic_keys.h"

namespace tidegate::tls {

/// RFC 8446 §6.
enum class Alert : std::uint8_t {
  close_notify = 0,
  unexpected_message = 10,
  bad_record_mac = 20,
  record_overflow = 22,
  illegal_parameter = 47,
  decode_error = 50,
  user_canceled = 90,
};

/// The record layer of an established TLS 1.3 connection, our side being the server: bytes in,
/// bytes out, no socket and no buffer (RFC 8446 §5). Of the messages that may come after a
/// handshake it knows KeyUpdate, the only one that a client may send unasked (§4.6).
class RecordLayer {
 public:
  static constexpr std::size_t longest_plaintext = 1U << 14U;
  static constexpr std::size_t header_size = 5;
  /// What a record of ours is longer than its plaintext: header, inner type and tag.
  static constexpr std::size_t overhead = header_size + 1 + 16;
  static constexpr std::size_t longest_own_record = longest_plaintext + overhead;
  static constexpr std::size_t longest_control = overhead + 5;
  /// The longest that may come.
  static constexpr std::size_t longest_record = header_size + longest_plaintext + 256;
  /// AES-GCM is safe for 2^24.5 full records under one key (RFC 8446 §5.5); ours leave it long
  /// before.
  static constexpr std::uint64_t records_per_key = 1U << 22U;

  /// The traffic secrets after a handshake and how many records we have sent under ours.
  struct Start {
    Suite suite{};
    TrafficKeys::Secret client_secret{};
    TrafficKeys::Secret server_secret{};
    std::uint64_t records_sent = 0;
    std::uint64_t records_per_key = RecordLayer::records_per_key;
  };
  explicit RecordLayer(Start const& start);

  struct Opened {
    enum class Kind : std::uint8_t {
      incomplete,  ///< the first record has not come whole
      data,        ///< `data`, never empty
      nothing,     ///< a record that only the record layer cares for, or an empty one
      closed,      ///< close_notify
      failed,      ///< `complaint()` says why; nothing more may be opened
    };
    Kind kind;
    std::size_t used = 0;    ///< bytes that the record took
    std::span<char> data{};  ///< within the bytes given
  };
  /// Opens the first record of `bytes`, in place.
  [[nodiscard]] Opened open(std::span<char> bytes);

  /// How many bytes at least must follow `bytes` before `open` says more than `incomplete`.
  [[nodiscard]] static std::size_t missing(std::span<char const> bytes);

  struct Sealed {
    std::size_t plain = 0;  ///< how many bytes of the parts are sealed
    std::size_t bytes = 0;  ///< how many bytes were written
  };
  /// Seals what follows the first `skip` bytes of `parts`, one behind the other, into as many
  /// records as `to` has room for full ones (and for `longest_control` bytes more); a KeyUpdate
  /// comes first where one is due. Every record of data is full but the last. What was sealed must
  /// be sent, or the connection is over.
  [[nodiscard]] Sealed seal(std::span<std::string_view const> parts, std::size_t skip,
                            std::span<char> to);
  /// Of `plain` bytes that one call of `seal` sealed, those in records of which some is among the
  /// last `unsent` bytes that it wrote.
  [[nodiscard]] static std::size_t plain_within(std::size_t unsent, std::size_t plain);

  /// Bytes written, up to `longest_control`.
  [[nodiscard]] std::size_t seal_alert(Alert alert, std::span<char> to);

  /// Why `open` failed.
  struct Complaint {
    char const* text = nullptr;
    std::optional<Alert> alert{};  ///< what the peer is to be told; nothing after its own alert
  };
  [[nodiscard]] Complaint const& complaint() const { return complaint_; }

 private:
  [[nodiscard]] Opened fail(char const* text, std::optional<Alert> alert);
  [[nodiscard]] Opened take(unsigned type, std::span<char> content, std::size_t used);
  [[nodiscard]] Opened take_alert(std::span<char const> content, std::size_t used);
  [[nodiscard]] Opened take_handshake(std::span<char const> content, std::size_t used);
  [[nodiscard]] Opened take_nothing(std::size_t used);
  [[nodiscard]] std::size_t seal_control(unsigned type, std::string_view content,
                                         std::span<char> to);
  [[nodiscard]] std::size_t seal_key_update(std::span<char> to);

  TrafficKeys read_;
  TrafficKeys write_;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t records_per_key_;
  Complaint complaint_;
  std::uint32_t events_ = 0;      ///< records without data since the handshake
  bool owes_key_update_ = false;  ///< due before our next data (RFC 8446 §4.6.3)
};

}  // namespace tidegate::tls
