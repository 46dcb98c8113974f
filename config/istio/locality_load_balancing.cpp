#include <algorithm>
#include <string_view>
#include <utility>

#include "config/fields.h"
#include "config/istio/decode_policy.h"
#include "config/names.h"

namespace tidegate::config::istio {
namespace {

constexpr Range share_range{1, 100};

/// `*`, `region/*`, `region/zone/*`, or a whole locality.
bool is_locality_pattern(std::string_view text) {
  if (text == "*") return true;
  if (text.ends_with("/*")) text.remove_suffix(2);
  return is_locality(text) && text.find('*') == text.npos;
}

/// Whether a locality can match both (istio: validateLocalities).
bool do_overlap(std::string_view a, std::string_view b) {
  auto const covers = [](std::string_view pattern, std::string_view other) {
    if (pattern == "*") return true;
    if (!pattern.ends_with("/*")) return pattern == other;
    pattern.remove_suffix(1);
    return other.starts_with(pattern);
  };
  return covers(a, b) || covers(b, a);
}

void check_pattern(Value const& value, std::string_view text) {
  if (!is_locality_pattern(text)) {
    value.expected("a locality: region[/zone[/subzone]], whose last part may be `*`");
  }
}

LocalityDistribute read_distribute(Value const& value) {
  Fields fields(value);
  LocalityDistribute distribute;
  if (auto const from = fields.require("from")) {
    distribute.from = from->text().value_or("");
    if (from->node().is_scalar()) check_pattern(*from, distribute.from);
  }
  auto const to = fields.require("to");
  fields.report_unknown();
  if (!to) return distribute;
  std::int64_t sum = 0;
  for (Value const& share : to->entries()) {
    std::string const& locality = share.node().key;
    bool const is_covered =
        std::any_of(distribute.to.begin(), distribute.to.end(),
                    [&](auto const& other) { return do_overlap(other.first, locality); });
    if (is_covered) share.error("another locality of this list covers the same endpoints");
    if (!is_locality_pattern(locality)) {
      share.error("expected a locality as the key, such as us-east or us-east/*");
    }
    auto const percent = share.integer(share_range).value_or(0);
    sum += percent;
    distribute.to.emplace_back(locality, static_cast<std::uint32_t>(percent));
  }
  if (sum != 100 && to->node().is_map()) {
    to->error("the shares add up to " + std::to_string(sum) + ", not to 100");
  }
  return distribute;
}

LocalityFailover read_failover(Value const& value) {
  Fields fields(value);
  LocalityFailover failover;
  auto const read_region = [&](std::string_view name, std::string& region) {
    auto const field = fields.require(name);
    if (!field) return;
    region = field->text().value_or("");
    bool const is_region = !region.empty() && region.find_first_of("/*") == region.npos;
    if (field->node().is_scalar() && !is_region) field->expected("a region");
  };
  read_region("from", failover.from);
  read_region("to", failover.to);
  if (!failover.from.empty() && failover.from == failover.to) {
    value.error("a region cannot fail over to itself");
  }
  fields.report_unknown();
  return failover;
}

}  // namespace

LocalityLoadBalancing read_locality_load_balancing(Value const& value) {
  Fields fields(value);
  LocalityLoadBalancing locality;
  locality.origin = value.origin();
  locality.is_enabled = fields.flag("enabled", true);
  for (Value const& item : fields.items("distribute")) {
    locality.distribute.push_back(read_distribute(item));
  }
  for (Value const& item : fields.items("failover")) {
    locality.failover.push_back(read_failover(item));
  }
  locality.failover_priority = fields.texts("failoverPriority");
  if (!locality.distribute.empty() &&
      (!locality.failover.empty() || !locality.failover_priority.empty())) {
    value.error("distribute excludes failover and failoverPriority");
  }
  fields.report_unknown();
  return locality;
}

}  // namespace tidegate::config::istio
