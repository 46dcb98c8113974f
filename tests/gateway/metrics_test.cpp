#include "gateway/observe/metrics.h"

#include <gtest/gtest.h>

#include <atomic>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "gateway/observe/record.h"

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;

/// The value on the only line that begins with `name` and holds all `parts`.
std::string value(Metrics const& metrics, std::string const& name,
                  std::vector<std::string> const& parts = {}) {
  std::istringstream lines(metrics.text());
  std::string found;
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    bool is_it = line.starts_with(name + " ") || line.starts_with(name + "{");
    for (auto const& part : parts) is_it = is_it && line.find(part) != std::string::npos;
    if (!is_it) continue;
    found = line.substr(line.rfind(' ') + 1);
    ++count;
  }
  return count == 1 ? found : std::to_string(count) + " lines";
}

class MetricsTest : public ::testing::Test {
 protected:
  MetricsTest() {
    cluster_.name = "outbound|8080|v1|api.shop.svc.cluster.local";
    cluster_.service = "api.shop.svc.cluster.local";
    cluster_.service_name = "api";
    cluster_.name_space = "shop";
    cluster_.subset = "v1";
    record_.response_code = 200;
    record_.cluster = &cluster_;
  }

  routing::Cluster cluster_;
  RequestRecord record_;
  Metrics metrics_;
  WorkerMetrics& worker_ = metrics_.add_worker();
};

TEST_F(MetricsTest, CarryIstiosLabels) {
  metrics_.set_source({"edge-1", "ingress", "gateway", "7", ""});
  record_.flags = http::Flag::upstream_connection_failure;
  record_.response_code = 503;
  worker_.record(record_);
  EXPECT_NE(
      metrics_.text().find(
          R"(istio_requests_total{reporter="source",source_workload="edge-1",)"
          R"(source_workload_namespace="ingress",source_principal="unknown",source_app="gateway",)"
          R"(source_version="7",source_canonical_service="gateway",source_canonical_revision="7",)"
          R"(source_cluster="unknown",destination_workload="unknown",)"
          R"(destination_workload_namespace="unknown",destination_principal="unknown",)"
          R"(destination_app="unknown",destination_version="v1",)"
          R"(destination_service="api.shop.svc.cluster.local",destination_service_name="api",)"
          R"(destination_service_namespace="shop",destination_canonical_service="unknown",)"
          R"(destination_canonical_revision="unknown",destination_cluster="unknown",)"
          R"(request_protocol="http",response_flags="UF",connection_security_policy="unknown",)"
          R"(response_code="503",grpc_response_status=""} 1)"),
      std::string::npos)
      << metrics_.text().substr(0, 1200);
}

TEST_F(MetricsTest, SayUnknownWhereNoRouteWasFound) {
  record_.cluster = nullptr;
  record_.response_code = 404;
  worker_.record(record_);
  EXPECT_EQ(value(metrics_, "istio_requests_total",
                  {R"(destination_service="unknown")", R"(destination_version="unknown")",
                   R"(response_flags="-")", R"(response_code="404")"}),
            "1");
}

TEST_F(MetricsTest, PreferTheEndpointsVersionToTheSubset) {
  record_.destination_version = "v2-canary";
  worker_.record(record_);
  EXPECT_EQ(value(metrics_, "istio_requests_total", {R"(destination_version="v2-canary")"}), "1");
}

TEST_F(MetricsTest, TellTheStatusOfGrpc) {
  record_.is_grpc = true;
  for (int const status : {0, 14, 17, 99}) {
    record_.grpc_status = status;
    worker_.record(record_);
  }
  std::string const grpc = R"(request_protocol="grpc")";
  EXPECT_EQ(value(metrics_, "istio_requests_total", {grpc, R"(grpc_response_status="0")"}), "1");
  EXPECT_EQ(value(metrics_, "istio_requests_total", {grpc, R"(grpc_response_status="14")"}), "1");
  EXPECT_EQ(value(metrics_, "istio_requests_total", {grpc, R"(grpc_response_status="unknown")"}),
            "2");
}

TEST_F(MetricsTest, OfGrpcAreGrpcEvenWithoutAStatus) {
  record_.is_grpc = true;
  worker_.record(record_);
  EXPECT_EQ(value(metrics_, "istio_requests_total",
                  {R"(request_protocol="grpc")", R"(grpc_response_status="")"}),
            "1");
}

TEST_F(MetricsTest, CountMessagesOfGrpcOnly) {
  worker_.record(record_);
  EXPECT_EQ(value(metrics_, "istio_request_messages_total"), "0 lines");
  record_.is_grpc = true;
  record_.grpc_status = 0;
  record_.request_messages = 3;
  record_.response_messages = 1;
  worker_.record(record_);
  worker_.record(record_);
  std::string const grpc = R"(request_protocol="grpc")";
  EXPECT_EQ(value(metrics_, "istio_request_messages_total", {grpc}), "6");
  EXPECT_EQ(value(metrics_, "istio_response_messages_total", {grpc}), "2");
}

