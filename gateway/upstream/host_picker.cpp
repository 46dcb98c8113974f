#include "gateway/upstream/host_picker.h"

#include <algorithm>

namespace tidegate::gateway {
namespace {

using routing::LoadBalancing;

constexpr int kDraws = 6;  // Istio: one, and hostSelectionRetryMaxAttempts more
/// Below this health no other endpoints could take over all the load (Envoy: overprovisioning.rst).
constexpr std::size_t kOverprovisioning = 140;

bool is_new(Host const& host, HostWish const& wish) {
  return std::ranges::find(wish.avoid, &host, &HostPtr::get) == wish.avoid.end();
}

}  // namespace

/// The usable hosts as the balancer sees them.
struct HostPicker::View {
  std::vector<Host*> const& hosts;
  LoadBalancing const& balancing;
  TimePoint now;

  [[nodiscard]] double weight(std::size_t number) const {
    Host const& host = *hosts[number];
    double const full = std::max<std::uint32_t>(host.endpoint().weight, 1);
    return balancing.warmup ? full * balancing.warmup->factor(host.age(now)) : full;
  }
  [[nodiscard]] std::uint32_t active(std::size_t number) const {
    return hosts[number]->active_requests();
  }
};

void HostPicker::update(std::vector<HostPtr> const& hosts, routing::Cluster const& cluster,
                        OutlierDetector const& outliers) {
  bool const is_same_table = balancing_.method == cluster.balancing.method &&
                             balancing_.table_size == cluster.balancing.table_size;
  hosts_ = hosts;
  balancing_ = cluster.balancing;
  policy_ = cluster.outliers;
  outliers_ = &outliers;
  is_stale_ = true;
  std::vector<Hashed> hashed;
  if (balancing_.is_consistent()) {
    for (auto const& host : hosts_) {
      hashed.push_back({host->text(), host->endpoint().weight});
    }
  }
  if (is_same_table && hashed == hashed_) return;
  hashed_ = std::move(hashed);
  build_table();
}

void HostPicker::build_table() {
  std::vector<routing::HashedHost> hosts;
  for (auto const& each : hashed_) hosts.push_back({each.name, each.weight});
  table_ = balancing_.method == LoadBalancing::Method::maglev
               ? routing::HashTable::maglev(hosts, balancing_.table_size)
               : routing::HashTable::ring(hosts, balancing_.table_size);
}

HostPtr HostPicker::pick(routing::Random& random, HostWish const& wish, TimePoint now) {
  if (!is_up_to_date(now)) look_again(random, now);
  if (usable_.empty()) return nullptr;
  Host* const host = wish.hash ? find(*wish.hash, wish) : nullptr;
  return HostPtr(host != nullptr ? host : draw(random, wish, now));
}

bool HostPicker::is_up_to_date(TimePoint now) const {
  if (is_stale_ || (policy_ && generation_ != outliers_->generation())) return false;
  return !is_warming_ || now < warming_until_;
}

/// Who may be used, after hosts came or went, were ejected or came back, or became warm.
void HostPicker::look_again(routing::Random& random, TimePoint now) {
  is_stale_ = false;
  generation_ = outliers_->generation();
  std::size_t healthy = 0;
  is_usable_.clear();
  for (auto const& host : hosts_) {
    bool const is_healthy = host->look_at_health(now);
    is_usable_.push_back(is_healthy ? 1 : 0);
    if (is_healthy) ++healthy;
  }
  if (panics(healthy)) std::ranges::fill(is_usable_, std::uint8_t{1});
  usable_.clear();
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (is_usable_[i] != 0) usable_.push_back(hosts_[i].get());
  }
  reset_balancer(random, now);
}

bool HostPicker::panics(std::size_t healthy) const {
  if (!policy_ || healthy * kOverprovisioning >= 100 * hosts_.size()) return false;
  return healthy * 100 < policy_->min_health_percent * hosts_.size();
}

void HostPicker::reset_balancer(routing::Random& random, TimePoint now) {
  warming_until_ = {};
  if (balancing_.warmup) {
    for (auto const* host : usable_) {
      warming_until_ = std::max(warming_until_, now - host->age(now) + balancing_.warmup->window);
    }
  }
  is_warming_ = warming_until_ > now;
  View const view{usable_, balancing_, now};
  std::vector<double> weights;
  for (std::size_t i = 0; i < usable_.size(); ++i) weights.push_back(view.weight(i));
  auto const method =
      balancing_.is_consistent() ? LoadBalancing::Method::random : balancing_.method;
  balancer_.reset(method, weights, is_warming_, random);
}

Host* HostPicker::find(std::uint64_t hash, HostWish const& wish) const {
  auto found = table_.find(hash, [&](std::size_t number) {
    return is_usable_[number] != 0 && is_new(*hosts_[number], wish);
  });
  if (!found) {
    found = table_.find(hash, [&](std::size_t number) { return is_usable_[number] != 0; });
  }
  return found ? hosts_[*found].get() : nullptr;
}

Host* HostPicker::draw(routing::Random& random, HostWish const& wish, TimePoint now) {
  if (usable_.size() == 1) return usable_.front();
  View const view{usable_, balancing_, now};
  Host* drawn = nullptr;
  for (int draws = 0; draws < kDraws; ++draws) {
    drawn = usable_[balancer_.pick(view, random)];
    if (is_new(*drawn, wish)) return drawn;
  }
  // A dead host fails fast, so it has few requests under way and would be drawn again and again.
  auto const fresh =
      std::ranges::find_if(usable_, [&](auto const* host) { return is_new(*host, wish); });
  return fresh != usable_.end() ? *fresh : drawn;
}

}  // namespace tidegate::gateway
