#include "config/istio/traffic_policy.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "config/fields.h"
#include "config/istio/decode_policy.h"
#include "config/istio/not_served.h"

namespace tidegate::config::istio {
namespace {

constexpr std::string_view version_names[] = {"V1", "V2"};

/// The blocks that a policy has for all ports and for one. Returns whether there is any.
bool read_blocks(Fields& fields, TrafficPolicy& policy) {
  policy.origin = fields.value().origin();
  auto const balancer = fields.find("loadBalancer");
  auto const pool = fields.find("connectionPool");
  auto const outliers = fields.find("outlierDetection");
  auto const tls = fields.find("tls");
  if (balancer) policy.load_balancer = read_load_balancer(*balancer);
  if (pool) policy.connection_pool = read_connection_pool(*pool);
  if (outliers) policy.outlier_detection = read_outlier_detection(*outliers);
  if (tls) policy.tls = read_client_tls(*tls);
  return balancer || pool || outliers || tls;
}

void check_locality(TrafficPolicy const& policy, Value const& value) {
  if (!policy.load_balancer || !policy.load_balancer->locality) return;
  LocalityLoadBalancing const& locality = *policy.load_balancer->locality;
  bool const fails_over = !locality.failover.empty() || !locality.failover_priority.empty();
  if (!fails_over || policy.outlier_detection) return;
  value.warning(
      "failover needs to know which endpoints fail: add outlierDetection, or nothing fails over");
}

PortPolicy read_port_policy(Value const& value) {
  Fields fields(value);
  PortPolicy settings;
  if (auto const port = fields.require("port")) {
    Fields port_fields(*port);
    if (auto const number = port_fields.require("number")) {
      settings.port = static_cast<std::uint32_t>(number->integer(port_range).value_or(0));
    }
    port_fields.report_unknown();
  }
  if (!read_blocks(fields, settings.policy) && value.node().is_map()) {
    value.error("expected loadBalancer, connectionPool, outlierDetection or tls");
  }
  check_locality(settings.policy, value);
  fields.report_unknown();
  return settings;
}

void read_port_policies(Fields& fields, TrafficPolicy& policy) {
  for (Value const& value : fields.items("portLevelSettings")) {
    PortPolicy settings = read_port_policy(value);
    bool const is_known =
        std::any_of(policy.port_level_settings.begin(), policy.port_level_settings.end(),
                    [&](PortPolicy const& other) { return other.port == settings.port; });
    if (is_known && settings.port != 0) {
      value.warning("settings for this port are given before; those count");
      continue;
    }
    policy.port_level_settings.push_back(std::move(settings));
  }
}

ProxyProtocolVersion read_proxy_protocol(Value const& value) {
  using Version = ProxyProtocolVersion::Version;
  Fields fields(value);
  auto const version = fields.find("version");
  auto const index = version ? version->index_in(version_names) : std::size_t{0};
  fields.report_unknown();
  return {index == std::size_t{1} ? Version::v2 : Version::v1};
}

RetryBudget read_retry_budget(Value const& value) {
  Fields fields(value);
  RetryBudget budget;
  if (auto const percent = fields.find("percent")) {
    budget.percent = percent->number().value_or(budget.percent);
    if (budget.percent < 0 || budget.percent > 100) percent->expected("a percentage: 0 to 100");
  }
  budget.min_retry_concurrency =
      fields.integer("minRetryConcurrency", budget.min_retry_concurrency, uint32_range);
  budget.budget_interval =
      fields.duration("budgetInterval", Zero::is_allowed).value_or(budget.budget_interval);
  fields.report_not_served(not_served::retry_budget);
  fields.report_unknown();
  return budget;
}

}  // namespace

TrafficPolicy read_traffic_policy(Value const& value) {
  Fields fields(value);
  TrafficPolicy policy;
  bool has_any = read_blocks(fields, policy);
  read_port_policies(fields, policy);
  auto const proxy = fields.find("proxyProtocol");
  auto const budget = fields.find("retryBudget");
  auto const tunnel = fields.find("tunnel");
  if (proxy) policy.proxy_protocol = read_proxy_protocol(*proxy);
  if (budget) policy.retry_budget = read_retry_budget(*budget);
  if (proxy && tunnel) value.error("proxyProtocol and tunnel exclude each other");
  check_locality(policy, value);
  has_any = has_any || proxy || budget || tunnel || fields.find("portLevelSettings");
  if (!has_any && value.node().is_map()) {
    value.error("is empty; a trafficPolicy needs at least one field");
  }
  fields.report_not_served(not_served::traffic_policy);
  fields.report_unknown();
  return policy;
}

}  // namespace tidegate::config::istio
