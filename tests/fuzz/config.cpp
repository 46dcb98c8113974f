#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/load.h"

// Whatever the bytes, loading ends with documents or with problems that say where they are.
namespace {

using tidegate::config::Diagnostics;
using tidegate::config::Documents;

namespace istio = tidegate::config::istio;

constexpr std::size_t sha256_bytes = 32;

bool is_well_formed(istio::Server const& server) {
  bool const is_socket = server.bind.starts_with("unix://");
  if (server.port.number > 65535 || (server.port.number == 0) != is_socket) return false;
  for (auto const* hashes :
       {&server.tls.clients.spki_hashes, &server.tls.clients.certificate_hashes}) {
    for (auto const& hash : *hashes) {
      if (hash.size() != sha256_bytes) return false;
    }
  }
  return true;
}

bool is_well_formed(istio::Headers const& headers) {
  for (auto const* operations : {&headers.request, &headers.response}) {
    for (auto const* values : {&operations->set, &operations->add}) {
      for (auto const& header : *values) {
        if (header.name.empty() || header.value.find_first_of("\r\n") != std::string::npos) {
          return false;
        }
      }
    }
  }
  return true;
}

bool is_well_formed(istio::HttpRoute const& route) {
  if (route.timeout && route.timeout->count() < 0) return false;
  if (route.fault && route.fault->delay && route.fault->delay->percentage > istio::all_millionths) {
    return false;
  }
  for (auto const& mirror : route.mirrors) {
    if (mirror.percentage > istio::all_millionths) return false;
  }
  if (route.direct_response &&
      (route.direct_response->status < 200 || route.direct_response->status > 599)) {
    return false;
  }
  return is_well_formed(route.headers);
}

bool is_well_formed(istio::TrafficPolicy const& policy) {
  if (policy.load_balancer && policy.load_balancer->consistent_hash) {
    auto const& hash = *policy.load_balancer->consistent_hash;
    if (hash.minimum_ring_size == 0 || hash.maglev_table_size < 2) return false;
  }
  if (policy.outlier_detection && policy.outlier_detection->interval.count() <= 0) return false;
  for (auto const& port : policy.port_level_settings) {
    if (port.port > 65535) return false;
  }
  return true;
}

/// What decoding promises to those who read the result without looking again.
bool keeps_its_promises(Documents const& documents, Diagnostics const& diagnostics) {
  for (auto const& problem : diagnostics.all()) {
    if (problem.text().empty() || problem.message.empty()) return false;
  }
  for (auto const& gateway : documents.gateways) {
    for (auto const& server : gateway.servers) {
      if (!is_well_formed(server)) return false;
    }
  }
  for (auto const& service : documents.virtual_services) {
    for (auto const& host : service.hosts) {
      if (host.value.empty()) return false;
    }
    for (auto const& route : service.http) {
      if (!is_well_formed(route)) return false;
    }
  }
  for (auto const& rule : documents.destination_rules) {
    if (rule.traffic_policy && !is_well_formed(*rule.traffic_policy)) return false;
  }
  return documents.settings.gateway.workers <= 1024;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  Diagnostics diagnostics;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  Documents const documents = tidegate::config::load_text("fuzz.yaml", text, diagnostics);
  if (!keeps_its_promises(documents, diagnostics)) std::abort();
  return 0;
}
