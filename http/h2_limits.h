#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "http/h1_head.h"

namespace tidegate::http {

/// How often a thing may happen: `burst` times at once, then `per_second` in the long run.
struct H2Rate {
  std::uint32_t burst = 0;
  std::uint32_t per_second = 0;
};

/// What one HTTP/2 connection may cost us. Every rate has at least ten times the room that
/// browsers, curl and gRPC clients were seen to need: a limit that cuts legal traffic is a bug too.
struct H2Limits {
  std::uint32_t concurrent_streams = 100;         ///< that the peer may open
  std::uint32_t stream_window = 64 * 1024 - 1;    ///< bytes, up to 2^31-1
  std::uint32_t connection_window = 1024 * 1024;  ///< bytes, up to 2^31-1
  std::size_t header_bytes = 60 * 1024;           ///< names, values and 32 for each field
  std::size_t header_count = 100;                 ///< fields; all cookie crumbs count as one
  Underscores underscores = Underscores::reject;  ///< in names of request fields
  std::size_t queue_high = 64 * 1024;             ///< bytes queued on a stream: `Room::no`
  std::size_t queue_total = 1024 * 1024;          ///< on all streams: above, a quarter of it each
  std::size_t outbound_frames = 1000;             ///< control frames that wait to be sent
  std::uint32_t continuations = 64;               ///< frames of one block of fields
  bool accepts_connect_protocol = true;           ///< RFC 8441, server only

  H2Rate resets_received{200, 20};  ///< by a client; completed streams pay for more
  H2Rate resets_provoked{100, 20};  ///< RST_STREAM that the peer's mistakes cost us
  H2Rate streams_refused{500, 50};  ///< opened above `concurrent_streams`
  H2Rate pings{200, 20};            ///< a DATA frame that we send pays for one more
  H2Rate settings{50, 5};
  H2Rate priorities{500, 100};
  H2Rate empty_data{100, 20};        ///< DATA without a byte and without END_STREAM
  H2Rate window_updates{1000, 200};  ///< a DATA frame that we send pays for ten more
  H2Rate unknown_frames{500, 100};   ///< extensions, GOAWAY, PRIORITY_UPDATE, late heads

  /// Cut once half of so many requests were reset within `early_reset` (Envoy:
  /// premature_reset_total_stream_count). 0: never.
  std::uint32_t early_resets_judged_after = 500;
  std::chrono::milliseconds early_reset{1000};
};

/// A token bucket that reads no clock. Full before its first use.
class H2Bucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit H2Bucket(H2Rate rate) : rate_(rate), tokens_(rate.burst) {}

  /// False: once too often.
  [[nodiscard]] bool take(TimePoint now) {
    refill(now);
    if (tokens_ == 0) return false;
    --tokens_;
    return true;
  }
  /// Never above the burst.
  void give(std::uint32_t tokens) { tokens_ = std::min(rate_.burst, tokens_ + tokens); }

 private:
  void refill(TimePoint now) {
    if (filled_ == TimePoint{}) filled_ = now;
    if (now == filled_ || rate_.per_second == 0) return;
    using std::chrono::nanoseconds;
    auto const a_token = nanoseconds(std::chrono::seconds(1)) / rate_.per_second;
    auto const due = (now - filled_) / a_token;
    if (due <= 0) return;
    bool const is_full = due >= rate_.burst;
    filled_ = is_full ? now : filled_ + due * a_token;
    tokens_ =
        is_full ? rate_.burst : std::min(rate_.burst, tokens_ + static_cast<std::uint32_t>(due));
  }

  H2Rate rate_;
  std::uint32_t tokens_;
  TimePoint filled_{};  // up to when tokens were handed out
};

}  // namespace tidegate::http
