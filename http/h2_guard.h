#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "http/h2_events.h"
#include "http/h2_limits.h"

namespace tidegate::http {

/// Why a connection was ended.
struct H2Verdict {
  H2Error error = H2Error::none;
  std::string_view reason;  ///< for the log; static storage; empty: there is none

  explicit operator bool() const { return !reason.empty(); }
};

/// Judges what a peer costs: reads the frame headers of its bytes beside the library, which reports
/// some kinds of frames too late and others not at all (CONTINUATION, ignored streams, padding).
class H2Guard {
 public:
  using TimePoint = H2Bucket::TimePoint;
  enum class Preface : std::uint8_t { expected, none };

  H2Guard(H2Limits const& limits, Preface preface);

  /// The next bytes as they came. A verdict means: none of them should be looked at.
  [[nodiscard]] H2Verdict watch(std::string_view bytes, TimePoint now);

  /// A head for a stream that is over, which is decoded for nothing.
  [[nodiscard]] H2Verdict stale_head(TimePoint now);
  /// We reset a stream because of what the peer did.
  [[nodiscard]] H2Verdict provoked_reset(H2Error error, TimePoint now);
  enum class Close : std::uint8_t { complete, cut, early_reset };
  /// A request of the peer came to its end.
  [[nodiscard]] H2Verdict request_closed(Close how);
  /// Frames that answer our DATA are not held against the peer.
  void sent_data();

  /// The number of the block of fields that is under way, 0 if there is none. A timer should run
  /// for each of them (Slowloris).
  [[nodiscard]] std::uint64_t head_under_way() const { return in_block_ ? blocks_ : 0; }

 private:
  struct Frame {
    std::uint32_t size = 0;
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
  };

  [[nodiscard]] std::size_t take_header(std::string_view bytes);
  [[nodiscard]] H2Verdict begin_frame(TimePoint now);
  [[nodiscard]] H2Verdict begin_fields();
  [[nodiscard]] H2Verdict begin_data(TimePoint now);

  std::size_t block_limit_;
  std::uint32_t continuation_limit_;
  std::uint32_t judged_after_;
  H2Bucket resets_received_, resets_provoked_, refused_, pings_, settings_, priorities_,
      empty_data_, window_updates_, unknown_;

  std::array<unsigned char, 10> header_{};  // nine bytes, and the pad length of padded DATA
  std::size_t header_size_ = 0;
  std::size_t header_wanted_ = 9;
  std::size_t skip_;  // bytes until the next frame header
  Frame frame_;
  std::size_t block_bytes_ = 0;
  std::uint32_t block_frames_ = 0;
  bool in_block_ = false;
  std::uint64_t blocks_ = 0;
  bool is_server_;
  std::uint64_t closed_ = 0;
  std::uint64_t reset_early_ = 0;
};

}  // namespace tidegate::http
