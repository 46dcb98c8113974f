#include "gateway/observe/metrics_text.h"

#include <prometheus/text_serializer.h>

#include <algorithm>

#include "gateway/observe/access_log.h"
#include "gateway/observe/cluster_families.h"
#include "gateway/observe/metric_families.h"
#include "gateway/observe/process_metrics.h"
#include "gateway/observe/request_families.h"
#include "gateway/observe/tcp_families.h"

namespace tidegate::gateway {

using prometheus::MetricType;

double MetricsText::sum(Counter WorkerMetrics::*counter) const {
  std::uint64_t total = 0;
  for (auto const& worker : metrics_.workers_) total += ((*worker).*counter).value();
  return static_cast<double>(total);
}

double MetricsText::difference(Counter WorkerMetrics::*came, Counter WorkerMetrics::*went) const {
  // In this order, or what comes and goes in between would count as gone only.
  double const gone = sum(went);
  return std::max(0.0, sum(came) - gone);
}

void MetricsText::add_downstream(Families& families) const {
  using W = WorkerMetrics;
  families.push_back(gauge("tidegate_downstream_connections_active", "Connections from clients.",
                           difference(&W::connections_opened_, &W::connections_closed_)));
  families.push_back(counter("tidegate_downstream_connections_total",
                             "Connections accepted from clients.", sum(&W::connections_opened_)));
  families.push_back(counter("tidegate_downstream_connections_rejected_total",
                             "Connections closed at once because of limits.connections.",
                             sum(&W::connections_rejected_)));
  families.push_back(gauge("tidegate_requests_active", "Requests under way.",
                           difference(&W::requests_began_, &W::requests_ended_)));
  auto errors =
      family("tidegate_downstream_protocol_errors_total",
             "Requests that broke HTTP or a limit, by the answer's status.", MetricType::Counter);
  for (std::size_t i = 0; i <= W::error_statuses.size(); ++i) {
    std::uint64_t total = 0;
    for (auto const& worker : metrics_.workers_) total += worker->protocol_errors_[i].value();
    bool const is_other = i == W::error_statuses.size();
    add_value(errors, static_cast<double>(total),
              {{"status", is_other ? "other" : std::to_string(W::error_statuses[i])}});
  }
  families.push_back(std::move(errors));
  add_http2(families);
}

void MetricsText::add_http2(Families& families) const {
  using W = WorkerMetrics;
  auto ended = family("tidegate_http2_connections_ended_total",
                      "Connections of clients that broke HTTP/2 or a limit of limits.http2.",
                      MetricType::Counter);
  for (std::size_t i = 0; i <= W::endings.size(); ++i) {
    std::uint64_t total = 0;
    for (auto const& worker : metrics_.workers_) total += worker->http2_endings_[i].value();
    bool const is_other = i == W::endings.size();
    auto const reason = is_other ? "other" : W::endings[i].substr(W::endings[i].find('.') + 1);
    add_value(ended, static_cast<double>(total), {{"reason", std::string(reason)}});
  }
  families.push_back(std::move(ended));
}

void MetricsText::add_tunnels(Families& families) const {
  double closed = 0;  // read before what was opened, as in `difference`
  for (auto const& worker : metrics_.workers_)
    closed += static_cast<double>(worker->tunnels_closed_.value());
  double opened = 0;
  auto upgrades = family("tidegate_upgrades_total", "Tunnels opened, by the protocol inside.",
                         MetricType::Counter);
  for (std::size_t i = 0; i < 2; ++i) {
    double total = 0;
    for (auto const& worker : metrics_.workers_)
      total += static_cast<double>(worker->tunnels_opened_[i].value());
    add_value(upgrades, total, {{"protocol", i == 0 ? "websocket" : "other"}});
    opened += total;
  }
  families.push_back(std::move(upgrades));
  families.push_back(
      gauge("tidegate_tunnels_active", "Tunnels open now.", std::max(0.0, opened - closed)));
}

void MetricsText::add_tls(Families& families) const {
  using W = WorkerMetrics;
  auto handshakes =
      family("tidegate_tls_handshakes_total", "TLS handshakes with clients.", MetricType::Counter);
  for (std::size_t version = 0; version < W::versions.size(); ++version) {
    for (std::size_t resumed = 0; resumed < 2; ++resumed) {
      std::uint64_t total = 0;
      for (auto const& worker : metrics_.workers_)
        total += worker->handshakes_[version][resumed].value();
      add_value(handshakes, static_cast<double>(total),
                {{"result", "done"},
                 {"version", std::string(W::versions[version])},
                 {"resumed", resumed == 1 ? "true" : "false"}});
    }
  }
  add_value(handshakes, sum(&W::handshakes_failed_),
            {{"result", "failed"}, {"version", ""}, {"resumed", "false"}});
  families.push_back(std::move(handshakes));
}

void MetricsText::add_upstream(Families& families) const {
  using W = WorkerMetrics;
  families.push_back(gauge("tidegate_upstream_connections_active",
                           "Connections to origins, idle ones included.",
                           difference(&W::upstream_opened_, &W::upstream_closed_)));
  families.push_back(gauge("tidegate_upstream_connections_idle",
                           "Connections to origins that wait for a request.",
                           difference(&W::upstream_parked_, &W::upstream_unparked_)));
  families.push_back(counter("tidegate_upstream_connections_total", "Connections begun to origins.",
                             sum(&W::upstream_opened_)));
  families.push_back(counter("tidegate_upstream_connect_failures_total",
                             "Connections to origins that did not come about.",
                             sum(&W::upstream_connect_failures_)));
  families.push_back(counter("tidegate_upstream_reused_total",
                             "Requests sent over a connection that had served one before.",
                             sum(&W::upstream_reused_)));
  families.push_back(
      counter("tidegate_upstream_resends_total",
              "Requests sent again because an idle connection was closed under them.",
              sum(&W::upstream_resends_)));
  families.push_back(counter("tidegate_upstream_retries_total",
                             "Further attempts made by retry policies.",
                             sum(&W::upstream_retries_)));
  auto mirrors = family("tidegate_mirrored_requests_total",
                        "Copies of requests for mirrors, sent or left out.", MetricType::Counter);
  add_value(mirrors, sum(&W::mirrors_sent_), {{"result", "sent"}});
  add_value(mirrors, sum(&W::mirrors_left_out_), {{"result", "left_out"}});
  families.push_back(std::move(mirrors));
}

void MetricsText::add_overflows(Families& families) const {
  auto overflows = family("tidegate_upstream_overflows_total",
                          "Requests and retries that a connectionPool or retryBudget refused.",
                          MetricType::Counter);
  constexpr std::array names{"requests", "retries"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::uint64_t total = 0;
    for (auto const& worker : metrics_.workers_) total += worker->upstream_overflows_[i].value();
    add_value(overflows, static_cast<double>(total), {{"limit", names[i]}});
  }
  families.push_back(std::move(overflows));
}

void MetricsText::add_clusters(Families& families) const {
  if (metrics_.clusters_ != nullptr) add_cluster_families(*metrics_.clusters_, families);
}

void MetricsText::add_configuration(Families& families) const {
  auto reloads = family("tidegate_config_reloads_total",
                        "Configurations loaded, the first included.", MetricType::Counter);
  add_value(reloads, static_cast<double>(metrics_.reloads_succeeded_), {{"result", "success"}});
  add_value(reloads, static_cast<double>(metrics_.reloads_failed_), {{"result", "failure"}});
  families.push_back(std::move(reloads));
  families.push_back(gauge("tidegate_config_last_success_timestamp_seconds",
                           "When the configuration in force was loaded.",
                           static_cast<double>(metrics_.last_success_)));
  families.push_back(gauge("tidegate_config_version", "Number of the configuration in force.",
                           static_cast<double>(metrics_.configuration_version_)));
  auto const* const log = metrics_.access_log_;
  families.push_back(counter("tidegate_access_log_dropped_lines_total",
                             "Lines of the access log that were lost.",
                             log == nullptr ? 0 : static_cast<double>(log->dropped())));
  families.push_back(gauge("tidegate_workers", "Event loops that serve requests.",
                           static_cast<double>(metrics_.workers_.size())));
  families.push_back(gauge("tidegate_build_info", "Always 1.", 1, {{"version", TIDEGATE_VERSION}}));
  families.push_back(gauge("istio_build", "Always 1.", 1,
                           {{"component", "proxy"}, {"tag", "tidegate-" TIDEGATE_VERSION}}));
}

void MetricsText::add_requests(Families& families) const {
  RequestFamilies requests(metrics_.source_);
  for (auto const& worker : metrics_.workers_) requests.add(worker->requests_);
  requests.finish(families);
  TcpFamilies connections(metrics_.source_);
  for (auto const& worker : metrics_.workers_) connections.add(worker->tcp_);
  connections.finish(families);
}

std::vector<prometheus::MetricFamily> MetricsText::Collect() const {
  Families families;
  add_requests(families);
  add_downstream(families);
  add_tunnels(families);
  add_tls(families);
  add_upstream(families);
  add_overflows(families);
  add_clusters(families);
  add_configuration(families);
  add_process_metrics(families);
  return families;
}

std::string MetricsText::serialize() const {
  return prometheus::TextSerializer().Serialize(Collect());
}

}  // namespace tidegate::gateway
