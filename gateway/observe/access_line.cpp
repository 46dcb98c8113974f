#include "gateway/observe/access_line.h"

#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>

#include "gateway/observe/json_text.h"
#include "gateway/observe/record.h"

namespace tidegate::gateway {
namespace {

constexpr std::size_t longest_fixed = 2048;  // keys, numbers, punctuation

std::string_view protocol_name(http::Version version) {
  switch (version) {
    case http::Version::http10: return "HTTP/1.0";
    case http::Version::http11: return "HTTP/1.1";
    case http::Version::http2: return "HTTP/2";
  }
  return {};
}

std::string_view cluster_name(RequestRecord const& record) {
  return record.cluster == nullptr ? std::string_view() : record.cluster->name;
}

/// An upper bound for the whole line.
std::size_t longest_line(RequestRecord const& record) {
  std::size_t total = 0;
  for (std::string_view text :
       {record.method, record.path, record.response_code_details,
        record.connection_termination_details, record.upstream_transport_failure_reason,
        record.x_forwarded_for, record.user_agent, record.request_id, record.authority,
        record.upstream_host, record.upstream_local_address, record.downstream_local_address,
        record.downstream_remote_address, record.requested_server_name, record.route_name,
        record.region, record.destination_version, cluster_name(record)})
    total += JsonText::longest_string(text.size());
  return longest_fixed + total;
}

/// A key is written with the punctuation around it: `,"name":`.
class Line {
 public:
  explicit Line(char* to) : json_(to) {}

  void text(std::string_view key, std::string_view value) {
    json_.raw(key);
    if (value.empty())
      json_.raw("null");
    else
      json_.string(value);
  }
  template <class Integer>
  void number(std::string_view key, Integer value) {
    json_.raw(key);
    json_.number(value);
  }
  /// Istio's type of upstream_service_time.
  void number_as_text(std::string_view key, long long value) {
    json_.raw(key);
    if (value < 0) return json_.raw("null");
    json_.raw("\"");
    json_.number(value);
    json_.raw("\"");
  }
  [[nodiscard]] char* finish() {
    json_.raw("}\n");
    return json_.end();
  }

 private:
  JsonText json_;
};

}  // namespace

std::string_view AccessLine::time_text(std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  auto const since_epoch = floor<milliseconds>(when.time_since_epoch());
  auto const second = floor<seconds>(since_epoch);
  if (second != second_) {
    std::time_t const time = second.count();
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::strftime(time_.data(), time_.size(), "%Y-%m-%dT%H:%M:%S.000Z", &parts);
    second_ = second;
  }
  auto const rest = static_cast<int>((since_epoch - second).count());
  time_[20] = static_cast<char>('0' + rest / 100);
  time_[21] = static_cast<char>('0' + rest / 10 % 10);
  time_[22] = static_cast<char>('0' + rest % 10);
  return {time_.data(), 24};
}

void AccessLine::append(RequestRecord const& record, LogBlock& block) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  Line line(block.reserve(longest_line(record)));
  line.text(R"({"start_time":)", time_text(record.start));
  line.text(R"(,"route_name":)", record.route_name);
  line.text(R"(,"method":)", record.method);
  line.text(R"(,"path":)", record.path);
  line.text(R"(,"protocol":)", record.is_tcp ? std::string_view() : protocol_name(record.version));
  line.number(R"(,"response_code":)", record.response_code);
  line.text(R"(,"response_flags":)", to_string(record.flags));
  line.text(R"(,"response_code_details":)", record.response_code_details);
  line.text(R"(,"connection_termination_details":)", record.connection_termination_details);
  line.number(R"(,"bytes_received":)", record.bytes_received);
  line.number(R"(,"bytes_sent":)", record.bytes_sent);
  line.number(R"(,"duration":)", duration_cast<milliseconds>(record.duration).count());
  line.number_as_text(R"(,"upstream_service_time":)", record.upstream_service_time.count());
  line.text(R"(,"x_forwarded_for":)", record.x_forwarded_for);
  line.text(R"(,"user_agent":)", record.user_agent);
  line.text(R"(,"request_id":)", record.request_id);
  line.text(R"(,"authority":)", record.authority);
  line.text(R"(,"upstream_host":)", record.upstream_host);
  line.text(R"(,"upstream_cluster":)", cluster_name(record));
  line.text(R"(,"upstream_local_address":)", record.upstream_local_address);
  line.text(R"(,"downstream_local_address":)", record.downstream_local_address);
  line.text(R"(,"downstream_remote_address":)", record.downstream_remote_address);
  line.text(R"(,"requested_server_name":)", record.requested_server_name);
  line.text(R"(,"upstream_transport_failure_reason":)", record.upstream_transport_failure_reason);
  line.text(R"(,"region":)", record.region);
  line.text(R"(,"version":)", record.destination_version);
  line.number(R"(,"attempts":)", record.attempts);
  if (record.is_grpc && record.grpc_status >= 0)
    line.number(R"(,"grpc_status":)", record.grpc_status);
  block.commit_line(line.finish());
}

}  // namespace tidegate::gateway
