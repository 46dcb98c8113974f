#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tidegate::gateway {

/// A count with one writer, readable from any thread. Costs what a plain integer costs: a load and
/// a store, no locked instruction.
class Counter {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// The upper bounds of Envoy's default histogram, of which Istio's metrics use every one
/// (milliseconds for durations, bytes for sizes).
inline constexpr std::array<double, 19> bucket_bounds{
    0.5,  1,    5,     10,    25,    50,     100,    250,     500,    1000,
    2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000};

/// A distribution over `bucket_bounds` with one writer. Counts whole units, of which `scale` make 1
/// in terms of the bounds.
template <std::uint64_t scale>
class Histogram {
 public:
  static constexpr std::size_t bucket_count = bucket_bounds.size() + 1;  // and one without bound

  void add(std::uint64_t value) {
    std::size_t bucket = 0;
    while (bucket < limits.size() && value > limits[bucket]) ++bucket;
    buckets_[bucket].add();
    sum_.add(value);
  }
  /// Not cumulative: how many fell into this bucket alone.
  [[nodiscard]] std::uint64_t in_bucket(std::size_t bucket) const {
    return buckets_[bucket].value();
  }
  [[nodiscard]] double sum() const {
    return static_cast<double>(sum_.value()) / static_cast<double>(scale);
  }

 private:
  static constexpr auto limits = [] {
    std::array<std::uint64_t, bucket_bounds.size()> scaled{};
    for (std::size_t i = 0; i < scaled.size(); ++i)
      scaled[i] = static_cast<std::uint64_t>(bucket_bounds[i] * static_cast<double>(scale));
    return scaled;
  }();

  std::array<Counter, bucket_count> buckets_;
  Counter sum_;
};

}  // namespace tidegate::gateway
