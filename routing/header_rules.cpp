#include "routing/header_rules.h"

namespace tidegate::routing {

void HeaderChanges::apply(http::Headers& headers, HeaderFacts const& facts,
                          http::Arena& arena) const {
  for (std::string const& name : removed_) headers.remove(name);
  for (Value const& change : set_) {
    auto const value = change.format.value(facts, arena);
    if (!value.empty()) headers.set(change.name, value);
  }
  for (Value const& change : added_) {
    auto const value = change.format.value(facts, arena);
    if (!value.empty()) headers.add(change.name, value);
  }
}

}  // namespace tidegate::routing
