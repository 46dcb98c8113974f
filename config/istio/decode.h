#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/fields.h"
#include "config/istio/destination_rule.h"
#include "config/istio/gateway.h"
#include "config/istio/service_entry.h"
#include "config/istio/virtual_service.h"
#include "config/value.h"

/// From YAML to Istio's resources, with the validation that concerns a single resource.
///
/// Fields that are valid Istio but not served yet never pass silently. The rule: what would make
/// requests go elsewhere than the author meant, or let in somebody who should stay out, is an error
/// (a match condition that is ignored widens its route); what only adds to an answer is a warning.
namespace tidegate::config::istio {

/// Each takes a resource's metadata and the value of its `spec`.
[[nodiscard]] Gateway read_gateway(Metadata metadata, Value const& spec);
[[nodiscard]] VirtualService read_virtual_service(Metadata metadata, Value const& spec);
[[nodiscard]] DestinationRule read_destination_rule(Metadata metadata, Value const& spec);
[[nodiscard]] ServiceEntry read_service_entry(Metadata metadata, Value const& spec);
[[nodiscard]] WorkloadEntry read_workload_entry(Metadata metadata, Value const& spec);

// Parts that several resources share.

/// Case-insensitive (istio: pkg/config/protocol/instance.go); absent = no protocol that Istio
/// knows.
[[nodiscard]] std::optional<Protocol> parse_protocol(std::string_view text);

/// Lower-cased hosts (`*`, `*.suffix`, name, address) of a list; others are reported and left out.
[[nodiscard]] std::vector<Sourced<std::string>> read_hosts(std::optional<Value> const& list);

/// A file with certificates or keys, whole. Absent after it has been reported.
[[nodiscard]] std::optional<std::string> read_pem_file(Value const& path);

/// Whether a StringMatch without a value (`{}`, null, the regex `*`) means "is there".
enum class Presence : std::uint8_t { is_allowed, is_rejected };
[[nodiscard]] std::optional<StringMatch> read_string_match(Value const& value, Presence presence);

/// The namespaces that see a resource, `.` for its own and `*` for all; empty = all.
[[nodiscard]] std::vector<std::string> read_export_to(Fields& fields);

/// `{value: 0.1}`, which is 0.1 %; also a bare number, which Istio would reject.
[[nodiscard]] Millionths read_percentage(Value const& percentage);
/// A field of that sort, or the deprecated one with whole percents. Absent when neither is given.
[[nodiscard]] std::optional<Millionths> read_percentage(Fields& fields, std::string_view name,
                                                        std::string_view deprecated);

[[nodiscard]] Destination read_destination(Value const& value);
/// Whether the destinations of a route can change headers.
enum class RouteKind : std::uint8_t { http, tcp };
[[nodiscard]] std::vector<WeightedDestination> read_destinations(Value const& list, RouteKind kind);

// Parts of a VirtualService's http route.
[[nodiscard]] HttpRoute read_http_route(Value const& value);
[[nodiscard]] HttpMatch read_http_match(Value const& value);
[[nodiscard]] Redirect read_redirect(Value const& value);
[[nodiscard]] DirectResponse read_direct_response(Value const& value);
[[nodiscard]] Rewrite read_rewrite(Value const& value);
[[nodiscard]] Delegate read_delegate(Value const& value);
[[nodiscard]] Headers read_headers(Value const& value);
[[nodiscard]] CorsPolicy read_cors_policy(Value const& value);
[[nodiscard]] Fault read_fault(Value const& value);
[[nodiscard]] Retries read_retries(Value const& value);

// Routes of connections that are not looked into.
[[nodiscard]] L4Route read_tls_route(Value const& value);
[[nodiscard]] L4Route read_tcp_route(Value const& value);

/// Part of a Gateway's server. Absent when the server has to be left out; that has been reported.
[[nodiscard]] std::optional<ServerTls> read_https_tls(Value const& value);
/// Its part that judges client certificates. `tls` has its mode and its own certificates already.
[[nodiscard]] ClientAuthentication read_client_authentication(Fields& fields, ServerTls const& tls);

}  // namespace tidegate::config::istio
