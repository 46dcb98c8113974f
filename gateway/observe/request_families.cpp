#include "gateway/observe/request_families.h"

#include <array>
#include <map>
#include <string>
#include <utility>

#include "gateway/observe/metric_families.h"
#include "http/response_flags.h"

namespace tidegate::gateway {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

struct ByIdentity {
  bool operator()(SeriesKey const& a, SeriesKey const& b) const {
    return a.identity() < b.identity();
  }
};

/// The sum of one histogram over all workers.
struct Distribution {
  std::array<std::uint64_t, bucket_bounds.size() + 1> buckets{};
  double sum = 0;

  template <class Histogram>
  void add(Histogram const& histogram) {
    for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += histogram.in_bucket(i);
    sum += histogram.sum();
  }
  [[nodiscard]] ClientMetric metric(MetricLabels const& labels) const;
};

ClientMetric Distribution::metric(MetricLabels const& labels) const {
  ClientMetric made;
  made.label = labels;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < bucket_bounds.size(); ++i) {
    total += buckets[i];
    made.histogram.bucket.push_back({total, bucket_bounds[i]});
  }
  // Not read from a counter of its own: the worker may be adding, and the two must agree.
  made.histogram.sample_count = total + buckets.back();
  made.histogram.sample_sum = sum;
  return made;
}

struct Sums {
  std::uint64_t requests = 0;
  Distribution duration;
  Distribution request_bytes;
  Distribution response_bytes;
  std::uint64_t request_messages = 0;
  std::uint64_t response_messages = 0;
};

std::string or_unknown(std::string const& text) { return text.empty() ? "unknown" : text; }

std::string flags_text(std::uint32_t bits) {
  http::Flags flags;
  for (std::uint32_t bit = 1; bit != 0 && bit <= bits; bit <<= 1U)
    if ((bits & bit) != 0) flags |= static_cast<http::Flag>(bit);
  return to_string(flags);
}

std::string grpc_text(int status) {
  if (status == SeriesKey::not_grpc || status == SeriesKey::no_grpc_status) return "";
  return status < 0 ? "unknown" : std::to_string(status);
}

MetricLabels labels_of(SeriesKey const& key, MetricsSource const& source) {
  bool const is_grpc = key.grpc_status != SeriesKey::not_grpc;
  auto labels = peer_labels(key, source);
  labels.push_back({"request_protocol", is_grpc ? "grpc" : "http"});
  labels.push_back({"response_flags", flags_text(key.flags)});
  labels.push_back({"connection_security_policy", "unknown"});
  labels.push_back({"response_code", std::to_string(key.response_code)});
  labels.push_back({"grpc_response_status", grpc_text(key.grpc_status)});
  return labels;
}

}  // namespace

/// A gateway is always the client's side, and has no certificates of a mesh to learn workloads
/// from.
MetricLabels peer_labels(SeriesKey const& key, MetricsSource const& source) {
  std::string const unknown = "unknown";
  return {
      {"reporter", "source"},
      {"source_workload", or_unknown(source.workload)},
      {"source_workload_namespace", or_unknown(source.name_space)},
      {"source_principal", unknown},
      {"source_app", or_unknown(source.app)},
      {"source_version", or_unknown(source.version)},
      {"source_canonical_service", or_unknown(source.app)},
      {"source_canonical_revision", or_unknown(source.version)},
      {"source_cluster", or_unknown(source.cluster)},
      {"destination_workload", unknown},
      {"destination_workload_namespace", unknown},
      {"destination_principal", unknown},
      {"destination_app", unknown},
      {"destination_version", or_unknown(key.version)},
      {"destination_service", or_unknown(key.service)},
      {"destination_service_name", or_unknown(key.service_name)},
      {"destination_service_namespace", or_unknown(key.name_space)},
      {"destination_canonical_service", unknown},
      {"destination_canonical_revision", unknown},
      {"destination_cluster", unknown},
  };
}

struct RequestFamilies::Totals {
  std::map<SeriesKey, Sums, ByIdentity> series;
};

RequestFamilies::RequestFamilies(MetricsSource const& source)
    : source_(source), totals_(std::make_unique<Totals>()) {}
RequestFamilies::~RequestFamilies() = default;

void RequestFamilies::add(RequestSeriesTable const& worker) {
  for (RequestSeries const* const series : worker.all()) {
    Sums& sums = totals_->series[series->key];
    sums.requests += series->requests.value();
    sums.duration.add(series->duration);
    sums.request_bytes.add(series->request_bytes);
    sums.response_bytes.add(series->response_bytes);
    sums.request_messages += series->request_messages.value();
    sums.response_messages += series->response_messages.value();
  }
}

void RequestFamilies::finish(std::vector<prometheus::MetricFamily>& families) const {
  auto requests = family("istio_requests_total", "Requests that are over.", MetricType::Counter);
  auto duration =
      family("istio_request_duration_milliseconds",
             "From the first byte of a request to the last of its answer.", MetricType::Histogram);
  auto received =
      family("istio_request_bytes", "Sizes of requests' bodies.", MetricType::Histogram);
  auto sent = family("istio_response_bytes", "Sizes of responses' bodies.", MetricType::Histogram);
  auto asked =
      family("istio_request_messages_total", "Messages of gRPC from clients.", MetricType::Counter);
  auto told =
      family("istio_response_messages_total", "Messages of gRPC to clients.", MetricType::Counter);
  for (auto const& [key, sums] : totals_->series) {
    auto const labels = labels_of(key, source_);
    add_value(requests, static_cast<double>(sums.requests), labels);
    duration.metric.push_back(sums.duration.metric(labels));
    received.metric.push_back(sums.request_bytes.metric(labels));
    sent.metric.push_back(sums.response_bytes.metric(labels));
    if (key.grpc_status == SeriesKey::not_grpc) continue;
    add_value(asked, static_cast<double>(sums.request_messages), labels);
    add_value(told, static_cast<double>(sums.response_messages), labels);
  }
  for (auto* const made : {&requests, &duration, &received, &sent, &asked, &told})
    families.push_back(std::move(*made));
}

}  // namespace tidegate::gateway
