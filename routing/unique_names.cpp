#include "routing/unique_names.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::routing {

namespace {

template <class Document>
void check(std::vector<Document> const& documents, std::string_view kind, Report& report) {
  std::map<std::string, config::Metadata const*> seen;
  for (Document const& document : documents) {
    config::Metadata const& own = document.metadata;
    if (own.name.empty()) continue;
    auto const [other, is_new] = seen.emplace(full_name(own), &own);
    if (!is_new)
      report.warning(within(own, "metadata.name"),
                     "there is another " + std::string(kind) + ' ' + full_name(own) + " at " +
                         text_of(other->second->where) + "; give one of them another name");
  }
}

}  // namespace

void check_unique_names(config::Documents const& documents, Report& report) {
  check(documents.gateways, "Gateway", report);
  check(documents.virtual_services, "VirtualService", report);
  check(documents.destination_rules, "DestinationRule", report);
  check(documents.service_entries, "ServiceEntry", report);
  check(documents.workload_entries, "WorkloadEntry", report);
  check(documents.secrets, "Secret", report);
}

}  // namespace tidegate::routing
