#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/io/timer_wheel.h"
#include "routing/outlier_policy.h"

namespace tidegate::gateway {

/// What an attempt told about its host.
struct AttemptResult {
  enum class Kind : std::uint8_t {
    answered,
    broken,     ///< no connection, or it broke
    timed_out,  ///< the host was too slow
  };
  Kind kind = Kind::answered;
  int status = 0;  ///< of an answer
};

/// The health of one host of a cluster, as all workers found it. The counters of failures in a row
/// are written by all of them, but only when something fails, or had failed before.
class HostHealth {
 public:
  explicit HostHealth(std::string address) : address_(std::move(address)) {}

  [[nodiscard]] bool is_ejected() const { return is_ejected_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::string const& address() const { return address_; }

 private:
  friend class OutlierDetector;
  using Count = std::atomic<std::uint32_t>;

  std::string address_;
  Count errors_{0}, gateway_errors_{0}, local_failures_{0};  ///< in a row
  std::atomic<bool> is_ejected_{false};
  // Guarded by the detector's mutex:
  TimePoint ejected_at_{};
  milliseconds ejected_for_{0};
  std::uint32_t ejections_ = 0;  ///< in a row; one less for every interval in good health
};

using HostHealthPtr = std::shared_ptr<HostHealth>;

/// Finds out which hosts of a cluster fail, for all workers together (Envoy: outlier.rst). Called
/// by every worker; the time is the caller's. Locks only to eject, to ask who may come back, and
/// when hosts come and go.
class OutlierDetector {
 public:
  enum class Reason : std::uint8_t { consecutive_5xx, consecutive_gateway_failure, local_failure };
  static constexpr std::array<std::string_view, 3> reason_names{
      "consecutive_5xx", "consecutive_gateway_failure", "consecutive_local_origin_failure"};

  struct Ejection {
    Reason reason;
    milliseconds duration;
  };
  struct Counts {
    std::size_t hosts = 0;
    std::size_t ejected = 0;
    std::array<std::uint64_t, 3> ejections{};  ///< ever, by Reason
  };

  /// The health of the host at `address`: one object as long as anybody holds it.
  [[nodiscard]] HostHealthPtr host(std::string const& address);

  /// What an attempt came to. Returns the ejection that it led to.
  std::optional<Ejection> report(routing::OutlierPolicy const& policy, HostHealth& host,
                                 AttemptResult result, TimePoint now);
  /// Lets those come back whose time is over; does nothing before the policy's interval has passed.
  /// Returns their addresses.
  std::vector<std::string> sweep(routing::OutlierPolicy const& policy, TimePoint now);
  /// There is no policy any more: everybody comes back.
  void forgive();

  /// Another number whenever a host was ejected or came back.
  [[nodiscard]] std::uint64_t generation() const {
    return generation_.load(std::memory_order_acquire);
  }
  [[nodiscard]] Counts counts() const;

 private:
  [[nodiscard]] std::optional<Reason> count(routing::OutlierPolicy const& policy, HostHealth& host,
                                            AttemptResult result);
  std::optional<Ejection> eject(routing::OutlierPolicy const& policy, HostHealth& host,
                                Reason reason, TimePoint now);
  [[nodiscard]] std::vector<HostHealthPtr> live() const;
  void readmit(HostHealth& host);

  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<HostHealth>> hosts_;
  std::array<std::uint64_t, 3> ejections_{};
  TimePoint next_sweep_{};
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace tidegate::gateway
