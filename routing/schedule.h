#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidegate::routing {

/// Turns in proportion to weights, evenly spread: whoever's deadline comes first (EDF; Envoy:
/// edf_scheduler.h). A weight may be another at each turn. Taking a turn allocates nothing.
class Schedule {
 public:
  void clear() {
    entries_.clear();
    time_ = 0;
  }
  /// Number `size()` joins, with a weight above 0.
  void add(double weight) {
    entries_.push_back({time_ + 1 / weight, next_order_++, static_cast<std::uint32_t>(size())});
    std::push_heap(entries_.begin(), entries_.end(), Later{});
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  /// Whose turn it is; `weight_of(number)`, above 0, says how soon it has the next. Not when empty.
  template <class WeightOf>
  [[nodiscard]] std::size_t next(WeightOf const& weight_of) {
    std::pop_heap(entries_.begin(), entries_.end(), Later{});
    Entry& entry = entries_.back();
    std::size_t const number = entry.number;
    time_ = entry.deadline;
    entry.deadline = time_ + 1 / weight_of(number);
    entry.order = next_order_++;
    std::push_heap(entries_.begin(), entries_.end(), Later{});
    return number;
  }

 private:
  struct Entry {
    double deadline;
    std::uint64_t order;  ///< of two with the same deadline the one that waits longer is first
    std::uint32_t number;
  };
  struct Later {
    bool operator()(Entry const& a, Entry const& b) const {
      return a.deadline != b.deadline ? a.deadline > b.deadline : a.order > b.order;
    }
  };

  std::vector<Entry> entries_;  ///< a heap
  double time_ = 0;
  std::uint64_t next_order_ = 0;
};

}  // namespace tidegate::routing
