#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/load.h"

// Whatever the bytes, loading ends with documents or with problems that say where they are.
namespace {

using tidegate::config::Diagnostics;
using tidegate::config::Documents;

/// What decoding promises to those who read the result without looking again.
bool keeps_its_promises(Documents const& documents, Diagnostics const& diagnostics) {
  for (auto const& problem : diagnostics.all()) {
    if (problem.text().empty() || problem.message.empty()) return false;
  }
  for (auto const& gateway : documents.gateways) {
    for (auto const& server : gateway.servers) {
      if (server.port.number < 1 || server.port.number > 65535) return false;
    }
  }
  for (auto const& service : documents.virtual_services) {
    for (auto const& host : service.hosts) {
      if (host.value.empty()) return false;
    }
    for (auto const& route : service.http) {
      if (route.timeout && route.timeout->count() < 0) return false;
      if (route.fault && route.fault->delay && route.fault->delay->percentage > 1'000'000) {
        return false;
      }
    }
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
