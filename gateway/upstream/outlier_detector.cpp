#include "gateway/upstream/outlier_detector.h"

#include <algorithm>

namespace tidegate::gateway {
namespace {

using routing::OutlierPolicy;

constexpr int kBroken = 503;    // what a failure without an answer counts as (Envoy:
constexpr int kTimedOut = 504;  // resultToHttpCode)

bool is_gateway_error(int status) { return status >= 502 && status <= 504; }

/// A success costs a look; a write only after a failure.
void forget(std::atomic<std::uint32_t>& count) {
  if (count.load(std::memory_order_relaxed) != 0) count.store(0, std::memory_order_relaxed);
}

/// True for the one that reaches the limit, whoever else counts at the same time.
bool reaches(std::atomic<std::uint32_t>& count, std::uint32_t limit) {
  return count.fetch_add(1, std::memory_order_relaxed) + 1 == limit && limit != 0;
}

void begin_anew(std::atomic<std::uint32_t>& count, std::uint32_t limit) {
  if (count.load(std::memory_order_relaxed) >= limit) count.store(0, std::memory_order_relaxed);
}

}  // namespace

HostHealthPtr OutlierDetector::host(std::string const& address) {
  std::lock_guard const lock(mutex_);
  std::erase_if(hosts_, [](auto const& host) { return host.expired(); });
  for (auto const& each : hosts_) {
    if (auto known = each.lock(); known && known->address_ == address) return known;
  }
  auto made = std::make_shared<HostHealth>(address);
  hosts_.push_back(made);
  return made;
}

std::optional<OutlierDetector::Ejection> OutlierDetector::report(OutlierPolicy const& policy,
                                                                 HostHealth& host,
                                                                 AttemptResult result,
                                                                 TimePoint now) {
  auto const reason = count(policy, host, result);
  return reason ? eject(policy, host, *reason, now) : std::nullopt;
}

/// The reason to eject the host, when this result is the last straw.
std::optional<OutlierDetector::Reason> OutlierDetector::count(OutlierPolicy const& policy,
                                                              HostHealth& host,
                                                              AttemptResult result) {
  bool const is_local = result.kind != AttemptResult::Kind::answered;
  if (policy.splits_local) {
    if (is_local) {
      bool const is_last = reaches(host.local_failures_, policy.consecutive_local);
      return is_last ? std::optional(Reason::local_failure) : std::nullopt;
    }
    forget(host.local_failures_);
  }
  int const status = !is_local                                       ? result.status
                     : result.kind == AttemptResult::Kind::timed_out ? kTimedOut
                                                                     : kBroken;
  if (!is_local && !policy.is_error(status)) {
    forget(host.errors_);
    forget(host.gateway_errors_);
    return std::nullopt;
  }
  bool gateway_is_last = false;
  if (is_gateway_error(status)) {
    gateway_is_last = reaches(host.gateway_errors_, policy.consecutive_gateway);
  } else {
    forget(host.gateway_errors_);
  }
  bool const is_last = reaches(host.errors_, policy.consecutive_5xx);
  if (gateway_is_last) return Reason::consecutive_gateway_failure;
  return is_last ? std::optional(Reason::consecutive_5xx) : std::nullopt;
}

std::vector<HostHealthPtr> OutlierDetector::live() const {
  std::vector<HostHealthPtr> all;
  for (auto const& each : hosts_) {
    if (auto host = each.lock()) all.push_back(std::move(host));
  }
  return all;
}

std::optional<OutlierDetector::Ejection> OutlierDetector::eject(OutlierPolicy const& policy,
                                                                HostHealth& host, Reason reason,
                                                                TimePoint now) {
  std::lock_guard const lock(mutex_);
  if (host.is_ejected()) return std::nullopt;
  // Also where it may stay: the next bout of failures is judged anew.
  begin_anew(host.errors_, policy.consecutive_5xx);
  begin_anew(host.gateway_errors_, policy.consecutive_gateway);
  begin_anew(host.local_failures_, policy.consecutive_local);
  auto const all = live();
  auto const ejected =
      std::ranges::count_if(all, [](auto const& each) { return each->is_ejected(); });
  auto const percent = 100.0 * static_cast<double>(ejected + 1) / static_cast<double>(all.size());
  if (percent > policy.max_ejection_percent) return std::nullopt;

  auto const longest = policy.max_ejection_time + policy.base_ejection_time;
  if (host.ejections_ * policy.base_ejection_time < longest) ++host.ejections_;
  host.ejected_at_ = now;
  host.ejected_for_ =
      std::min(host.ejections_ * policy.base_ejection_time, policy.max_ejection_time);
  host.is_ejected_.store(true, std::memory_order_relaxed);
  if (next_sweep_ == TimePoint{}) next_sweep_ = now + policy.interval;
  ++ejections_[static_cast<std::size_t>(reason)];
  generation_.fetch_add(1, std::memory_order_release);
  return Ejection{reason, host.ejected_for_};
}

std::vector<std::string> OutlierDetector::sweep(OutlierPolicy const& policy, TimePoint now) {
  std::lock_guard const lock(mutex_);
  if (now < next_sweep_) return {};
  next_sweep_ = now + policy.interval;
  std::vector<std::string> back;
  for (auto const& host : live()) {
    if (!host->is_ejected()) {
      if (host->ejections_ > 0) --host->ejections_;
    } else if (now - host->ejected_at_ >= host->ejected_for_) {
      readmit(*host);
      back.push_back(host->address_);
    }
  }
  return back;
}

void OutlierDetector::forgive() {
  std::lock_guard const lock(mutex_);
  for (auto const& host : live()) {
    host->ejections_ = 0;
    if (host->is_ejected()) readmit(*host);
  }
}

/// Its counters begin anew, or the first failure of another kind might eject it again.
void OutlierDetector::readmit(HostHealth& host) {
  for (auto* const count : {&host.errors_, &host.gateway_errors_, &host.local_failures_}) {
    count->store(0, std::memory_order_relaxed);
  }
  host.is_ejected_.store(false, std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_release);
}

OutlierDetector::Counts OutlierDetector::counts() const {
  std::lock_guard const lock(mutex_);
  Counts counts;
  for (auto const& host : live()) {
    ++counts.hosts;
    if (host->is_ejected()) ++counts.ejected;
  }
  counts.ejections = ejections_;
  return counts;
}

}  // namespace tidegate::gateway
