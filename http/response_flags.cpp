#include "http/response_flags.h"

#include <string_view>

namespace tidegate::http {
namespace {

struct Name {
  Flag flag;
  std::string_view text;
};

// Envoy's order (stream_info/utility.cc), so that logs of both compare line by line.
constexpr Name names[] = {
    {Flag::no_healthy_upstream, "UH"},
    {Flag::upstream_request_timeout, "UT"},
    {Flag::local_reset, "LR"},
    {Flag::upstream_remote_reset, "UR"},
    {Flag::upstream_connection_failure, "UF"},
    {Flag::upstream_connection_termination, "UC"},
    {Flag::upstream_overflow, "UO"},
    {Flag::no_route_found, "NR"},
    {Flag::delay_injected, "DI"},
    {Flag::fault_injected, "FI"},
    {Flag::rate_limited, "RL"},
    {Flag::downstream_connection_termination, "DC"},
    {Flag::upstream_retry_limit_exceeded, "URX"},
    {Flag::stream_idle_timeout, "SI"},
    {Flag::downstream_protocol_error, "DPE"},
    {Flag::duration_timeout, "DT"},
    {Flag::upstream_protocol_error, "UPE"},
    {Flag::no_cluster_found, "NC"},
    {Flag::overload, "OM"},
    {Flag::dns_failure, "DF"},
};

}  // namespace

std::string to_string(Flags flags) {
  std::string text;
  for (Name const& name : names) {
    if (!flags.has(name.flag)) continue;
    if (!text.empty()) text += ',';
    text += name.text;
  }
  return text.empty() ? "-" : text;
}

}  // namespace tidegate::http
