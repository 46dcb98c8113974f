#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "http/head.h"
#include "http/response_flags.h"
#include "routing/cluster.h"

namespace tidegate::gateway {

/// What is known of a request when it is over: what the access log writes and the metrics count.
/// All views belong to the exchange and are valid only during the call.
struct RequestRecord {
  std::chrono::system_clock::time_point start;
  std::chrono::nanoseconds duration{0};
  std::chrono::milliseconds upstream_service_time{
      -1};  ///< from the request sent to the first byte; < 0 = none
  std::string_view method;
  std::string_view path;  ///< as the client sent it, with the query
  http::Version version = http::Version::http11;
  int response_code = 0;  ///< 0: the client left before there was an answer
  http::Flags flags;
  std::string_view response_code_details;
  std::string_view connection_termination_details;
  std::string_view upstream_transport_failure_reason;
  std::uint64_t bytes_received = 0;  ///< of the request's body
  std::uint64_t bytes_sent = 0;      ///< of the response's body
  std::string_view x_forwarded_for;
  std::string_view user_agent;
  std::string_view request_id;
  std::string_view authority;
  std::string_view upstream_host;  ///< `address:port` of the last attempt
  std::string_view upstream_local_address;
  std::string_view downstream_local_address;
  std::string_view downstream_remote_address;
  std::string_view requested_server_name;
  std::string_view route_name;
  std::string_view region;               ///< of the endpoint that answered
  std::string_view destination_version;  ///< its `version` label
  std::uint32_t attempts = 0;
  bool is_tcp = false;  ///< no request at all, but a connection passed on as it is
  bool is_grpc = false;
  int grpc_status = -1;  ///< of gRPC; < 0 = none was seen
  std::uint64_t request_messages = 0;
  std::uint64_t response_messages = 0;
  bool is_tls = false;
  routing::Cluster const* cluster = nullptr;  ///< null when no route was found
};

}  // namespace tidegate::gateway
