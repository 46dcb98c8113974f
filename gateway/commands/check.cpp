#include <boost/json.hpp>
#include <cstdio>

#include "gateway/build.h"
#include "gateway/commands/commands.h"
#include "gateway/gateway.h"

namespace tidegate::gateway {
namespace {

namespace json = boost::json;

char const* name_of(config::Severity severity) {
  switch (severity) {
    case config::Severity::error: return "error";
    case config::Severity::warning: return "warning";
    case config::Severity::notice: break;
  }
  return "notice";
}

json::value to_json(config::Diagnostics const& diagnostics) {
  json::array all;
  for (auto const& each : diagnostics.all()) {
    all.push_back({{"severity", name_of(each.severity)},
                   {"file", each.where.file},
                   {"line", each.where.line},
                   {"column", each.where.column},
                   {"path", each.path},
                   {"message", each.message}});
  }
  return {{"valid", !diagnostics.has_errors()}, {"diagnostics", std::move(all)}};
}

std::size_t count_routes(routing::Snapshot const& snapshot) {
  std::size_t routes = 0;
  for (auto const& listener : snapshot.listeners) {
    for (auto const& table : listener.tables) {
      for (auto const& host : table.hosts) routes += host.routes.size();
      if (table.tcp && !table.tcp->empty()) ++routes;
    }
    routes += listener.passthrough.size();
  }
  return routes;
}

}  // namespace

int check_command(config::LoadOptions const& options, OutputFormat format) {
  config::Diagnostics diagnostics;
  auto const documents = config::load(options, diagnostics);
  auto const configuration = build(documents, tls::TicketKeys::generate(), diagnostics);
  if (format == OutputFormat::json) {
    std::printf("%s\n", json::serialize(to_json(diagnostics)).c_str());
    return diagnostics.has_errors() ? 1 : 0;
  }
  print(diagnostics.all());
  if (configuration == nullptr) return 1;
  auto const& snapshot = *configuration->snapshot;
  std::printf("valid: %zu listeners, %zu routes, %zu clusters\n", snapshot.listeners.size(),
              count_routes(snapshot), snapshot.clusters.size());
  return 0;
}

}  // namespace tidegate::gateway
