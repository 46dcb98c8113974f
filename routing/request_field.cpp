#include "routing/request_field.h"

namespace tidegate::routing {

std::optional<std::string_view> pseudo_header(http::RequestHead const& request,
                                              std::string_view name) {
  if (name == ":method") return request.method;
  if (name == ":path") return request.target;
  if (name == ":authority" || name == "host") return request.authority;
  if (name == ":scheme") return request.scheme;
  return std::nullopt;
}

}  // namespace tidegate::routing
