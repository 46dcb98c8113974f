#include <string_view>
#include <utility>

#include "config/istio/decode.h"
#include "config/names.h"
#include "config/scalars.h"

namespace tidegate::config::istio {
namespace {

enum class Change : std::uint8_t { request_value, response_value, removal };

/// The name in lower case. Absent when the operation is left out, which has been reported: Host and
/// what begins with a colon are no headers that one can change; only a request's authority can be
/// set (istio: route.go, translateHeadersOperations).
std::optional<std::string> read_name(Value const& place, std::string_view written, Change change) {
  std::string name = to_lower(written);
  bool const is_authority = name == "host" || name == ":authority";
  if (is_authority && change == Change::request_value) return name;
  if (is_authority || name.starts_with(':')) {
    place.warning("Istio does not change `" + name + "` here; ignored");
    return std::nullopt;
  }
  if (is_header_name(name)) return name;
  place.error("expected the name of a header; found \"" + name + '"');
  return std::nullopt;
}

std::vector<HeaderValue> read_values(Fields& fields, std::string_view field, Change change) {
  std::vector<HeaderValue> values;
  auto const map = fields.find(field);
  if (!map) return values;
  for (Value const& entry : map->entries()) {
    if (entry.node().is_null()) continue;
    auto name = read_name(entry, entry.node().key, change);
    auto text = entry.text();
    if (!name || !text) continue;
    if (is_header_value(*text)) {
      values.push_back({std::move(*name), std::move(*text), entry.origin()});
    } else {
      entry.error("a header's value cannot hold line breaks or other control characters");
    }
  }
  return values;
}

HeaderOperations read_operations(Value const& value, Change change) {
  Fields fields(value);
  HeaderOperations operations;
  operations.set = read_values(fields, "set", change);
  operations.add = read_values(fields, "add", change);
  for (Value const& item : fields.items("remove")) {
    auto const text = item.text();
    auto name = text ? read_name(item, *text, Change::removal) : std::nullopt;
    if (name) operations.remove.push_back(std::move(*name));
  }
  fields.report_unknown();
  return operations;
}

}  // namespace

Headers read_headers(Value const& value) {
  Fields fields(value);
  Headers headers;
  if (auto const field = fields.find("request")) {
    headers.request = read_operations(*field, Change::request_value);
  }
  if (auto const field = fields.find("response")) {
    headers.response = read_operations(*field, Change::response_value);
  }
  fields.report_unknown();
  return headers;
}

}  // namespace tidegate::config::istio
