#include "http/persistence.h"

#include "http/characters.h"

namespace tidegate::http {

bool has_connection_option(Headers const& headers, std::string_view option) {
  for (Field const& field : headers) {
    if (field.id != FieldId::connection) continue;
    for (auto rest = field.value; !rest.empty();) {
      if (iequals(next_element(rest), option)) return true;
    }
  }
  return false;
}

Persistence persistence_of(Version version, Headers const& headers) {
  if (has_connection_option(headers, "close")) return Persistence::close;
  if (version != Version::http10 || has_connection_option(headers, "keep-alive")) {
    return Persistence::keep_alive;
  }
  return Persistence::close;
}

}  // namespace tidegate::http