TEST_F(MetricsTest, AreSummedOverWorkers) {
  WorkerMetrics& other = metrics_.add_worker();
  worker_.record(record_);
  worker_.record(record_);
  other.record(record_);
  other.connection_opened();
  worker_.connection_opened();
  EXPECT_EQ(value(metrics_, "istio_requests_total"), "3");
  EXPECT_EQ(value(metrics_, "istio_request_bytes_count"), "3");
  EXPECT_EQ(value(metrics_, "tidegate_downstream_connections_total"), "2");
  EXPECT_EQ(value(metrics_, "tidegate_workers"), "2");
}

TEST_F(MetricsTest, OutliveTheClusterAndGoOnWithItsNamesake) {
  auto first = std::make_unique<routing::Cluster>(cluster_);
  record_.cluster = first.get();
  worker_.record(record_);
  first.reset();
  auto const second = std::make_unique<routing::Cluster>(cluster_);
  record_.cluster = second.get();
  worker_.record(record_);
  EXPECT_EQ(value(metrics_, "istio_requests_total"), "2");
}

TEST_F(MetricsTest, PutDurationsIntoBucketsUpToAndIncludingTheBound) {
  for (auto const duration : {0ns, 500'000ns, 500'001ns, 1'000'000ns, 25'000'000ns, 25'000'001ns}) {
    record_.duration = duration;
    worker_.record(record_);
  }
  record_.duration = 2h;
  worker_.record(record_);
  std::string const bucket = "istio_request_duration_milliseconds_bucket";
  EXPECT_EQ(value(metrics_, bucket, {R"(le="0.5")"}), "2");
  EXPECT_EQ(value(metrics_, bucket, {R"(le="1")"}), "4");
  EXPECT_EQ(value(metrics_, bucket, {R"(le="25")"}), "5");
  EXPECT_EQ(value(metrics_, bucket, {R"(le="50")"}), "6");
  EXPECT_EQ(value(metrics_, bucket, {R"(le="3600000")"}), "6");
  EXPECT_EQ(value(metrics_, bucket, {R"(le="+Inf")"}), "7");
  EXPECT_EQ(value(metrics_, "istio_request_duration_milliseconds_count"), "7");
}

TEST_F(MetricsTest, SumDurationsInMillisecondsAndBodiesInBytes) {
  record_.duration = 1'250'000ns;
  record_.bytes_received = 7;
  record_.bytes_sent = 5'000'000'000;
  worker_.record(record_);
  worker_.record(record_);
  EXPECT_EQ(value(metrics_, "istio_request_duration_milliseconds_sum"), "2.5");
  EXPECT_EQ(value(metrics_, "istio_request_bytes_sum"), "14");
  EXPECT_EQ(value(metrics_, "istio_response_bytes_sum"), "10000000000");
  EXPECT_EQ(value(metrics_, "istio_request_bytes_bucket", {R"(le="5")"}), "0");
  EXPECT_EQ(value(metrics_, "istio_request_bytes_bucket", {R"(le="10")"}), "2");
}

TEST_F(MetricsTest, PutWhatExceedsTheBoundOfSeriesIntoOne) {
  constexpr auto bound = static_cast<int>(RequestSeriesTable::most_series);
  std::vector<std::string> versions;
  for (int i = 0; i < bound + 50; ++i) versions.push_back("v" + std::to_string(i));
  RequestSeriesTable table;
  for (auto const& version : versions) {
    record_.destination_version = version;
    table.find(record_).requests.add();
  }
  auto const all = table.all();
  ASSERT_EQ(all.size(), RequestSeriesTable::most_series + 1);
  EXPECT_EQ(all.back()->key.service, "overflow");
  EXPECT_EQ(all.back()->requests.value(), 50U);
  for (auto const& version : {versions.front(), versions[static_cast<std::size_t>(bound) - 1]}) {
    record_.destination_version = version;
    EXPECT_EQ(table.find(record_).key.version, version);
  }
}

TEST_F(MetricsTest, KnowHowManyConnectionsThereAre) {
  for (int i = 0; i < 5; ++i) worker_.connection_opened();
  for (int i = 0; i < 2; ++i) worker_.connection_closed();
  worker_.connection_rejected();
  for (int i = 0; i < 3; ++i) worker_.upstream_connection_opened();
  worker_.upstream_connection_idle();
  worker_.upstream_connection_idle();
  worker_.upstream_connection_taken();
  worker_.upstream_connection_closed();
  worker_.upstream_connection_reused();
  worker_.upstream_connect_failed();
  worker_.upstream_resend();
  worker_.upstream_retry();
  worker_.request_began();
  EXPECT_EQ(value(metrics_, "tidegate_downstream_connections_active"), "3");
  EXPECT_EQ(value(metrics_, "tidegate_downstream_connections_total"), "5");
  EXPECT_EQ(value(metrics_, "tidegate_downstream_connections_rejected_total"), "1");
  EXPECT_EQ(value(metrics_, "tidegate_upstream_connections_active"), "2");
  EXPECT_EQ(value(metrics_, "tidegate_upstream_connections_total"), "3");
  EXPECT_EQ(value(metrics_, "tidegate_upstream_connections_idle"), "1");
  EXPECT_EQ(value(metrics_, "tidegate_upstream_reused_total"), "1");
  EXPECT_EQ(value(metrics_, "tidegate_upstream_connect_failures_total"), "1");
  EXPECT_EQ(value(metrics_, "tidegate_upstream_resends_total"), "1");
  EXPECT_EQ(value(metrics_, "tidegate_upstream_retries_total"), "1");
  EXPECT_EQ(value(metrics_, "tidegate_requests_active"), "1");
}

