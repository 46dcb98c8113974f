#include "http/trailers.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace tidegate::http {

bool is_too_late_for_trailers(Field const& field) {
  if (field.id == FieldId::grpc_status) return false;
  if (field.id != FieldId::other) return true;
  constexpr std::array<std::string_view, 19> names{"age",
                                                   "cache-control",
                                                   "content-encoding",
                                                   "content-range",
                                                   "expires",
                                                   "if-match",
                                                   "if-modified-since",
                                                   "if-none-match",
                                                   "if-range",
                                                   "if-unmodified-since",
                                                   "location",
                                                   "max-forwards",
                                                   "pragma",
                                                   "proxy-authenticate",
                                                   "proxy-authorization",
                                                   "range",
                                                   "retry-after",
                                                   "set-cookie",
                                                   "www-authenticate"};
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return iequals(field.name, name); });
}

}  // namespace tidegate::http
