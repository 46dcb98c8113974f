#include <optional>
#include <string_view>
#include <utility>

#include "config/fields.h"
#include "config/istio/decode_policy.h"
#include "config/istio/not_served.h"

namespace tidegate::config::istio {
namespace {

using Simple = LoadBalancer::Simple;

constexpr Range ring_range{0, 8 * 1024 * 1024};  // Envoy's maximum
constexpr Range maglev_range{2, 5'000'010};      // istio: validation.go

// In the order of protobuf's numbers.
constexpr std::string_view simple_names[] = {"UNSPECIFIED", "LEAST_CONN",  "RANDOM",
                                             "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST"};
constexpr Simple simple_values[] = {Simple::least_request, Simple::least_request,
                                    Simple::random,        Simple::least_request,
                                    Simple::round_robin,   Simple::least_request};

constexpr NoEffect without_effect[] = {
    {"zoneAwareLbSetting",
     "a gateway of its own knows no others to share zones with; use localityLbSetting"},
};

Simple read_simple(Fields& fields) {
  auto const field = fields.find("simple");
  auto const index = field ? field->index_in(simple_names) : std::nullopt;
  if (!index) return Simple::least_request;
  if (simple_names[*index] == "PASSTHROUGH") {
    field->warning(
        "PASSTHROUGH sends to the address that the client called, which is the gateway itself; "
        "LEAST_REQUEST is used");
  }
  return simple_values[*index];
}

HashCookie read_cookie(Value const& value) {
  Fields fields(value);
  HashCookie cookie;
  if (auto const name = fields.require("name")) {
    cookie.name = name->text().value_or("");
    if (name->node().is_scalar() && cookie.name.empty()) name->expected("a cookie's name");
  }
  cookie.path = fields.text("path");
  cookie.ttl = fields.duration("ttl", Zero::is_allowed);
  for (Value const& item : fields.items("attributes")) {
    Fields attribute(item);
    auto const name = attribute.require("name");
    auto text = attribute.text("value");
    attribute.report_unknown();
    if (name) cookie.attributes.emplace_back(name->text().value_or(""), std::move(text));
  }
  fields.report_unknown();
  return cookie;
}

/// Exactly one of the four things that can be hashed (istio: validateLoadBalancer).
void read_key(Fields& fields, ConsistentHash& hash) {
  using Key = ConsistentHash::Key;
  int given = 0;
  auto const read_name = [&](std::string_view name, Key key) {
    auto const field = fields.find(name);
    if (!field) return;
    ++given;
    hash.key = key;
    hash.name = field->text().value_or("");
    if (field->node().is_scalar() && hash.name.empty()) field->expected("a name");
  };
  read_name("httpHeaderName", Key::header);
  read_name("httpQueryParameterName", Key::query_parameter);
  if (auto const field = fields.find("httpCookie")) {
    ++given;
    hash.key = Key::cookie;
    hash.cookie = read_cookie(*field);
  }
  if (fields.flag("useSourceIp")) {
    ++given;
    hash.key = Key::source_ip;
  }
  if (given == 1 || !fields.value().node().is_map()) return;
  fields.value().error(
      "expected exactly one of httpHeaderName, httpCookie, useSourceIp and "
      "httpQueryParameterName");
}

std::optional<std::uint64_t> read_ring_size(Fields& fields) {
  auto const field = fields.find("minimumRingSize");
  auto const size = field ? field->integer(ring_range) : std::nullopt;
  if (!size || *size == 0) return std::nullopt;
  return static_cast<std::uint64_t>(*size);
}

bool is_prime(std::int64_t number) {
  for (std::int64_t divisor = 2; divisor * divisor <= number; ++divisor) {
    if (number % divisor == 0) return false;
  }
  return number > 1;
}

void read_maglev(Value const& value, ConsistentHash& hash) {
  Fields fields(value);
  hash.table = ConsistentHash::Table::maglev;
  if (auto const field = fields.find("tableSize")) {
    auto const size = field->integer(maglev_range);
    if (size && !is_prime(*size)) field->expected("a prime number");
    if (size) hash.maglev_table_size = static_cast<std::uint64_t>(*size);
  }
  fields.report_unknown();
}

ConsistentHash read_consistent_hash(Value const& value) {
  Fields fields(value);
  ConsistentHash hash;
  read_key(fields, hash);
  auto const ring = fields.find("ringHash");
  auto const maglev = fields.find("maglev");
  auto size = read_ring_size(fields);  // deprecated; Istio still reads it
  if (ring) {
    Fields ring_fields(*ring);
    size = read_ring_size(ring_fields);
    ring_fields.report_unknown();
  }
  hash.minimum_ring_size = size.value_or(hash.minimum_ring_size);
  if (maglev) read_maglev(*maglev, hash);
  if (ring && maglev) value.error("ringHash and maglev exclude each other");
  fields.report_unknown();
  return hash;
}

struct NumberRule {
  double min;
  double max;
  std::string_view text;
};

constexpr NumberRule percent_rule{0, 100, "a percentage: 0 to 100"};
constexpr NumberRule aggression_rule{1, 1'000'000, "a number from 1 on"};

double read_number(Fields& fields, std::string_view name, double fallback, NumberRule const& rule) {
  auto const field = fields.find(name);
  auto const number = field ? field->number() : std::nullopt;
  if (!number) return fallback;
  if (*number >= rule.min && *number <= rule.max) return *number;
  field->expected(rule.text);
  return fallback;
}

Warmup read_warmup(Value const& value) {
  Fields fields(value);
  Warmup warmup;
  if (auto const duration = fields.require("duration")) {
    warmup.duration = duration->duration(Zero::is_rejected).value_or(milliseconds(0));
  }
  warmup.minimum_percent =
      read_number(fields, "minimumPercent", warmup.minimum_percent, percent_rule);
  warmup.aggression = read_number(fields, "aggression", warmup.aggression, aggression_rule);
  fields.report_unknown();
  return warmup;
}

/// Also in the deprecated form, which has nothing but the duration.
std::optional<Warmup> read_any_warmup(Fields& fields) {
  auto const warmup = fields.find("warmup");
  auto const seconds = fields.find("warmupDurationSecs");
  if (warmup && seconds) seconds->error("deprecated; `warmup` is given as well: keep that");
  if (warmup) return read_warmup(*warmup);
  if (!seconds) return std::nullopt;
  auto const duration = seconds->duration(Zero::is_rejected);
  return duration ? std::optional<Warmup>({.duration = *duration}) : std::nullopt;
}

}  // namespace

LoadBalancer read_load_balancer(Value const& value) {
  Fields fields(value);
  LoadBalancer balancer;
  auto const simple = fields.find("simple");
  auto const hash = fields.find("consistentHash");
  balancer.simple = read_simple(fields);
  if (hash) balancer.consistent_hash = read_consistent_hash(*hash);
  if (simple && hash) value.error("simple and consistentHash exclude each other");
  balancer.warmup = read_any_warmup(fields);
  if (balancer.warmup && (hash || balancer.simple == Simple::random)) {
    value.warning("warmup has an effect with ROUND_ROBIN and LEAST_REQUEST only");
  }
  if (auto const locality = fields.find("localityLbSetting")) {
    balancer.locality = read_locality_load_balancing(*locality);
  }
  fields.report_no_effect(without_effect);
  fields.report_not_served(not_served::load_balancer);
  fields.report_unknown();
  return balancer;
}

}  // namespace tidegate::config::istio
