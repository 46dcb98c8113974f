#include <gtest/gtest.h>

#include "config/istio/not_served.h"
#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

namespace not_served = istio::not_served;

/// Where the fields of a table stand: what opens the mapping that holds them, in flow style.
struct Place {
  std::string_view kind;
  std::string_view opening;
  std::string_view closing;
  std::string_view path;
  not_served::Table const& table;
};

TEST(NotServed, EveryFieldOfTheTablesIsReported) {
  Place const places[] = {
      {"Gateway",
       "servers: [{port: {number: 1, name: a, protocol: HTTPS}, hosts: [a], tls: {mode: SIMPLE, "
       "credentialName: c, ",
       "}}]", "spec.servers[0].tls.", not_served::server_tls},
      {"VirtualService", "hosts: [a.com], http: [{", "}]", "spec.http[0].", not_served::http_route},
      {"VirtualService", "hosts: [a.com], http: [{retries: {", "}}]", "spec.http[0].retries.",
       not_served::http_retries},
      {"DestinationRule", "host: a, ", "", "spec.", not_served::destination_rule},
      {"DestinationRule", "host: a, subsets: [{name: s, trafficPolicy: {", "}}]",
       "spec.subsets[0].trafficPolicy.", not_served::traffic_policy},
      {"DestinationRule", "host: a, trafficPolicy: {loadBalancer: {", "}}",
       "spec.trafficPolicy.loadBalancer.", not_served::load_balancer},
      {"DestinationRule", "host: a, trafficPolicy: {retryBudget: {", "}}",
       "spec.trafficPolicy.retryBudget.", not_served::retry_budget},
  };
  for (Place const& place : places) {
    for (NotServed const& field : place.table) {
      std::string const spec = "  {" + std::string(place.opening) + std::string(field.name) +
                               ": [x]" + std::string(place.closing) + "}\n";
      std::string const problems = problems_of(resource(place.kind, spec));
      std::string const report =
          "not supported yet: " + std::string(place.path) + std::string(field.name) + '\n';
      EXPECT_NE(problems.find(report), problems.npos) << spec << problems;
    }
  }
}

}  // namespace
}  // namespace tidegate::config