TEST_F(MetricsTest, CountTunnelsByWhatIsInside) {
  worker_.tunnel_opened(true);
  worker_.tunnel_opened(true);
  worker_.tunnel_opened(false);
  worker_.tunnel_closed();
  EXPECT_EQ(value(metrics_, "tidegate_upgrades_total", {R"(protocol="websocket")"}), "2");
  EXPECT_EQ(value(metrics_, "tidegate_upgrades_total", {R"(protocol="other")"}), "1");
  EXPECT_EQ(value(metrics_, "tidegate_tunnels_active"), "2");
}

TEST_F(MetricsTest, CountHandshakesByOutcome) {
  worker_.handshake_done("TLSv1.3", true);
  worker_.handshake_done("TLSv1.2", false);
  worker_.handshake_done("TLSv9", false);
  worker_.handshake_failed();
  std::string const name = "tidegate_tls_handshakes_total";
  EXPECT_EQ(value(metrics_, name, {R"(version="TLSv1.3")", R"(resumed="true")"}), "1");
  EXPECT_EQ(value(metrics_, name, {R"(version="TLSv1.3")", R"(resumed="false")"}), "0");
  EXPECT_EQ(value(metrics_, name, {R"(version="TLSv1.2")", R"(resumed="false")"}), "1");
  EXPECT_EQ(value(metrics_, name, {R"(version="unknown")", R"(resumed="false")"}), "1");
  EXPECT_EQ(value(metrics_, name, {R"(result="failed")"}), "1");
}

TEST_F(MetricsTest, CountProtocolErrorsByStatus) {
  worker_.downstream_protocol_error(400);
  worker_.downstream_protocol_error(431);
  worker_.downstream_protocol_error(431);
  worker_.downstream_protocol_error(418);
  std::string const name = "tidegate_downstream_protocol_errors_total";
  EXPECT_EQ(value(metrics_, name, {R"(status="400")"}), "1");
  EXPECT_EQ(value(metrics_, name, {R"(status="431")"}), "2");
  EXPECT_EQ(value(metrics_, name, {R"(status="other")"}), "1");
}

TEST_F(MetricsTest, TellWhyConnectionsOfHttp2WereEnded) {
  worker_.http2_connection_ended("http2.ping_flood");
  worker_.http2_connection_ended("http2.ping_flood");
  worker_.http2_connection_ended("http2.something_new");
  std::string const name = "tidegate_http2_connections_ended_total";
  EXPECT_EQ(value(metrics_, name, {R"(reason="ping_flood")"}), "2");
  EXPECT_EQ(value(metrics_, name, {R"(reason="reset_flood")"}), "0");
  EXPECT_EQ(value(metrics_, name, {R"(reason="other")"}), "1");
}

TEST_F(MetricsTest, TellWhichConfigurationIsInForce) {
  metrics_.reload_succeeded(1);
  metrics_.reload_failed();
  metrics_.reload_succeeded(2);
  std::string const name = "tidegate_config_reloads_total";
  EXPECT_EQ(value(metrics_, name, {R"(result="success")"}), "2");
  EXPECT_EQ(value(metrics_, name, {R"(result="failure")"}), "1");
  EXPECT_EQ(value(metrics_, "tidegate_config_version"), "2");
  EXPECT_GT(std::stod(value(metrics_, "tidegate_config_last_success_timestamp_seconds")), 1.7e9);
}

TEST_F(MetricsTest, TellOfTheProcess) {
  EXPECT_GT(std::stod(value(metrics_, "process_resident_memory_bytes")), 100'000);
  EXPECT_GT(std::stod(value(metrics_, "process_open_fds")), 2);
  EXPECT_GT(std::stod(value(metrics_, "process_max_fds")), 2);
  EXPECT_GT(std::stod(value(metrics_, "process_start_time_seconds")), 1.7e9);
  EXPECT_NE(value(metrics_, "process_cpu_seconds_total"), "0 lines");
  EXPECT_EQ(value(metrics_, "istio_build", {R"(component="proxy")"}), "1");
  EXPECT_EQ(value(metrics_, "tidegate_build_info"), "1");
}

TEST_F(MetricsTest, MayBeScrapedWhileAWorkerCounts) {
  std::atomic<bool> is_done{false};
  std::thread worker([this, &is_done] {
    for (int i = 0; i < 3000; ++i) {
      record_.response_code = 200 + i % 100;
      worker_.record(record_);
    }
    is_done = true;
  });
  while (!is_done) EXPECT_FALSE(metrics_.text().empty());
  worker.join();
  EXPECT_EQ(value(metrics_, "istio_requests_total", {R"(response_code="299")"}), "30");
}

}  // namespace
}  // namespace tidegate::gateway
